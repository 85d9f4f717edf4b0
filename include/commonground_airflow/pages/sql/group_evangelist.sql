-- Somebody elsewhere: where, how close to the team, what is shared, and whom they know here.
SELECT
    g.rank,
    g.contact_id,
    g.full_name AS name,
    nullif(concat_ws(', ', g.city, g.state), '') AS place,
    coalesce(s.reasons[1], g.why) AS why,
    nullif(array_to_string(s.reasons[2:], '. '), '') AS evidence,
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
LEFT JOIN segments AS s ON s.contact_id = g.contact_id
