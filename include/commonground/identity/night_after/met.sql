-- Clusters whose records share enough keys with one that is worked out anew.
WITH holder AS (
    SELECT k.block, k.key, u.id, u.cluster
    FROM remembered.block_key AS k
    SEMI JOIN asked AS a ON a.block = k.block AND a.key = k.key
    JOIN unchanged AS u ON u.number = k.number
),
common_name AS (
    SELECT key FROM holder WHERE block = {names} GROUP BY key HAVING count(DISTINCT cluster) > {bearers}
),
pair AS (
    SELECT a.id, h.id AS other, h.cluster, a.block
    FROM asked AS a
    JOIN holder AS h ON h.block = a.block AND h.key = a.key
    WHERE h.id <> a.id AND NOT (a.block = {names} AND a.key IN (SELECT key FROM common_name))
)
SELECT DISTINCT cluster
FROM (SELECT cluster FROM pair GROUP BY id, other, cluster HAVING {enough})
