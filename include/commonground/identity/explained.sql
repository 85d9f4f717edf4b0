-- Every record, the cluster it is in, and the best reason for it: a verdict or a team member's own profile, a name that only
-- one person bears, else the surest pair inside the cluster.
WITH inside AS (
    SELECT e.l AS rid, e.r AS other, e.rule, e.probability
    FROM edge AS e
    JOIN cluster_of AS a ON a.rid = e.l
    JOIN cluster_of AS b ON b.rid = e.r AND b.cluster = a.cluster
    UNION ALL
    SELECT e.r AS rid, e.l AS other, e.rule, e.probability
    FROM edge AS e
    JOIN cluster_of AS a ON a.rid = e.l
    JOIN cluster_of AS b ON b.rid = e.r AND b.cluster = a.cluster
),
best AS (
    SELECT *
    FROM inside
    QUALIFY row_number() OVER (PARTITION BY rid ORDER BY CASE rule WHEN 'splink' THEN 1 ELSE 0 END, probability DESC, rule, other) = 1
),
others AS (
    SELECT rid, key FROM person_feature
)
SELECT
    f.rid,
    f.key,
    c.cluster,
    coalesce(g.probability, b.probability, 1.0) AS match_probability,
    coalesce(g.rule, b.rule, 'single') AS match_rule,
    CASE WHEN g.rule IS NULL THEN o.key END AS other_key,
    json_object(
        'weight', CASE WHEN g.rule IS NULL THEN s.weight END,
        'compared', CASE WHEN g.rule IS NULL THEN CAST(s.detail AS JSON) END,
        'bits', CASE WHEN g.rule IS NULL THEN CAST(s.bits AS JSON) END
    ) AS detail
FROM person_feature AS f
JOIN cluster_of AS c ON c.rid = f.rid
LEFT JOIN given_reason AS g ON g.rid = f.rid
LEFT JOIN best AS b ON b.rid = f.rid
LEFT JOIN others AS o ON o.rid = b.other
LEFT JOIN scored_pair AS s ON s.l = least(b.rid, b.other) AND s.r = greatest(b.rid, b.other)
