-- All records of tonight with what is remembered of them, like `explained`.
SELECT r.number AS rid, t.key, r.cluster, r.match_probability, r.match_rule, o.key AS other_key, r.detail
FROM remembered.record AS r
JOIN tonight AS t ON t.id = r.id
LEFT JOIN tonight AS o ON o.id = r.other
