-- Every listing as a stretch of time: when its contract began, when it ended and how, and whether it stands in the service area.
-- The same listing brought by two feeds counts once, in its newest state.
WITH area AS (
    SELECT latitude, longitude, radius_km, lower(state) AS state FROM service_area
),

once AS (
    SELECT *
    FROM listing
    QUALIFY row_number() OVER (
        PARTITION BY ListingKey, coalesce(ListingId, ''), coalesce(left(PostalCode, 5), '') ORDER BY modified_at DESC, feed, record_id
    ) = 1
),

dated AS (
    SELECT
        l.*,
        CAST(l.StatusChangeTimestamp AT TIME ZONE n.time_zone AS DATE) AS status_changed_on,
        CAST(l.OriginalEntryTimestamp AT TIME ZONE n.time_zone AS DATE) AS entered_on
    FROM once AS l
    CROSS JOIN night AS n
)

SELECT
    l.feed,
    l.record_id,
    l.source,
    l.source_url,
    l.ListingKey,
    l.ListingId,
    l.StandardStatus,
    lower(coalesce(l.PropertyType, '')) LIKE '%lease%' OR lower(coalesce(l.PropertyType, '')) LIKE '%rental%' AS is_lease,
    coalesce(l.ListingContractDate, l.OnMarketDate, l.entered_on, l.status_changed_on, l.OffMarketDate, l.CloseDate) AS starts_on,
    CASE
        WHEN l.StandardStatus = 'Closed' THEN coalesce(l.CloseDate, l.status_changed_on, l.OffMarketDate)
        WHEN l.StandardStatus = 'Expired' THEN coalesce(l.status_changed_on, l.ExpirationDate, l.OffMarketDate)
        WHEN l.StandardStatus = 'Canceled' THEN coalesce(l.status_changed_on, l.CancellationDate, l.OffMarketDate)
    END AS ended_on,
    l.status_changed_on,
    coalesce(nullif(trim(l.UnparsedAddress), ''), nullif(concat_ws(' ', l.StreetNumber, l.StreetDirPrefix, l.StreetName, l.StreetSuffix, l.UnitNumber), ''), 'their home') AS home,
    l.City AS city,
    -- who owns it, where the feed says so and does not say that it will not say
    CASE WHEN NOT regexp_matches(lower(l.OwnerName), 'record|withheld|private|confidential|agent|office|owner|seller|occupant|unknown|n/a|public')
        THEN nullif(trim(regexp_replace(translate(lower(l.OwnerName), 'áàâäãéèêëíìîïóòôöõúùûüñç', 'aaaaaeeeeiiiiooooouuuunc'), '[^a-z]+', ' ', 'g')), '')
    END AS owner_words,
    l.ListAgentMlsId,
    l.BuyerAgentMlsId,
    CASE
        WHEN lower(l.StateOrProvince) <> a.state THEN FALSE
        WHEN p.is_in_area OR c.is_in_area THEN TRUE
        WHEN l.Latitude BETWEEN -90 AND 90 AND l.Longitude BETWEEN -180 AND 180 AND NOT (l.Latitude = 0 AND l.Longitude = 0)
            THEN 2 * 6371 * asin(least(1.0, sqrt(
                pow(sin(radians(l.Latitude - a.latitude) / 2), 2)
                + cos(radians(a.latitude)) * cos(radians(l.Latitude)) * pow(sin(radians(l.Longitude - a.longitude) / 2), 2)
            ))) <= a.radius_km
        ELSE coalesce(p.is_in_area, c.is_in_area)
    END AS is_in_area
FROM dated AS l
CROSS JOIN area AS a
LEFT JOIN place_areas AS p ON p.place_type = 'postal_code' AND p.place = left(trim(l.PostalCode), 5)
LEFT JOIN place_areas AS c ON c.place_type = 'city' AND c.place = lower(trim(l.City))
WHERE l.StandardStatus IS NOT NULL AND l.StandardStatus <> 'Delete'
