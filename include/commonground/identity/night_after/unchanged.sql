-- Records that are as they were: their number and cluster in the memory.
SELECT r.number, r.cluster, r.id
FROM remembered.record AS r
JOIN tonight AS t ON t.id = r.id AND t.content = r.content
