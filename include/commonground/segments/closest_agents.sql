-- For every contact the team member they are closest to: the stronger direction of the tie counts. Who is close enough to be an
-- evangelist is asked of the tie without shared interests: membership comes from behaviour alone.
WITH both_ways AS (
    SELECT t.dst AS contact_id, t.src AS agent_id, t.strength, t.strength_without_interests, t.interaction_count, t.last_at
    FROM ties AS t
    JOIN agent AS a ON a.agent_id = t.src
    UNION ALL
    SELECT t.src, t.dst, t.strength, t.strength_without_interests, t.interaction_count, t.last_at
    FROM ties AS t
    JOIN agent AS a ON a.agent_id = t.dst
)

SELECT b.contact_id, b.agent_id, a.name AS agent_name, b.strength, b.strength_without_interests, b.interaction_count, b.last_at
FROM both_ways AS b
JOIN agent AS a ON a.agent_id = b.agent_id
JOIN contacts AS c ON c.contact_id = b.contact_id
QUALIFY row_number() OVER (PARTITION BY b.contact_id ORDER BY b.strength_without_interests DESC, b.interaction_count DESC NULLS LAST, b.agent_id) = 1
