-- Names of contacts and team members.
SELECT contact_id, full_name AS name, FALSE AS is_agent FROM contacts WHERE contact_id IN (SELECT unnest($ids))
UNION ALL
SELECT agent_id, name, TRUE FROM agents WHERE agent_id IN (SELECT unnest($ids))
