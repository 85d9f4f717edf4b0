-- Every way of at most three ties from an agent to a prospect that can be among the three we keep. `last` knows the prospect,
-- `first` is whom the agent would ask. For each (agent, last) the four best ways there are enough: of any four different
-- first introducers at most three are ruled out later (the prospect, and the introducers of the two better paths).
WITH from_agent AS (
    SELECT agent.agent_id, ties.dst AS first, ties.strength
    FROM agent
    JOIN walkable_ties AS ties ON ties.src = agent.agent_id
),
over_two AS (
    SELECT from_agent.agent_id, from_agent.first, ties.dst AS last, from_agent.strength * ties.strength AS strength
    FROM from_agent
    JOIN walkable_ties AS ties ON ties.src = from_agent.first
    WHERE ties.dst <> from_agent.agent_id
),
useful AS (
    -- whoever is asked more easily directly is never asked through another: the direct way is chosen first, and then they are gone
    SELECT over_two.*
    FROM over_two
    LEFT JOIN from_agent ON from_agent.agent_id = over_two.agent_id AND from_agent.first = over_two.last
    WHERE over_two.strength > COALESCE(from_agent.strength, 0)
),
ranked AS (
    SELECT
        *,
        ROW_NUMBER() OVER (PARTITION BY agent_id, last ORDER BY strength DESC, first) AS place
    FROM useful
),
ways_in AS (
    SELECT agent_id, CAST(NULL AS VARCHAR) AS first, first AS last, strength, 1 AS ties_before FROM from_agent
    UNION ALL
    SELECT agent_id, first, last, strength, 2 FROM ranked WHERE place <= 4
)
SELECT agent_id, contact_id AS prospect_id, 1 AS hops, CAST(NULL AS VARCHAR) AS first, CAST(NULL AS VARCHAR) AS second, strength
FROM from_agent
JOIN path_prospects ON path_prospects.contact_id = from_agent.first
UNION ALL
SELECT
    ways_in.agent_id,
    ties.dst,
    ways_in.ties_before + 1,
    CASE WHEN ways_in.ties_before = 1 THEN ways_in.last ELSE ways_in.first END,
    CASE WHEN ways_in.ties_before = 2 THEN ways_in.last END,
    ways_in.strength * ties.strength
FROM ways_in
JOIN walkable_ties AS ties ON ties.src = ways_in.last
JOIN path_prospects ON path_prospects.contact_id = ties.dst
WHERE ways_in.first IS NULL OR ways_in.first <> ties.dst
