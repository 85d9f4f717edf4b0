-- The keys by which those are looked up who are worked out anew: id, block, key.
SELECT id, block, key FROM arrived_key
UNION ALL
SELECT u.id, k.block, k.key
FROM unchanged AS u
SEMI JOIN reopened AS r ON r.cluster = u.cluster
JOIN remembered.block_key AS k ON k.number = u.number
