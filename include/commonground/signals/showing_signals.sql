-- Homes people went to see: showings asked for or attended, open houses they signed in at; and meetings with us about selling or buying.
-- What was called off is none.
SELECT
    contact_id,
    CASE interaction_type WHEN 'meeting' THEN 'appointment' ELSE interaction_type END AS signal_type,
    CASE WHEN interaction_type = 'meeting' AND is_about_selling THEN 'sell' ELSE 'buy' END AS side,
    occurred_on AS observed_at,
    CAST(NULL AS DATE) AS ended_on,
    coalesce(is_in_area, TRUE) AS concerns_service_area,
    ListingKey,
    concat(
        CASE
            WHEN interaction_type = 'meeting' THEN concat('Meeting with us about ', CASE WHEN is_about_selling THEN 'selling' ELSE 'buying' END)
            WHEN interaction_type = 'showing' THEN concat('Showing of ', coalesce(property, 'a home'))
            ELSE concat('Signed in at the open house of ', coalesce(property, 'a home'))
        END, ' on ', CAST(dated_on AS VARCHAR)
    ) AS evidence_text,
    source AS evidence_source,
    feed AS evidence_feed,
    record_id AS evidence_record_id,
    source_url AS evidence_url
FROM contact_interactions
WHERE (interaction_type IN ('showing', 'open_house') OR is_consultation)
  AND NOT regexp_matches(outcome_words, 'cancel|no show|declin|denied|reject|did not|missed')
