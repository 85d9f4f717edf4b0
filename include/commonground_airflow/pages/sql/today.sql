-- The households to turn to today, in the order to work in.
SELECT
    t.rank,
    t.contact_id,
    t.household AS name,
    t.segment,
    t.why_now AS why,
    t.evidence,
    t.opening_topic,
    t.last_touch,
    t.through AS way_in,
    t.next_step,
    t.phone,
    t.email,
    t.owner_agent_id,
    coalesce(a.name, t.owner_agent_id) AS owner
FROM _today AS t
LEFT JOIN agents AS a ON a.agent_id = t.owner_agent_id
