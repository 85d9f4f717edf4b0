-- Homes people went to see: showings asked for or attended (not called off), and open houses they signed in at.
SELECT
    contact_id,
    interaction_type AS signal_type,
    'buy' AS side,
    occurred_on AS observed_at,
    CAST(NULL AS DATE) AS ended_on,
    coalesce(is_in_area, TRUE) AS concerns_service_area,
    ListingKey,
    concat(
        CASE interaction_type WHEN 'showing' THEN 'Showing of ' ELSE 'Signed in at the open house of ' END,
        coalesce(property, 'a home'), ' on ', CAST(occurred_on AS VARCHAR)
    ) AS evidence_text,
    source AS evidence_source,
    feed AS evidence_feed,
    record_id AS evidence_record_id,
    source_url AS evidence_url
FROM contact_interactions
WHERE interaction_type IN ('showing', 'open_house')
  AND NOT regexp_matches(outcome_words, 'cancel|no show|declin|denied|reject|did not|missed')
