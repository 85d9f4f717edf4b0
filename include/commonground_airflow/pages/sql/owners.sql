-- The team, to filter by.
SELECT agent_id, coalesce(name, agent_id) AS name FROM agents ORDER BY name, agent_id
