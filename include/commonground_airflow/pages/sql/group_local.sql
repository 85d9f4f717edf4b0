-- Somebody in the area: who, why, with what evidence, what is shared, and the way in. `segment_local` stands for the group's table.
SELECT
    g.rank,
    g.contact_id,
    g.full_name AS name,
    g.city AS place,
    g.why,
    g.evidence,
    g.common_ground,
    g.introduced_by AS way_in,
    g.last_touch,
    g.owner_agent_id,
    coalesce(a.name, g.owner_agent_id) AS owner
FROM segment_local AS g
LEFT JOIN agents AS a ON a.agent_id = g.owner_agent_id
