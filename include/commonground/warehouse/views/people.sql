-- one row per contact, with its group and first reason
SELECT c.contact_id, c.full_name, s.segment, s.score, s.reasons[1] AS first_reason, c.city, c.state, c.owner_agent_id, c.last_interaction_at, c.do_not_contact
FROM contacts AS c
JOIN segments AS s ON s.contact_id = c.contact_id
ORDER BY s.segment, s.score DESC, c.contact_id
