-- Who has a home or property in the service area, how we know, and since when it is theirs if the MLS says so.
WITH homes AS (
    SELECT
        contact_id,
        1 AS place,
        concat(
            'Home in ', coalesce(city, postal_code, 'the service area'), ', in the service area',
            CASE location_source WHEN 'phone' THEN ' (by the area code of their phone)' WHEN 'stated' THEN ' (by what their profile says)' ELSE '' END
        ) AS reason
    FROM contacts
    WHERE in_service_area
),

left_behind AS (
    SELECT contact_id, max(closed_on) AS sold_on FROM transactions WHERE side = 'sell' GROUP BY contact_id
),

offered AS (
    SELECT e.contact_id, 2 AS place, concat('Has property here. ', e.evidence_text) AS reason
    FROM need_evidence AS e
    LEFT JOIN left_behind AS s ON s.contact_id = e.contact_id AND s.sold_on >= e.observed_at
    WHERE e.signal_type IN ('listing_expired', 'listing_canceled', 'seller_inquiry') AND e.concerns_service_area AND s.contact_id IS NULL
    QUALIFY row_number() OVER (PARTITION BY e.contact_id ORDER BY e.observed_at DESC, e.signal_id) = 1
),

bought AS (
    SELECT t.contact_id, t.closed_on, v.is_in_area, v.home
    FROM transactions AS t
    JOIN listing_lives AS v ON v.ListingKey = t.ListingKey
    LEFT JOIN left_behind AS s ON s.contact_id = t.contact_id AND s.sold_on > t.closed_on
    WHERE t.side = 'buy' AND s.contact_id IS NULL
    QUALIFY row_number() OVER (PARTITION BY t.contact_id ORDER BY t.closed_on DESC, t.ListingKey, v.feed) = 1
),

owned AS (
    SELECT contact_id, 3 AS place, concat('Owns ', home, ' here, bought on ', CAST(closed_on AS VARCHAR)) AS reason FROM bought WHERE is_in_area
),

known AS (
    SELECT * FROM homes
    UNION ALL SELECT * FROM offered
    UNION ALL SELECT * FROM owned
)

SELECT k.contact_id, k.reason, b.closed_on AS theirs_since
FROM known AS k
LEFT JOIN bought AS b ON b.contact_id = k.contact_id AND b.is_in_area
QUALIFY row_number() OVER (PARTITION BY k.contact_id ORDER BY k.place, k.reason) = 1
