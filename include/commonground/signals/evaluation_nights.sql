-- Tonight, and every thirtieth night before it for a year.
WITH steps AS (
    SELECT step FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12)) AS numbers (step)
)

SELECT CAST(n.as_of - INTERVAL (30 * s.step) DAY AS DATE) AS evaluated_on
FROM night AS n
CROSS JOIN steps AS s
