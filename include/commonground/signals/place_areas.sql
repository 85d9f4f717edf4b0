-- Which postal codes and towns lie in the service area: those the team lists, else what most homes there that we can locate say.
WITH area AS (
    SELECT latitude, longitude, radius_km, lower(state) AS state FROM service_area
),

homes AS (
    SELECT left(trim(postal_code), 5) AS postal_code, lower(trim(city)) AS city, in_service_area AS is_in_area
    FROM contact_profiles
    WHERE location_source IN ('address', 'postal_code') AND in_service_area IS NOT NULL
    UNION ALL
    SELECT
        left(trim(l.PostalCode), 5),
        lower(trim(l.City)),
        2 * 6371 * asin(least(1.0, sqrt(
            pow(sin(radians(l.Latitude - a.latitude) / 2), 2)
            + cos(radians(a.latitude)) * cos(radians(l.Latitude)) * pow(sin(radians(l.Longitude - a.longitude) / 2), 2)
        ))) <= a.radius_km
    FROM listing AS l
    CROSS JOIN area AS a
    WHERE l.Latitude BETWEEN -90 AND 90 AND l.Longitude BETWEEN -180 AND 180 AND NOT (l.Latitude = 0 AND l.Longitude = 0)
),

seen AS (
    SELECT 'postal_code' AS place_type, postal_code AS place, is_in_area FROM homes WHERE postal_code <> ''
    UNION ALL
    SELECT 'city', city, is_in_area FROM homes WHERE city <> ''
),

told AS (
    SELECT 'postal_code' AS place_type, left(trim(postal_code), 5) AS place FROM service_postal_code
    UNION
    SELECT 'city', lower(trim(city)) FROM service_city
),

learned AS (
    SELECT place_type, place, count(*) FILTER (WHERE is_in_area) * 2 > count(*) AS is_in_area
    FROM seen
    GROUP BY place_type, place
)

SELECT place_type, place, TRUE AS is_in_area FROM told
UNION ALL
SELECT l.place_type, l.place, l.is_in_area
FROM learned AS l
LEFT JOIN told AS t ON t.place_type = l.place_type AND t.place = l.place
WHERE t.place IS NULL
