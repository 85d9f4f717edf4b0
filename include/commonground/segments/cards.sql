-- Everything a person wants to read of somebody the team may turn to, one row per contact. Whoever opted out has no card.
WITH strongest AS (
    SELECT
        contact_id,
        evidence_text AS fact,
        is_shared,
        concat_ws(', ', evidence_source, concat('record ', evidence_record_id), CAST(observed_at AS VARCHAR), evidence_url) AS place
    FROM signals
    WHERE concerns_service_area
    QUALIFY row_number() OVER (PARTITION BY contact_id ORDER BY weight_now DESC, is_shared, observed_at DESC, signal_id) = 1
)

SELECT
    c.contact_id,
    s.segment,
    s.score,
    c.full_name,
    array_to_string(s.reasons, '. ') AS why,
    s.reasons[1] AS first_reason,
    f.fact,
    coalesce(f.is_shared, FALSE) AS is_by_partner,
    nullif(concat_ws(' | ', f.fact, f.place), '') AS evidence,
    f.place AS evidence_place,
    g.opening_topic,
    g.topics AS common_ground,
    coalesce(CASE WHEN others.strength > coalesce(direct.strength, 0) THEN others.way END, direct.way) AS introduced_by,
    CASE WHEN others.strength > coalesce(direct.strength, 0) AND others.strength > coalesce(a.strength, 0) THEN others.way END AS through,
    v.endorsement,
    s.next_step,
    s.channel,
    s.cadence_days,
    t.occurred_at AS last_touch_at,
    t.occurred_on AS last_touch_on,
    nullif(concat_ws(', ', CAST(t.occurred_on AS VARCHAR), t.interaction_type, coalesce(who.name, t.source)), '') AS last_touch,
    t.occurred_on IS NULL OR date_diff('day', t.occurred_on, n.as_of) >= s.cadence_days AS is_owed,
    c.owner_agent_id,
    c.household_id,
    coalesce(c.household_id, c.contact_id) AS household,
    c.phones[1] AS phone,
    c.emails[1] AS email,
    c.city,
    c.state,
    k.names AS knows_here,
    coalesce(r.prospect_count, 0) AS prospect_count,
    a.agent_id AS closest_agent_id,
    a.strength AS tie_strength
FROM contacts AS c
JOIN segments AS s ON s.contact_id = c.contact_id
CROSS JOIN night AS n
LEFT JOIN strongest AS f ON f.contact_id = c.contact_id
LEFT JOIN shared_topics AS g ON g.contact_id = c.contact_id
LEFT JOIN introductions AS direct ON direct.contact_id = c.contact_id AND NOT direct.is_through_others
LEFT JOIN introductions AS others ON others.contact_id = c.contact_id AND others.is_through_others
LEFT JOIN best_vouchers AS v ON v.contact_id = c.contact_id
LEFT JOIN last_touches AS t ON t.contact_id = c.contact_id
LEFT JOIN agent AS who ON who.agent_id = t.agent_id
LEFT JOIN known_here AS k ON k.contact_id = c.contact_id
LEFT JOIN reach AS r ON r.contact_id = c.contact_id
LEFT JOIN closest_agents AS a ON a.contact_id = c.contact_id
WHERE NOT c.do_not_contact
