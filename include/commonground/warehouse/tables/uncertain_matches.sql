-- Pairs of records that a person should judge, worst first: how likely the decision is wrong, times what hangs on it.
-- Whoever opted out, and whoever is in no list of contacts, is nobody's question.
WITH placed AS (
    SELECT
        c.contact_id,
        s.segment AS place,
        CASE s.segment WHEN 'now' THEN 0.6 + 0.4 * coalesce(s.score, 0) WHEN 'later' THEN 0.4 + 0.3 * coalesce(s.score, 0) WHEN 'evangelist' THEN 0.4 + 0.3 * coalesce(s.score, 0) ELSE 0.2 END
            AS stake
    FROM contacts AS c
    JOIN segments AS s ON s.contact_id = c.contact_id
    WHERE NOT c.do_not_contact AND NOT s.do_not_contact
    UNION ALL
    -- common ground, ties and presence of a team member all hang on which records are theirs
    SELECT agent_id AS contact_id, 'team' AS place, 1.0 AS stake FROM agent
),
weighed AS (
    SELECT
        p.*,
        greatest(a.stake, b.stake) AS stakes,
        CASE WHEN a.contact_id = b.contact_id THEN a.place ELSE a.place || ' and ' || b.place END AS at_stake
    FROM uncertain_pairs AS p
    JOIN placed AS a ON a.contact_id = p.left_contact_id
    JOIN placed AS b ON b.contact_id = p.right_contact_id
    WHERE p.is_joined OR NOT (p.left_is_agent AND p.right_is_agent)
)
SELECT
    pair_id,
    row_number() OVER (ORDER BY doubt * stakes DESC, doubt DESC, pair_id) AS rank,
    is_joined,
    doubt,
    round(stakes, 6) AS stakes,
    at_stake,
    probability AS match_probability,
    weight AS match_weight,
    rule AS match_rule,
    agreed,
    differed,
    detail AS match_detail,
    left_feed,
    left_record_id,
    left_contact_id,
    left_line,
    right_feed,
    right_record_id,
    right_contact_id,
    right_line
FROM weighed
QUALIFY row_number() OVER (ORDER BY doubt * stakes DESC, doubt DESC, pair_id) <= 300
