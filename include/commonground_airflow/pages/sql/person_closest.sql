-- Of a friend elsewhere: the team member they are closest to, and whom they know here.
SELECT coalesce(a.name, g.closest_agent_id) AS agent, g.tie_strength, g.knows_here, g.prospect_count
FROM segment_evangelist AS g
LEFT JOIN agents AS a ON a.agent_id = g.closest_agent_id
WHERE g.contact_id = $contact_id
