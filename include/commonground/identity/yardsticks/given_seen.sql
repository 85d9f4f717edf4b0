-- Given names, and how many records bear each.
SELECT given, bool_or(is_known_given) AS is_known, count(*) AS seen
FROM whole_name
GROUP BY given
