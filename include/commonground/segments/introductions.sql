-- The best way to each contact through people who may be asked: one row per contact and kind (direct, or through others).
WITH names AS (
    SELECT contact_id, full_name, do_not_contact AS is_closed, coalesce(household_id, contact_id) AS household FROM contacts
    UNION ALL
    SELECT agent_id, name, FALSE, agent_id FROM agent
),

worded AS (
    SELECT
        p.prospect_id AS contact_id,
        p.hops > 1 AS is_through_others,
        p.strength,
        p.agent_id,
        p.rank,
        CASE WHEN p.hops = 1 THEN concat(a.name, ' knows them directly') ELSE concat_ws(' → ', a.name, first.full_name, second.full_name, them.full_name) END AS way,
        p.weakest_tie_strength
    FROM referral_paths AS p
    JOIN agent AS a ON a.agent_id = p.agent_id
    JOIN names AS them ON them.contact_id = p.prospect_id
    LEFT JOIN names AS first ON first.contact_id = p.via[1]
    LEFT JOIN names AS second ON second.contact_id = p.via[2]
    -- three ties have two people between: a longer path is not one to ask along
    WHERE p.hops <= 3
      AND NOT coalesce(first.is_closed, FALSE) AND NOT coalesce(second.is_closed, FALSE)
      -- one's own household is the opportunity itself, no way to it
      AND coalesce(first.household, '') <> them.household AND coalesce(second.household, '') <> them.household
)

SELECT
    contact_id, is_through_others, agent_id, strength,
    concat(way, ' (strength ', CAST(CAST(strength AS DECIMAL(4, 2)) AS VARCHAR),
        CASE WHEN is_through_others THEN concat(', weakest tie ', CAST(CAST(weakest_tie_strength AS DECIMAL(4, 2)) AS VARCHAR)) ELSE '' END, ')') AS way
FROM worded
QUALIFY row_number() OVER (PARTITION BY contact_id, is_through_others ORDER BY strength DESC, rank, agent_id) = 1
