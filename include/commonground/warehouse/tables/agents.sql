-- The team, and how its contacts spread over the groups.
SELECT
    a.agent_id,
    a.name,
    a.emails,
    a.phones,
    a.mls_ids,
    count(c.contact_id) AS contact_count,
    count(c.contact_id) FILTER (WHERE s.segment = 'now') AS now_count,
    count(c.contact_id) FILTER (WHERE s.segment = 'later') AS later_count,
    count(c.contact_id) FILTER (WHERE s.segment = 'evangelist') AS evangelist_count
FROM agent AS a
LEFT JOIN contacts AS c ON c.owner_agent_id = a.agent_id
LEFT JOIN segments AS s ON s.contact_id = c.contact_id
GROUP BY a.agent_id, a.name, a.emails, a.phones, a.mls_ids
