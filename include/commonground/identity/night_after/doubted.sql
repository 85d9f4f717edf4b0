-- Tonight's doubts, and the remembered ones of which one record at least was not worked out tonight.
WITH here AS (
    SELECT t.id, t.key, r.id IS NOT NULL AS is_worked_out
    FROM tonight AS t
    LEFT JOIN region AS r ON r.id = t.id
)
SELECT * FROM _doubted
UNION ALL
SELECT d.* REPLACE (least(a.key, b.key) AS left_key, greatest(a.key, b.key) AS right_key)
FROM remembered.doubt AS d
JOIN here AS a ON a.id = d.left_key
JOIN here AS b ON b.id = d.right_key
WHERE NOT (a.is_worked_out AND b.is_worked_out)
ORDER BY doubt DESC, left_key, right_key
