-- Records that are new or changed, with a number of their own: no number is given twice.
SELECT t.id, t.content, CAST(n.last + row_number() OVER (ORDER BY t.key) AS INTEGER) AS number
FROM tonight AS t
CROSS JOIN (SELECT coalesce(max(number), 0) AS last FROM remembered.record) AS n
ANTI JOIN unchanged AS u ON u.id = t.id
