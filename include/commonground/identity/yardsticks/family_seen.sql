-- Family names, and how many records bear each.
SELECT family, count(*) AS seen
FROM whole_name
GROUP BY family
