-- How many people are known.
SELECT count(*) AS n
FROM known_cluster
