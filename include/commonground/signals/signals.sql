-- The evidence that is alive tonight and still worth something, with what it has decayed to.
WITH aged AS (
    SELECT e.*, e.weight * pow(0.5, date_diff('day', e.observed_at, n.as_of) / e.half_life_days) AS weight_tonight
    FROM need_evidence AS e
    CROSS JOIN night AS n
    WHERE e.observed_at <= n.as_of AND (e.valid_until IS NULL OR e.valid_until > n.as_of)
)

SELECT
    signal_id, contact_id, signal_type, side, observed_at, valid_until, weight, round(weight_tonight, 6) AS weight_now, half_life_days,
    concerns_service_area, ListingKey, evidence_text, evidence_source, evidence_feed, evidence_record_id, evidence_url, is_shared
FROM aged
-- under this a piece no longer changes any score that is shown with two digits
WHERE weight_tonight >= 0.005
