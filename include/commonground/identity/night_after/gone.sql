-- Remembered records that are no more, or no more as they were.
SELECT r.number, r.cluster
FROM remembered.record AS r
ANTI JOIN unchanged AS u ON u.number = r.number
