-- What tells that two listings are of one home: RESO's property id, the assessor's parcel number, the address. One row per listing and key.
WITH keys AS (
    SELECT feed, ListingKey, concat('upi:', lower(trim(UniversalPropertyId))) AS home_key
    FROM listing
    WHERE trim(UniversalPropertyId) <> ''
    UNION
    SELECT feed, ListingKey, concat('parcel:', lower(coalesce(StateOrProvince, '')), ':', parcel)
    FROM (SELECT *, upper(regexp_replace(ParcelNumber, '[^A-Za-z0-9]+', '', 'g')) AS parcel FROM listing) AS numbered
    -- "0", "TBD", "000-000-000" and the like name no parcel
    WHERE length(parcel) >= 5 AND regexp_matches(parcel, '[0-9]') AND length(replace(parcel, left(parcel, 1), '')) > 0
    UNION
    SELECT feed, ListingKey, concat('address:', address_key)
    FROM listing_addresses
    WHERE address_key <> ''
)

SELECT
    k.feed,
    k.ListingKey,
    k.home_key,
    -- flats may share a parcel, and counties repeat numbers: these two must not contradict each other
    nullif(regexp_replace(regexp_replace(lower(coalesce(l.UnitNumber, '')), 'apartment|apt|unit|suite|ste', '', 'g'), '[^a-z0-9]+', '', 'g'), '') AS unit,
    nullif(left(trim(l.PostalCode), 5), '') AS postal_code
FROM keys AS k
JOIN listing_lives AS v ON v.feed = k.feed AND v.ListingKey = k.ListingKey
JOIN listing AS l ON l.feed = v.feed AND l.record_id = v.record_id
