-- Somebody in none of the three groups, with the reason.
SELECT
    row_number() OVER (ORDER BY c.full_name, c.contact_id) AS rank,
    c.contact_id,
    c.full_name AS name,
    nullif(concat_ws(', ', c.city, c.state), '') AS place,
    array_to_string(s.reasons, '. ') AS why,
    CAST(NULL AS VARCHAR) AS evidence,
    CAST(NULL AS VARCHAR) AS common_ground,
    CAST(NULL AS VARCHAR) AS way_in,
    nullif(concat_ws(', ', CAST(CAST(c.last_interaction_at AS DATE) AS VARCHAR), c.last_interaction_type), '') AS last_touch,
    c.owner_agent_id,
    coalesce(a.name, c.owner_agent_id) AS owner
FROM segments AS s
JOIN contacts AS c ON c.contact_id = s.contact_id
LEFT JOIN agents AS a ON a.agent_id = c.owner_agent_id
WHERE s.segment = 'unplaced' AND NOT s.do_not_contact
