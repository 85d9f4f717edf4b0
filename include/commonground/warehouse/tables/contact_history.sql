-- Earlier events, and tonight's: contacts that appeared, merged, split, or are gone.
WITH appeared AS (
    SELECT c.contact_id, 'appeared' AS event, CAST(NULL AS VARCHAR) AS other_contact_id, 'first seen in ' || array_to_string(c.feeds, ', ') AS reason
    FROM contacts AS c
    WHERE c.contact_id NOT IN (SELECT contact_id FROM previous_segments)
      AND c.contact_id NOT IN (SELECT contact_id FROM contact_merges WHERE event = 'split')
),

changed AS (
    SELECT contact_id, event, other_contact_id, reason FROM contact_merges
),

gone AS (
    SELECT p.contact_id, 'gone' AS event, CAST(NULL AS VARCHAR) AS other_contact_id, 'no feed knows them any more' AS reason
    FROM previous_segments AS p
    WHERE p.contact_id NOT IN (SELECT contact_id FROM contacts)
      AND p.contact_id NOT IN (SELECT other_contact_id FROM contact_merges WHERE other_contact_id IS NOT NULL)
),

tonight AS (
    SELECT * FROM appeared
    UNION ALL SELECT * FROM changed
    UNION ALL SELECT * FROM gone
)

SELECT contact_id, event, other_contact_id, happened_on, run_id, reason
FROM previous_contact_history
WHERE run_id <> (SELECT run_id FROM night)
UNION ALL
SELECT t.contact_id, t.event, t.other_contact_id, n.as_of AS happened_on, n.run_id, t.reason
FROM tonight AS t
CROSS JOIN night AS n
