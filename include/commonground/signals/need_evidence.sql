-- All dated evidence of need there ever was, for everybody in the household it happened in, with what it is worth and when it ended:
-- the situation changed, a newer piece of the same type took its place, or the household closed a deal.
WITH found AS (
    SELECT * FROM listing_signals
    UNION ALL SELECT * FROM inquiry_signals
    UNION ALL SELECT * FROM showing_signals
    UNION ALL SELECT * FROM deal_signals
    UNION ALL SELECT * FROM stage_signals
),

shared AS (
    SELECT
        h.contact_id,
        h.contact_id <> f.contact_id AS is_shared,
        f.signal_type, f.side, f.observed_at, f.ended_on, f.concerns_service_area, f.ListingKey,
        CASE WHEN h.contact_id = f.contact_id THEN f.evidence_text ELSE concat('In their household: ', f.evidence_text) END AS evidence_text,
        f.evidence_source, f.evidence_feed, f.evidence_record_id, f.evidence_url
    FROM found AS f
    JOIN household_members AS m ON m.contact_id = f.contact_id
    JOIN household_members AS h ON h.household = m.household
    CROSS JOIN night AS n
    WHERE f.observed_at <= n.as_of AND (f.ended_on IS NULL OR f.ended_on > f.observed_at)
    QUALIFY row_number() OVER (
        PARTITION BY h.contact_id, f.signal_type, f.evidence_feed, f.evidence_record_id, f.observed_at
        ORDER BY CASE WHEN h.contact_id = f.contact_id THEN 0 ELSE 1 END, f.contact_id, f.ended_on NULLS FIRST
    ) = 1
),

weighed AS (
    SELECT
        s.*,
        w.weight,
        w.half_life_days,
        CASE WHEN w.is_renewed THEN lead(s.observed_at) OVER (
            PARTITION BY s.contact_id, s.signal_type, s.concerns_service_area ORDER BY s.observed_at, s.evidence_feed, s.evidence_record_id
        ) END AS renewed_on
    FROM shared AS s
    JOIN signal_weight AS w ON w.signal_type = s.signal_type
),

closings AS (
    SELECT w.contact_id, w.signal_type, w.evidence_feed, w.evidence_record_id, w.observed_at, min(t.closed_on) AS closed_on
    FROM weighed AS w
    JOIN transactions AS t ON t.contact_id = w.contact_id AND t.closed_on >= w.observed_at
    GROUP BY w.contact_id, w.signal_type, w.evidence_feed, w.evidence_record_id, w.observed_at
)

SELECT
    substr(md5(concat_ws('|', w.contact_id, w.signal_type, w.evidence_feed, w.evidence_record_id, CAST(w.observed_at AS VARCHAR))), 1, 16) AS signal_id,
    w.contact_id,
    w.signal_type,
    w.side,
    w.observed_at,
    least(w.ended_on, w.renewed_on, c.closed_on) AS valid_until,
    w.weight,
    w.half_life_days,
    w.concerns_service_area,
    w.ListingKey,
    w.evidence_text,
    w.evidence_source,
    w.evidence_feed,
    w.evidence_record_id,
    w.evidence_url,
    w.is_shared
FROM weighed AS w
LEFT JOIN closings AS c
    ON c.contact_id = w.contact_id AND c.signal_type = w.signal_type AND c.evidence_feed = w.evidence_feed
    AND c.evidence_record_id = w.evidence_record_id AND c.observed_at = w.observed_at
