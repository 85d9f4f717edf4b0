-- How many more namesakes there are than the halves of names let expect: those that stand side by side inside single sources, which
-- seldom hold one person twice.
WITH listed AS (
    SELECT DISTINCT f.source, c.cluster, b.root, b.family
    FROM name_bearer AS b
    JOIN person_feature AS f ON f.rid = b.rid
    JOIN cluster_of AS c ON c.rid = b.rid
    WHERE b.root = f.given AND b.cost = 0 AND f.source IS NOT NULL
),
seen_in_one AS (
    SELECT sum(n * (n - 1) / 2) AS pairs FROM (SELECT count(DISTINCT cluster) AS n FROM listed GROUP BY source, root, family)
),
expected_in_one AS (
    SELECT sum(e.namesakes * s.n / p.bearers / 2) AS pairs
    FROM listed AS l
    JOIN expected_namesakes AS e ON e.root = l.root AND e.family = l.family
    JOIN (SELECT source, count(*) AS n FROM listed GROUP BY source) AS s ON s.source = l.source
    JOIN name_count AS p ON p.part = 'person'
)
SELECT least(greatest((coalesce(s.pairs, 0) + 10) / (coalesce(x.pairs, 0) + 10), 0.5), 8) AS factor
FROM seen_in_one AS s
CROSS JOIN expected_in_one AS x
