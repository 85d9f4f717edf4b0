-- Pairs of records about which the decision may be wrong, one for each question a person could be asked.
-- Joined: the likeliest pair across two cores of one cluster, if it is the best that one of the two has. Apart: the likeliest
-- pair across two clusters, unless what speaks against it is plain (two given names, father and son, two team members).
WITH by_name AS (
    SELECT n.rid AS l, b.rid AS r, n.rule, n.probability, x.core AS core_l, y.core AS core_r
    FROM given_reason AS n
    JOIN cluster_of AS a ON a.rid = n.rid
    JOIN cluster_of AS b ON b.cluster = a.cluster
    JOIN core_of AS x ON x.rid = n.rid
    JOIN core_of AS y ON y.rid = b.rid AND y.core <> x.core
    LEFT JOIN scored_pair AS s ON s.l = least(n.rid, b.rid) AND s.r = greatest(n.rid, b.rid)
    WHERE n.rule = 'name_unique'
    QUALIFY row_number() OVER (PARTITION BY n.rid ORDER BY coalesce(s.probability, 0) DESC, b.rid) = 1
),
held AS (
    SELECT e.l, e.r, e.rule, e.probability, x.core AS core_l, y.core AS core_r
    FROM edge AS e
    JOIN cluster_of AS a ON a.rid = e.l
    JOIN cluster_of AS b ON b.rid = e.r AND b.cluster = a.cluster
    JOIN core_of AS x ON x.rid = e.l
    JOIN core_of AS y ON y.rid = e.r AND y.core <> x.core
    UNION ALL
    SELECT l, r, rule, probability, core_l, core_r FROM by_name
),
across AS (
    SELECT *
    FROM held
    QUALIFY row_number() OVER (
        PARTITION BY least(core_l, core_r), greatest(core_l, core_r) ORDER BY probability DESC, least(l, r), greatest(l, r), rule
    ) = 1
),
best_of_core AS (
    SELECT *
    FROM (SELECT core_l AS core, * FROM across UNION ALL SELECT core_r AS core, * FROM across) AS either
    QUALIFY row_number() OVER (PARTITION BY core ORDER BY probability DESC, least(l, r), greatest(l, r)) = 1
),
settled AS (
    SELECT DISTINCT least(a.cluster, b.cluster) AS one, greatest(a.cluster, b.cluster) AS two
    FROM judged_pair AS j
    JOIN cluster_of AS a ON a.rid = j.l
    JOIN cluster_of AS b ON b.rid = j.r
),
apart AS (
    SELECT s.l, s.r, coalesce(f.objection, 'too little speaks for it') AS rule, s.probability
    FROM scored_pair AS s
    JOIN pair_fact AS f ON f.l = s.l AND f.r = s.r
    JOIN cluster_of AS a ON a.rid = s.l
    JOIN cluster_of AS b ON b.rid = s.r AND b.cluster <> a.cluster
    LEFT JOIN settled AS t ON t.one = least(a.cluster, b.cluster) AND t.two = greatest(a.cluster, b.cluster)
    WHERE t.one IS NULL
      AND (f.objection IS NULL OR f.objection IN ('name alone', 'namesake', 'other birth date'))
    QUALIFY row_number() OVER (
        PARTITION BY least(a.cluster, b.cluster), greatest(a.cluster, b.cluster) ORDER BY s.probability DESC, s.l, s.r
    ) = 1
),
pair AS (
    SELECT DISTINCT least(l, r) AS l, greatest(l, r) AS r, rule, probability, TRUE AS is_joined, 1 - probability AS doubt
    FROM best_of_core
    UNION ALL
    SELECT l, r, rule, probability, FALSE AS is_joined, probability AS doubt
    FROM apart
)
SELECT
    least(a.key, b.key) AS left_key,
    greatest(a.key, b.key) AS right_key,
    p.is_joined,
    p.rule,
    p.probability,
    s.weight,
    round(p.doubt, 6) AS doubt,
    s.detail,
    s.bits
FROM pair AS p
JOIN person_feature AS a ON a.rid = p.l
JOIN person_feature AS b ON b.rid = p.r
LEFT JOIN scored_pair AS s ON s.l = p.l AND s.r = p.r
WHERE p.doubt >= 0.1
