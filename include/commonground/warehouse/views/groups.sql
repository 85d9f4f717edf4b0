-- one row per group, with how many people it holds
SELECT segment, count(*) AS people, count(*) FILTER (WHERE do_not_contact) AS of_these_do_not_contact, round(avg(score), 3) AS mean_score
FROM segments
GROUP BY segment
ORDER BY people
