-- Somebody elsewhere: how close, what is shared, and whom they know here. Their evidence is the tie to the team.
SELECT
    g.rank,
    g.contact_id,
    g.full_name AS name,
    nullif(concat_ws(', ', g.city, g.state), '') AS place,
    g.why,
    p.evidence[1] AS evidence,
    g.common_ground,
    CASE
        WHEN g.knows_here IS NULL AND g.prospect_count = 0 THEN NULL
        ELSE concat_ws(' | ', 'Knows here: ' || g.knows_here, CASE WHEN g.prospect_count > 0 THEN 'Reaches ' || g.prospect_count || ' local people the team knows weakly' END)
    END AS way_in,
    g.last_touch,
    g.owner_agent_id,
    coalesce(a.name, g.owner_agent_id) AS owner
FROM segment_evangelist AS g
LEFT JOIN agents AS a ON a.agent_id = g.owner_agent_id
LEFT JOIN referral_paths AS p ON p.agent_id = g.closest_agent_id AND p.prospect_id = g.contact_id AND p.hops = 1 AND p.rank = 1
