-- The live facts that say somebody needs an agent, strongest first.
SELECT
    s.signal_type, s.side, s.observed_at, s.weight, s.weight_now, s.half_life_days, s.concerns_service_area,
    s.evidence_text, s.evidence_source, s.evidence_feed, s.evidence_record_id, s.evidence_url,
    l.UnparsedAddress AS address, l.StandardStatus AS listing_status
FROM signals AS s
LEFT JOIN listings AS l ON l.ListingKey = s.ListingKey AND l.feed = s.evidence_feed
WHERE s.contact_id = $contact_id
ORDER BY s.weight_now DESC, s.observed_at DESC, s.signal_id
