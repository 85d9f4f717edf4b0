-- no quote, no common ground
SELECT contact_id FROM common_ground
WHERE coalesce(agent_evidence_text, '') = '' OR coalesce(contact_evidence_text, '') = '' OR agent_evidence_record_id IS NULL OR contact_evidence_record_id IS NULL
