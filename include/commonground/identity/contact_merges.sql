-- What became of last night's contacts: `merge`, other_contact_id is no more and its records are with contact_id;
-- `split`, contact_id has records that were with other_contact_id, which lives on.
WITH moved AS (
    SELECT p.contact_id AS was, i.contact_id AS is_now, min(i.match_rule) AS rule
    FROM earlier_identity AS p
    JOIN contact_identities AS i ON i.feed = p.feed AND i.record_id = p.record_id
    WHERE p.contact_id <> i.contact_id
    GROUP BY p.contact_id, i.contact_id
),
alive AS (
    SELECT DISTINCT contact_id FROM contact_identities
)
SELECT
    CASE WHEN a.contact_id IS NULL THEN 'merge' ELSE 'split' END AS event,
    m.is_now AS contact_id,
    m.was AS other_contact_id,
    n.run_id,
    n.started_at AS happened_at,
    CASE WHEN a.contact_id IS NULL THEN 'now one person by ' ELSE 'now apart, by ' END || m.rule AS reason
FROM moved AS m
CROSS JOIN night AS n
LEFT JOIN alive AS a ON a.contact_id = m.was
ORDER BY event, m.is_now, m.was
