-- The pairs of records that a person should judge, worst first, each side with its contact.
SELECT
    u.rank,
    u.pair_id,
    u.left_contact_id AS contact_id,
    u.left_contact_id,
    u.right_contact_id,
    u.left_line,
    u.right_line,
    u.left_feed,
    u.left_record_id,
    u.right_feed,
    u.right_record_id,
    a.contact_id IS NOT NULL AS left_has_card,
    b.contact_id IS NOT NULL AS right_has_card,
    concat_ws(', ', u.left_feed, u.left_record_id) AS left_record,
    concat_ws(', ', u.right_feed, u.right_record_id) AS right_record,
    u.is_joined,
    u.match_rule,
    CASE WHEN u.is_joined THEN 'one person' ELSE 'two people' END AS tonight,
    u.match_probability,
    u.doubt,
    nullif(array_to_string(u.agreed, ' | '), '') AS agreed,
    nullif(array_to_string(u.differed, ' | '), '') AS differed,
    u.at_stake,
    coalesce(a.owner_agent_id, b.owner_agent_id) AS owner_agent_id,
    coalesce(o.name, a.owner_agent_id, b.owner_agent_id) AS owner
FROM uncertain_matches AS u
LEFT JOIN contacts AS a ON a.contact_id = u.left_contact_id
LEFT JOIN contacts AS b ON b.contact_id = u.right_contact_id
LEFT JOIN agents AS o ON o.agent_id = coalesce(a.owner_agent_id, b.owner_agent_id)
