-- Per reading of a name, how many other people of the books are to be expected to bear it: what its halves' frequencies say,
-- set right by how many namesakes stand side by side inside single sources, which seldom hold one person twice.
WITH bearer AS (
    SELECT DISTINCT c.cluster, k.is_thin, b.root, b.family
    FROM name_bearer AS b
    JOIN cluster_of AS c ON c.rid = b.rid
    JOIN known_cluster AS k ON k.cluster = c.cluster
    WHERE b.cost <= 0.5
),
person_count AS (
    SELECT greatest(count(DISTINCT CASE WHEN NOT is_thin THEN cluster END), 200) AS n FROM bearer
),
family_count AS (
    SELECT family, count(DISTINCT CASE WHEN NOT is_thin THEN cluster END) AS bearers FROM bearer GROUP BY family
),
root_count AS (
    SELECT root, count(DISTINCT CASE WHEN NOT is_thin THEN cluster END) AS bearers FROM bearer GROUP BY root
),
expected AS (
    SELECT
        w.root,
        w.family,
        greatest(coalesce(f.bearers, 0), 1) * greatest(coalesce(r.bearers, 0), 1) / p.n AS namesakes
    FROM (SELECT DISTINCT root, family FROM name_bearer) AS w
    CROSS JOIN person_count AS p
    LEFT JOIN family_count AS f ON f.family = w.family
    LEFT JOIN root_count AS r ON r.root = w.root
),
listed AS (
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
    SELECT sum(e.namesakes * s.n / p.n / 2) AS pairs
    FROM listed AS l
    JOIN expected AS e ON e.root = l.root AND e.family = l.family
    JOIN (SELECT source, count(*) AS n FROM listed GROUP BY source) AS s ON s.source = l.source
    CROSS JOIN person_count AS p
)
SELECT
    e.root,
    e.family,
    greatest(e.namesakes, 0.02) * least(greatest((coalesce(s.pairs, 0) + 10) / (coalesce(x.pairs, 0) + 10), 0.5), 8) AS namesakes
FROM expected AS e
CROSS JOIN seen_in_one AS s
CROSS JOIN expected_in_one AS x
