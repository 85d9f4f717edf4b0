-- What is the rarest thing each agent shares with somebody?
SELECT agent_id, label, rarity, contact_evidence_text, agent_evidence_text FROM common_ground WHERE rank = 1 ORDER BY rarity DESC, agent_id, contact_id LIMIT 20
