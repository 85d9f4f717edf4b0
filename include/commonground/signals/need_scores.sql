-- How much each contact needed an agent here on each of those nights: one minus the product of what every live piece leaves open.
-- Only what was known and alive on that night counts, and only what concerns the service area.
WITH alive AS (
    SELECT
        n.evaluated_on,
        e.contact_id,
        e.signal_id,
        least(0.99, e.weight * pow(0.5, date_diff('day', e.observed_at, n.evaluated_on) / e.half_life_days)) AS worth
    FROM need_evidence AS e
    JOIN evaluation_nights AS n ON e.observed_at <= n.evaluated_on AND (e.valid_until IS NULL OR e.valid_until > n.evaluated_on)
    WHERE e.concerns_service_area
)

SELECT
    evaluated_on,
    contact_id,
    round(1 - exp(sum(ln(1 - worth))), 6) AS score,
    max_by(signal_id, concat(CAST(CAST(round(worth * 1000000) AS BIGINT) + 10000000 AS VARCHAR), signal_id)) AS strongest_signal_id
FROM alive
WHERE worth >= 0.005
GROUP BY evaluated_on, contact_id
