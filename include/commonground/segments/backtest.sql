-- Would the score have worked? For past nights whose 90 days are over: of those in each band, how many bought or sold, against everybody.
-- rate_low and rate_high are the 95 % Wilson interval. Only people the team knew on that night are counted.
WITH nights AS (
    SELECT e.evaluated_on
    FROM evaluation_nights AS e
    CROSS JOIN night AS n
    WHERE date_diff('day', e.evaluated_on, n.as_of) >= 90
),

people AS (
    SELECT e.evaluated_on, c.contact_id
    FROM nights AS e
    CROSS JOIN contacts AS c
    CROSS JOIN night AS n
    WHERE NOT c.is_organization AND (c.first_seen_at IS NULL OR CAST(c.first_seen_at AT TIME ZONE n.time_zone AS DATE) <= e.evaluated_on)
),

outcomes AS (
    SELECT DISTINCT e.evaluated_on, t.contact_id
    FROM nights AS e
    JOIN transactions AS t ON t.closed_on > e.evaluated_on AND date_diff('day', e.evaluated_on, t.closed_on) <= 90
),

judged AS (
    SELECT
        p.evaluated_on,
        CASE WHEN s.score >= l.now_score THEN 'now' WHEN s.score >= l.now_score / 2 THEN 'half way to now' ELSE 'below' END AS band,
        CASE WHEN o.contact_id IS NOT NULL THEN 1 ELSE 0 END AS has_transacted
    FROM people AS p
    CROSS JOIN segment_policy AS l
    LEFT JOIN need_scores AS s ON s.evaluated_on = p.evaluated_on AND s.contact_id = p.contact_id
    LEFT JOIN outcomes AS o ON o.evaluated_on = p.evaluated_on AND o.contact_id = p.contact_id
),

bases AS (
    SELECT evaluated_on, sum(has_transacted) / CAST(count(*) AS DOUBLE) AS base_rate FROM judged GROUP BY evaluated_on
),

bands AS (
    SELECT
        evaluated_on, band, CAST(count(*) AS BIGINT) AS contact_count, CAST(sum(has_transacted) AS BIGINT) AS transacted_count,
        CAST(count(*) AS DOUBLE) AS n, sum(has_transacted) / CAST(count(*) AS DOUBLE) AS rate
    FROM judged
    GROUP BY evaluated_on, band
)

SELECT
    b.evaluated_on,
    b.band,
    b.contact_count,
    b.transacted_count,
    round(b.rate, 6) AS transaction_rate,
    round(greatest(0.0, (b.rate + 1.9208 / b.n - 1.96 * sqrt((b.rate * (1 - b.rate) + 0.9604 / b.n) / b.n)) / (1 + 3.8416 / b.n)), 6) AS rate_low,
    round(least(1.0, (b.rate + 1.9208 / b.n + 1.96 * sqrt((b.rate * (1 - b.rate) + 0.9604 / b.n) / b.n)) / (1 + 3.8416 / b.n)), 6) AS rate_high,
    round(a.base_rate, 6) AS base_rate,
    CASE WHEN a.base_rate > 0 THEN round(b.rate / a.base_rate, 3) END AS lift
FROM bands AS b
JOIN bases AS a ON a.evaluated_on = b.evaluated_on
