-- The ten to twenty households to turn to today: who needs us now, then friends elsewhere we owe a word, then a few local people to look up.
-- One row per household, for its member in the first of these groups, and the one who acted. Each group has its share of the rows; what one leaves free the next takes.
WITH shares AS (
    SELECT * FROM (VALUES ('now', 1, 0.55), ('evangelist', 2, 0.25), ('later', 3, 0.2)) AS named (segment, place, share)
),

thrown_out AS (
    SELECT DISTINCT c.contact_id
    FROM person AS p
    JOIN contact_identities AS c ON c.feed = p.feed AND c.record_id = p.record_id
    JOIN stage_word AS w
        ON w.meaning = 'trash' AND concat(' ', regexp_replace(lower(p.stage), '[^a-z0-9]+', ' ', 'g'), ' ') LIKE concat('% ', w.phrase, ' %')
),

candidates AS (
    SELECT k.*, g.place AS group_place, g.share
    FROM cards AS k
    JOIN shares AS g ON g.segment = k.segment
    LEFT JOIN thrown_out AS x ON x.contact_id = k.contact_id
    WHERE x.contact_id IS NULL
    QUALIFY row_number() OVER (PARTITION BY k.household ORDER BY g.place, k.score DESC, k.is_by_partner, k.contact_id) = 1
),

due AS (
    SELECT
        *, row_number() OVER (PARTITION BY segment ORDER BY score DESC, last_touch_at NULLS FIRST, contact_id) AS group_rank
    FROM candidates
    WHERE segment = 'now' OR is_owed
),

chosen AS (
    SELECT d.*
    FROM due AS d
    CROSS JOIN segment_policy AS p
    QUALIFY row_number() OVER (
        ORDER BY CASE WHEN d.group_rank <= ceil(d.share * p.today_rows) THEN 0 ELSE 1 END, d.group_place, d.group_rank
    ) <= p.today_rows
),

members AS (
    SELECT coalesce(household_id, contact_id) AS household, string_agg(full_name, ', ' ORDER BY full_name, contact_id) AS names
    FROM contacts
    WHERE NOT do_not_contact
    GROUP BY coalesce(household_id, contact_id)
)

SELECT
    row_number() OVER (ORDER BY c.group_place, c.group_rank) AS rank,
    m.names AS household,
    c.contact_id,
    c.segment,
    CASE
        WHEN c.segment = 'now' THEN coalesce(c.fact, c.first_reason)
        WHEN c.last_touch_on IS NULL THEN concat('No touch on record. ', c.first_reason)
        ELSE concat('Last touch on ', CAST(c.last_touch_on AS VARCHAR), '; due every ', CAST(c.cadence_days AS VARCHAR), ' days. ', c.first_reason)
    END AS why_now,
    CASE WHEN c.segment = 'now' THEN c.evidence_place ELSE c.why END AS evidence,
    c.opening_topic,
    c.last_touch,
    c.through,
    c.owner_agent_id,
    c.next_step,
    c.phone,
    c.email
FROM chosen AS c
JOIN members AS m ON m.household = c.household
