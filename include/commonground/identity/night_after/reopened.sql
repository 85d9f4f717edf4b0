-- Clusters whose records are worked out anew: they lost one, or a person has judged one of them since.
WITH judged AS (
    (SELECT l, r, decision FROM verdict EXCEPT SELECT l, r, decision FROM remembered.verdict)
    UNION
    (SELECT l, r, decision FROM remembered.verdict EXCEPT SELECT l, r, decision FROM verdict)
)
SELECT cluster FROM gone
UNION
SELECT u.cluster FROM unchanged AS u JOIN (SELECT unnest([l, r]) AS id FROM judged) AS j ON j.id = u.id
