-- What given names that we know are short for.
SELECT DISTINCT given, unnest(roots) AS root
FROM whole_name
WHERE is_known_given
