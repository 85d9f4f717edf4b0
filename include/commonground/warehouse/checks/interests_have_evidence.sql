-- no quote, no interest
SELECT contact_id FROM contact_interests WHERE coalesce(evidence_text, '') = '' OR evidence_feed IS NULL OR evidence_record_id IS NULL
