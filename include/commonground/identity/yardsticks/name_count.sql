-- How many people bear each given name (or what it is short for) and each family name, and how many there are; those of whom
-- only a name is known are left out, as they may be any of the others.
WITH bearer AS (
    SELECT DISTINCT c.cluster, k.is_thin, b.root, b.family
    FROM name_bearer AS b
    JOIN cluster_of AS c ON c.rid = b.rid
    JOIN known_cluster AS k ON k.cluster = c.cluster
    WHERE b.cost <= 0.5
)
SELECT 'person' AS part, NULL AS name, greatest(count(DISTINCT CASE WHEN NOT is_thin THEN cluster END), 200) AS bearers FROM bearer
UNION ALL
SELECT 'family' AS part, family AS name, count(DISTINCT CASE WHEN NOT is_thin THEN cluster END) AS bearers FROM bearer GROUP BY family
UNION ALL
SELECT 'root' AS part, root AS name, count(DISTINCT CASE WHEN NOT is_thin THEN cluster END) AS bearers FROM bearer GROUP BY root
