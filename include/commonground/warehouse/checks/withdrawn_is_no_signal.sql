-- a withdrawn or held listing is never a need (a contract still exists)
SELECT s.signal_id FROM signals AS s JOIN listings AS l ON l."ListingKey" = s."ListingKey"
WHERE l."StandardStatus" IN ('Withdrawn', 'Hold') AND s.signal_type IN ('listing_expired', 'listing_canceled')
