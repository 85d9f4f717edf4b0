-- Into whom a contact was merged: the end of the chain of merges.
WITH RECURSIVE merged AS (
    SELECT contact_id, other_contact_id FROM contact_history WHERE event = 'merge' AND other_contact_id IS NOT NULL
),

chain AS (
    SELECT CAST($contact_id AS VARCHAR) AS contact_id, 0 AS depth
    UNION ALL
    SELECT m.contact_id, c.depth + 1
    FROM chain AS c
    JOIN merged AS m ON m.other_contact_id = c.contact_id
    WHERE c.depth < 20
)

SELECT c.contact_id
FROM chain AS c
JOIN contacts AS known ON known.contact_id = c.contact_id
WHERE c.depth > 0
ORDER BY c.depth, c.contact_id
LIMIT 1
