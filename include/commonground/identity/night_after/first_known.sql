-- What a whole night remembers of each record.
SELECT
    e.rid AS number,
    t.id,
    t.content,
    min(e.rid) OVER (PARTITION BY e.cluster) AS cluster,
    CASE WHEN e.other_key IS NOT NULL THEN hash(e.other_key) END AS other,
    e.match_probability,
    e.match_rule,
    CAST(e.detail AS VARCHAR) AS detail
FROM explained AS e
JOIN tonight AS t ON t.id = hash(e.key)
