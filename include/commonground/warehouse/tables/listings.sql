-- Listings as the MLS has them; days on the market counted here, never trusted from the feed.
SELECT
    l.*,
    a.address_key,
    l.modified_at AS "ModificationTimestamp",
    date_diff(
        'day',
        coalesce(l."OnMarketDate", l."ListingContractDate", CAST(l."OriginalEntryTimestamp" AS DATE)),
        CASE
            WHEN l."StandardStatus" IN ('Active', 'Active Under Contract', 'Coming Soon', 'Pending', 'Hold') THEN n.as_of
            ELSE coalesce(l."CloseDate", l."OffMarketDate", CAST(l."StatusChangeTimestamp" AS DATE), n.as_of)
        END
    ) AS days_on_market
FROM listing AS l
CROSS JOIN night AS n
LEFT JOIN listing_addresses AS a ON a.feed = l.feed AND a."ListingKey" = l."ListingKey"
