-- Listings as the MLS has them; days on the market counted here.
SELECT
    l.*,
    a.address_key,
    l.modified_at AS "ModificationTimestamp",
    d.days_on_market
FROM listing AS l
LEFT JOIN days_on_market AS d ON d.feed = l.feed AND d.record_id = l.record_id
LEFT JOIN listing_addresses AS a ON a.feed = l.feed AND a."ListingKey" = l."ListingKey"
