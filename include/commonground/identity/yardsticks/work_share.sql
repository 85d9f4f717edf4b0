-- How many of those whose employer is known work for each.
SELECT employer_key, count(*) AS bearers, count(*) / sum(count(*)) OVER () AS share
FROM person_feature
WHERE employer_key IS NOT NULL
GROUP BY employer_key
