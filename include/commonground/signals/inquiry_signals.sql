-- What people asked for and looked at: inquiries, requests to sell, registrations, a search in earnest, visits to the website.
-- Where no home is named, somebody who asks a local team is taken to ask about the local market, unless they would sell a home elsewhere.
WITH asked AS (
    SELECT
        i.contact_id,
        i.interaction_type AS signal_type,
        CASE i.interaction_type WHEN 'seller_inquiry' THEN 'sell' ELSE 'buy' END AS side,
        i.occurred_on AS observed_at,
        CASE i.interaction_type
            WHEN 'seller_inquiry' THEN coalesce(i.is_in_area, p.in_service_area, TRUE)
            ELSE coalesce(i.is_in_area, TRUE)
        END AS concerns_service_area,
        i.ListingKey,
        concat(
            CASE i.interaction_type
                WHEN 'seller_inquiry' THEN concat('Asked about selling ', coalesce(i.property, 'a home'))
                WHEN 'inquiry' THEN concat('Asked about ', coalesce(i.property, 'homes here'))
                WHEN 'registration' THEN 'Signed up to look for homes'
                ELSE 'Visited the website'
            END,
            ' on ', CAST(i.occurred_on AS VARCHAR)
        ) AS evidence_text,
        i.source,
        i.feed,
        i.record_id,
        i.source_url
    FROM contact_interactions AS i
    JOIN contact_profiles AS p ON p.contact_id = i.contact_id
    WHERE i.interaction_type IN ('inquiry', 'seller_inquiry', 'registration', 'website_visit')
),

looks AS (
    SELECT
        contact_id, occurred_on, ListingKey, property, is_in_area, source, feed, record_id, source_url, occurred_at,
        count(*) OVER (
            PARTITION BY contact_id ORDER BY date_diff('day', DATE '2000-01-01', occurred_on) RANGE BETWEEN 29 PRECEDING AND CURRENT ROW
        ) AS looks_in_30_days
    FROM contact_interactions
    WHERE interaction_type IN ('property_view', 'property_save', 'property_search') AND coalesce(is_in_area, TRUE)
),

searches AS (
    SELECT *
    FROM looks
    WHERE looks_in_30_days >= 3
    QUALIFY row_number() OVER (PARTITION BY contact_id, occurred_on ORDER BY occurred_at DESC, feed, record_id) = 1
)

SELECT
    contact_id, signal_type, side, observed_at, CAST(NULL AS DATE) AS ended_on, concerns_service_area, ListingKey, evidence_text,
    source AS evidence_source, feed AS evidence_feed, record_id AS evidence_record_id, source_url AS evidence_url
FROM asked
UNION ALL
SELECT
    contact_id,
    'repeated_browsing',
    'buy',
    occurred_on,
    CAST(NULL AS DATE),
    TRUE,
    ListingKey,
    concat('Looked at homes ', CAST(looks_in_30_days AS VARCHAR), ' times in 30 days, last at ', coalesce(property, 'one here'), ' on ', CAST(occurred_on AS VARCHAR)),
    source,
    feed,
    record_id,
    source_url
FROM searches
