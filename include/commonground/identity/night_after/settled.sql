-- Records of the region whose cluster is only met: rid and the cluster as remembered.
SELECT p.rid, u.cluster
FROM numbered_person AS p
JOIN unchanged AS u ON u.id = hash(p.key)
ANTI JOIN reopened AS r ON r.cluster = u.cluster
