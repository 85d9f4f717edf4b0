-- Contact by contact: is it the team, is it an organization.
SELECT
    i.contact_id,
    bool_or(i.is_agent) AS is_agent,
    min(CASE WHEN i.is_agent THEN i.contact_id END) AS agent_id,
    bool_and(p.person_type = 'organization') AS is_organization
FROM contact_identities AS i
JOIN person AS p ON p.feed = i.feed AND p.record_id = i.record_id
GROUP BY i.contact_id
