-- Whom each contact knows among the team's local contacts: the three closest by name, and how many there are.
WITH neighbours AS (
    SELECT src AS contact_id, dst AS other_id, strength FROM ties
    UNION ALL
    SELECT dst, src, strength FROM ties
),

local_people AS (
    SELECT c.contact_id, c.full_name
    FROM contacts AS c
    JOIN segments AS s ON s.contact_id = c.contact_id
    WHERE s.segment IN ('now', 'later') AND NOT c.do_not_contact
),

ranked AS (
    SELECT
        contact_id, full_name, strength,
        row_number() OVER (PARTITION BY contact_id ORDER BY strength DESC, full_name, other_id) AS place
    FROM (
        SELECT n.contact_id, n.other_id, l.full_name, max(n.strength) AS strength
        FROM neighbours AS n
        JOIN local_people AS l ON l.contact_id = n.other_id
        GROUP BY n.contact_id, n.other_id, l.full_name
    ) AS closest
)

SELECT
    contact_id,
    concat(
        string_agg(full_name, ', ' ORDER BY place) FILTER (WHERE place <= 3),
        CASE WHEN count(*) > 3 THEN concat(' and ', CAST(count(*) - 3 AS VARCHAR), ' more') ELSE '' END
    ) AS names
FROM ranked
GROUP BY contact_id
