-- Clusters of one name → those to join now: more speaks for the pair than for nobody and for every rival together. A rival
-- is another cluster of the name that cannot be the same person as the one it competes with.
WITH open_pair AS (
    SELECT l AS cluster, r AS other, bits FROM name_pair WHERE NOT is_other AND bits > -6
    UNION ALL
    SELECT r AS cluster, l AS other, bits FROM name_pair WHERE NOT is_other AND bits > -6
),
apart AS (
    SELECT l AS cluster, r AS other FROM name_pair WHERE is_other
    UNION ALL
    SELECT r AS cluster, l AS other FROM name_pair WHERE is_other
),
rivalry AS (
    SELECT p.cluster, p.other, round(sum(power(2, q.bits)), 6) AS odds
    FROM open_pair AS p
    JOIN open_pair AS q ON q.cluster = p.cluster AND q.other <> p.other
    JOIN apart AS x ON x.cluster = p.other AND x.other = q.other
    GROUP BY p.cluster, p.other
),
judged AS (
    SELECT
        p.cluster,
        p.other,
        round(power(2, p.bits) / (1 + power(2, p.bits) + coalesce(a.odds, 0) + coalesce(b.odds, 0)), 6) AS probability
    FROM open_pair AS p
    LEFT JOIN rivalry AS a ON a.cluster = p.cluster AND a.other = p.other
    LEFT JOIN rivalry AS b ON b.cluster = p.other AND b.other = p.cluster
),
favourite AS (
    SELECT cluster, other, probability
    FROM judged
    WHERE probability >= 0.66
    QUALIFY row_number() OVER (PARTITION BY cluster ORDER BY probability DESC, other) = 1
)
SELECT a.cluster AS thin, a.other AS target, a.probability
FROM favourite AS a
JOIN favourite AS b ON b.cluster = a.other AND b.other = a.cluster
WHERE a.cluster < a.other
ORDER BY a.probability DESC, a.cluster
