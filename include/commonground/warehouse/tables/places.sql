-- Businesses and venues as read. What a source that may not be kept calls them stays out: this file may be copied and kept.
SELECT
    feed,
    record_id AS place_id,
    CASE WHEN expires_at IS NULL THEN name END AS name,
    CASE WHEN expires_at IS NULL THEN categories END AS categories,
    city,
    state,
    postal_code,
    latitude,
    longitude,
    rating,
    review_count,
    source,
    source_url
FROM place
