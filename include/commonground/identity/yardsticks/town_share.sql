-- How many of those whose town is known live in each.
SELECT city_key, count(*) / sum(count(*)) OVER () AS share
FROM person_feature
WHERE city_key IS NOT NULL
GROUP BY city_key
