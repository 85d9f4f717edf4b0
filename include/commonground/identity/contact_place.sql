-- Where each contact lives, as well as anyone knows: own coordinates, else postal code, else town, else the town their
-- profile states, else where their phone number was given out.
WITH addressed AS (
    SELECT
        i.contact_id, p.feed, p.record_id, p.street, p.city, p.state, p.postal_code, p.latitude, p.longitude, p.modified_at,
        t.trust, po.postal5, c.town, coalesce(s.state_code, po_place.state) AS state_code, k.address_key,
        po_place.latitude AS postal_latitude, po_place.longitude AS postal_longitude
    FROM contact_identities AS i
    JOIN person AS p ON p.feed = i.feed AND p.record_id = i.record_id
    JOIN source_trust AS t ON t.feed = p.feed
    LEFT JOIN postal_form AS po ON po.raw = p.postal_code
    LEFT JOIN town_form AS c ON c.raw = p.city
    LEFT JOIN state_form AS s ON s.raw = p.state
    LEFT JOIN address_form AS k ON k.street = p.street AND k.postal_code IS NOT DISTINCT FROM p.postal_code
    LEFT JOIN postal_place AS po_place ON po_place.postal5 = po.postal5
    WHERE p.street IS NOT NULL OR p.city IS NOT NULL OR p.postal_code IS NOT NULL OR p.latitude IS NOT NULL
),
address AS (
    SELECT *
    FROM addressed
    QUALIFY row_number() OVER (
        PARTITION BY contact_id
        ORDER BY CASE WHEN address_key IS NOT NULL THEN 0 ELSE 1 END, CASE WHEN postal5 IS NOT NULL THEN 0 ELSE 1 END,
            CASE WHEN town IS NOT NULL THEN 0 ELSE 1 END, trust, modified_at DESC, feed, record_id
    ) = 1
),
town_found AS (
    SELECT a.contact_id, g.latitude, g.longitude
    FROM address AS a
    JOIN service_area AS area ON true
    JOIN town_place AS g ON g.town = a.town
        AND (
            g.state = a.state_code
            OR (a.state_code IS NULL AND g.state = area.state AND a.town IN (SELECT town FROM service_town))
            OR (a.state_code IS NULL AND g.is_famous AND a.town NOT IN (SELECT town FROM service_town))
        )
    QUALIFY row_number() OVER (PARTITION BY a.contact_id ORDER BY g.state) = 1
),
stated AS (
    SELECT i.contact_id, f.town, coalesce(f.state_code, CASE WHEN st.town IS NOT NULL THEN area.state END, g.state) AS state_code, u.occurred_at, u.record_id
    FROM utterance AS u
    JOIN contact_identities AS i ON i.feed = u.feed AND i.record_id = u.author_ref
    JOIN stated_form AS f ON f.raw = u.text
    CROSS JOIN service_area AS area
    LEFT JOIN service_town AS st ON st.town = f.town
    LEFT JOIN town_place AS g ON g.town = f.town AND g.is_famous
    WHERE u.utterance_type = 'current_city'
),
stated_found AS (
    SELECT s.contact_id, s.town, s.state_code, g.latitude, g.longitude
    FROM stated AS s
    JOIN town_place AS g ON g.town = s.town AND g.state = s.state_code
    QUALIFY row_number() OVER (PARTITION BY s.contact_id ORDER BY s.occurred_at DESC NULLS LAST, s.record_id) = 1
),
phoned AS (
    SELECT
        i.contact_id, f.town, f.state_code, f.area_code, t.trust, x.e164,
        coalesce(g.latitude, a.latitude) AS latitude, coalesce(g.longitude, a.longitude) AS longitude
    FROM contact_identities AS i
    JOIN person_phone AS x ON x.feed = i.feed AND x.record_id = i.record_id
    JOIN source_trust AS t ON t.feed = i.feed
    JOIN phone_town_form AS f ON f.raw = x.e164
    LEFT JOIN town_place AS g ON g.town = f.town AND g.state = f.state_code
    LEFT JOIN area_code_place AS a ON a.area_code = f.area_code
),
phone_found AS (
    SELECT *
    FROM phoned
    WHERE latitude IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY contact_id ORDER BY trust, e164) = 1
),
placed AS (
    SELECT
        c.contact_id, a.street, a.city, a.state, a.postal_code, a.address_key, a.postal5,
        CASE
            WHEN a.latitude IS NOT NULL AND a.longitude IS NOT NULL THEN 'address'
            WHEN a.postal_latitude IS NOT NULL THEN 'postal_code'
            WHEN tf.latitude IS NOT NULL THEN 'city'
            WHEN sf.latitude IS NOT NULL THEN 'stated'
            WHEN pf.latitude IS NOT NULL AND a.contact_id IS NULL THEN 'phone'
        END AS location_source,
        a.latitude AS own_latitude, a.longitude AS own_longitude, a.postal_latitude, a.postal_longitude,
        tf.latitude AS town_latitude, tf.longitude AS town_longitude,
        sf.latitude AS stated_latitude, sf.longitude AS stated_longitude, sf.town AS stated_town, sf.state_code AS stated_state,
        pf.latitude AS phone_latitude, pf.longitude AS phone_longitude, pf.town AS phone_town, pf.state_code AS phone_state, pf.area_code,
        a.town, a.state_code
    FROM (SELECT DISTINCT contact_id FROM contact_identities) AS c
    LEFT JOIN address AS a ON a.contact_id = c.contact_id
    LEFT JOIN town_found AS tf ON tf.contact_id = c.contact_id
    LEFT JOIN stated_found AS sf ON sf.contact_id = c.contact_id
    LEFT JOIN phone_found AS pf ON pf.contact_id = c.contact_id
),
located AS (
    SELECT
        contact_id, street, city, state, postal_code, address_key, postal5, location_source, area_code,
        CASE location_source
            WHEN 'address' THEN own_latitude WHEN 'postal_code' THEN postal_latitude WHEN 'city' THEN town_latitude
            WHEN 'stated' THEN stated_latitude WHEN 'phone' THEN phone_latitude
        END AS latitude,
        CASE location_source
            WHEN 'address' THEN own_longitude WHEN 'postal_code' THEN postal_longitude WHEN 'city' THEN town_longitude
            WHEN 'stated' THEN stated_longitude WHEN 'phone' THEN phone_longitude
        END AS longitude,
        CASE location_source WHEN 'stated' THEN stated_town WHEN 'phone' THEN phone_town ELSE town END AS town,
        CASE location_source WHEN 'stated' THEN stated_state WHEN 'phone' THEN phone_state ELSE state_code END AS state_code
    FROM placed
),
measured AS (
    SELECT
        l.*,
        a.radius_km,
        2 * 6371.0088 * asin(sqrt(
            pow(sin(radians(l.latitude - a.latitude) / 2), 2)
            + cos(radians(a.latitude)) * cos(radians(l.latitude)) * pow(sin(radians(l.longitude - a.longitude) / 2), 2)
        )) AS distance_km,
        l.postal5 IN (SELECT postal_code FROM service_postal_code)
            OR (l.town IN (SELECT town FROM service_town) AND coalesce(l.state_code, a.state) = a.state) AS is_listed,
        l.area_code IN (SELECT area_code FROM service_area_code) AS has_local_area_code
    FROM located AS l
    CROSS JOIN service_area AS a
),
judged AS (
    -- a local area code is good evidence of living in the region, and none of where in it
    SELECT
        *,
        location_source = 'phone' AND coalesce(has_local_area_code, false) AND NOT coalesce(is_listed, false)
            AND coalesce(distance_km > radius_km, true) AS is_region_only
    FROM measured
)
SELECT
    contact_id, street, city, state, postal_code, address_key, location_source,
    CASE WHEN NOT coalesce(is_region_only, false) THEN latitude END AS latitude,
    CASE WHEN NOT coalesce(is_region_only, false) THEN longitude END AS longitude,
    CASE WHEN NOT coalesce(is_region_only, false) THEN round(distance_km, 3) END AS distance_km,
    CASE
        WHEN coalesce(is_listed, false) OR coalesce(is_region_only, false) THEN true
        WHEN location_source IS NULL THEN NULL
        ELSE distance_km <= radius_km
    END AS in_service_area
FROM judged
