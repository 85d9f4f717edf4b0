-- Interactions up to tonight by contact, on the market's calendar, with the listing and the place they are about.
WITH numbered AS (
    SELECT feed, ListingKey, ListingId AS listing_number, starts_on FROM listing_lives WHERE ListingId <> ''
    UNION
    SELECT feed, ListingKey, ListingKey, starts_on FROM listing_lives
),

listing_numbers AS (
    SELECT listing_number, feed, ListingKey
    FROM numbered
    QUALIFY row_number() OVER (PARTITION BY listing_number ORDER BY starts_on DESC NULLS LAST, feed, ListingKey) = 1
),

placed AS (
    SELECT
        c.contact_id,
        i.feed,
        i.record_id,
        i.source,
        i.source_url,
        i.interaction_type,
        i.direction,
        i.agent_id,
        i.occurred_at,
        CAST(i.occurred_at AT TIME ZONE n.time_zone AS DATE) AS dated_on,
        CAST(i.modified_at AT TIME ZONE n.time_zone AS DATE) AS noted_on,
        trim(regexp_replace(lower(coalesce(i.outcome, '')), '[^a-z0-9]+', ' ', 'g')) AS outcome_words,
        -- the CRM's own titles of deals and meetings; what people wrote is not read here
        CASE WHEN i.interaction_type IN ('deal', 'meeting') THEN concat(' ', lower(concat_ws(' ', i.outcome, i.text)), ' ') ELSE '' END AS title,
        k.feed AS listing_feed,
        k.ListingKey,
        i.property_address,
        i.property_city,
        i.property_postal_code
    FROM interaction AS i
    JOIN contact_identities AS c ON c.feed = i.feed AND c.record_id = i.person_ref
    CROSS JOIN night AS n
    JOIN feed_setting AS f ON f.feed = i.feed
    LEFT JOIN listing_numbers AS k ON k.listing_number = i.listing_id
    WHERE NOT c.is_agent
      -- of a source that allows no signals only that people were in touch
      AND (f.purposes IS NULL OR list_contains(f.purposes, 'signals') OR i.interaction_type IN ('call', 'text', 'email', 'message'))
)

SELECT
    i.contact_id,
    i.feed,
    i.record_id,
    i.source,
    i.source_url,
    i.interaction_type,
    i.direction,
    i.agent_id,
    i.occurred_at,
    i.dated_on,
    CASE WHEN i.dated_on > n.as_of THEN i.noted_on ELSE i.dated_on END AS occurred_on,
    i.outcome_words,
    regexp_matches(i.title, '[^a-z](sell|sells|seller|sellers|selling|listing|listings)[^a-z]') AS is_about_selling,
    i.interaction_type = 'meeting' AND regexp_matches(
        i.title,
        '(listing|seller|buyer|buying|selling|pre-listing) (appointment|consult|presentation|meeting|interview)|(home|market|price|property) (valuation|evaluation|analysis)|[^a-z]cma[^a-z]'
    ) AS is_consultation,
    i.listing_feed,
    i.ListingKey,
    nullif(coalesce(
        nullif(concat_ws(', ', nullif(trim(i.property_address), ''), nullif(trim(i.property_city), '')), ''),
        CASE WHEN v.home = 'their home' THEN v.city WHEN contains(lower(v.home), lower(v.city)) THEN v.home ELSE concat_ws(', ', v.home, v.city) END
    ), '') AS property,
    coalesce(v.is_in_area, p.is_in_area OR t.is_in_area, p.is_in_area, t.is_in_area) AS is_in_area
FROM placed AS i
CROSS JOIN night AS n
LEFT JOIN listing_lives AS v ON v.feed = i.listing_feed AND v.ListingKey = i.ListingKey
LEFT JOIN place_areas AS p ON p.place_type = 'postal_code' AND p.place = left(trim(i.property_postal_code), 5)
LEFT JOIN place_areas AS t ON t.place_type = 'city' AND t.place = lower(trim(i.property_city))
-- what is in the calendar for later was agreed on when it was noted
WHERE i.dated_on <= n.as_of OR (i.interaction_type IN ('showing', 'meeting') AND i.noted_on <= n.as_of)
