-- Every listing's door, keyed like people's: what joins a home on the market to who lives in it.
SELECT l.feed, l."ListingKey", k.address_key
FROM listing AS l
LEFT JOIN listing_address_form AS k
    ON k."StreetNumber" IS NOT DISTINCT FROM l."StreetNumber"
    AND k."StreetDirPrefix" IS NOT DISTINCT FROM l."StreetDirPrefix"
    AND k."StreetName" IS NOT DISTINCT FROM l."StreetName"
    AND k."StreetSuffix" IS NOT DISTINCT FROM l."StreetSuffix"
    AND k."UnitNumber" IS NOT DISTINCT FROM l."UnitNumber"
    AND k."PostalCode" IS NOT DISTINCT FROM l."PostalCode"
    AND k."UnparsedAddress" IS NOT DISTINCT FROM l."UnparsedAddress"
ORDER BY l.feed, l."ListingKey"
