-- Clusters known by little more than a name (a friend list, a page of connections) → the one cluster of that name.
-- Only when exactly one person in the books bears the name (or one alone in the book of the same team member), the name is
-- not so common that a namesake is likely, and nothing speaks against it: another profile on the same site, another town,
-- a second such record from the same source. A name on a public page, in nobody's book or network, could be anybody's.
WITH member AS (
    SELECT c.cluster, f.*
    FROM cluster_of AS c
    JOIN person_feature AS f ON f.rid = c.rid
    WHERE NOT f.is_nameless AND f.person_type <> 'organization'
),
known AS (
    SELECT
        cluster,
        bool_and(mails IS NULL AND numbers IS NULL AND street_key IS NULL AND birth_key IS NULL AND agent_id IS NULL) AS is_thin,
        bool_or(owner IS NOT NULL) AS is_ours,
        max(CASE WHEN length(given) > 1 AND family IS NOT NULL THEN whole_name END) AS whole_name,
        count(DISTINCT CASE WHEN length(given) > 1 AND family IS NOT NULL THEN whole_name END) AS name_count
    FROM member
    GROUP BY cluster
),
bearer AS (
    SELECT DISTINCT m.cluster, k.is_thin, k.is_ours, m.given, x.root, y.family
    FROM member AS m
    JOIN known AS k ON k.cluster = m.cluster
    JOIN (SELECT rid, unnest(roots) AS root FROM person_feature) AS x ON x.rid = m.rid
    JOIN (
        SELECT rid, family FROM person_feature WHERE family IS NOT NULL
        UNION
        SELECT rid, unnest(family_words) AS family FROM person_feature
    ) AS y ON y.rid = m.rid
    WHERE length(m.given) > 1 AND m.family IS NOT NULL AND length(x.root) > 1 AND length(y.family) > 1
),
family_count AS (SELECT family, count(DISTINCT cluster) AS bearers FROM bearer WHERE NOT is_thin GROUP BY family),
root_count AS (SELECT root, count(DISTINCT cluster) AS bearers FROM bearer WHERE NOT is_thin GROUP BY root),
cluster_count AS (SELECT greatest(count(*), 200) AS n FROM known WHERE NOT is_thin),
namesake AS (
    SELECT t.cluster AS thin, c.cluster AS target, max(fc.bearers * rc.bearers / cc.n) AS expected_namesakes
    FROM bearer AS t
    JOIN bearer AS c ON c.family = t.family AND c.root = t.root AND NOT c.is_thin AND (t.root = t.given OR c.root = c.given)
    JOIN family_count AS fc ON fc.family = t.family
    JOIN root_count AS rc ON rc.root = t.root
    CROSS JOIN cluster_count AS cc
    WHERE t.is_thin AND t.is_ours
    GROUP BY t.cluster, c.cluster
),
speaks_against AS (
    SELECT DISTINCT n.thin, n.target
    FROM namesake AS n
    JOIN member AS a ON a.cluster = n.thin
    JOIN member AS b ON b.cluster = n.target
    WHERE a.source = b.source
       OR (array_length(array_intersect(a.sites, b.sites)) > 0 AND NOT array_length(array_intersect(a.handles, b.handles)) > 0)
       OR a.state_key <> b.state_key
       OR a.city_key <> b.city_key
       OR a.generation <> b.generation
),
same_book AS (
    SELECT DISTINCT n.thin, n.target
    FROM namesake AS n
    JOIN member AS a ON a.cluster = n.thin
    JOIN member AS b ON b.cluster = n.target AND b.owner = a.owner
),
only_bearer AS (
    SELECT thin, min(target) AS target, max(expected_namesakes) AS expected_namesakes
    FROM namesake
    GROUP BY thin
    HAVING count(*) = 1
    UNION ALL
    SELECT n.thin, min(b.target) AS target, max(n.expected_namesakes) AS expected_namesakes
    FROM namesake AS n
    LEFT JOIN same_book AS b ON b.thin = n.thin AND b.target = n.target
    GROUP BY n.thin
    HAVING count(*) > 1 AND count(b.target) = 1
),
clear AS (
    SELECT o.thin, o.target, o.expected_namesakes
    FROM only_bearer AS o
    LEFT JOIN speaks_against AS s ON s.thin = o.thin AND s.target = o.target
    WHERE s.thin IS NULL AND o.expected_namesakes <= 0.5
),
rivals AS (
    SELECT c.target, m.source
    FROM clear AS c
    JOIN member AS m ON m.cluster = c.thin
    GROUP BY c.target, m.source
    HAVING count(DISTINCT c.thin) > 1
),
site_rivals AS (
    SELECT c.target, c.thin
    FROM clear AS c
    JOIN member AS m ON m.cluster = c.thin
    JOIN clear AS other ON other.target = c.target AND other.thin <> c.thin
    JOIN member AS o ON o.cluster = other.thin
    WHERE array_length(array_intersect(m.sites, o.sites)) > 0 AND NOT array_length(array_intersect(m.handles, o.handles)) > 0
),
to_the_known AS (
    SELECT c.thin, c.target, c.expected_namesakes
    FROM clear AS c
    WHERE NOT EXISTS (
        SELECT 1 FROM rivals AS r JOIN member AS m ON m.source = r.source
        WHERE r.target = c.target AND m.cluster = c.thin
    )
      AND NOT EXISTS (SELECT 1 FROM site_rivals AS r WHERE r.thin = c.thin)
),
nameless_elsewhere AS (
    SELECT k.cluster, k.whole_name
    FROM known AS k
    WHERE k.is_thin AND k.is_ours AND k.name_count = 1 AND k.cluster NOT IN (SELECT thin FROM namesake)
),
same_name AS (
    SELECT e.whole_name, min(e.cluster) AS target
    FROM nameless_elsewhere AS e
    JOIN member AS m ON m.cluster = e.cluster
    GROUP BY e.whole_name
    HAVING count(DISTINCT e.cluster) > 1
       AND count(DISTINCT e.cluster) = count(DISTINCT m.source)
       AND count(DISTINCT m.state_key) <= 1
       AND count(DISTINCT m.city_key) <= 1
       AND count(DISTINCT m.generation) <= 1
),
to_each_other AS (
    SELECT e.cluster AS thin, s.target, 0.1 AS expected_namesakes
    FROM same_name AS s
    JOIN nameless_elsewhere AS e ON e.whole_name = s.whole_name AND e.cluster <> s.target
)
SELECT thin, target, round(0.98 / (1 + expected_namesakes), 6) AS probability FROM to_the_known
UNION ALL
SELECT thin, target, round(0.98 / (1 + expected_namesakes), 6) AS probability FROM to_each_other
ORDER BY thin
