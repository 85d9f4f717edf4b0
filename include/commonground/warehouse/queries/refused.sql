-- What was refused, and why?
SELECT feed, rule, count(*) AS row_count, min(reason) AS for_example FROM quarantine GROUP BY feed, rule ORDER BY row_count DESC, feed, rule
