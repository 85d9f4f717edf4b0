-- The records worked out tonight as they are to be remembered. What was found earlier of a settled one stays its explanation.
WITH found AS (
    SELECT e.*, hash(e.key) AS id, coalesce(a.number, u.number) AS number, a.content, s.cluster AS was
    FROM explained AS e
    LEFT JOIN arrived AS a ON a.id = hash(e.key)
    LEFT JOIN unchanged AS u ON u.id = hash(e.key)
    LEFT JOIN settled AS s ON s.rid = e.rid
)
SELECT
    f.number,
    f.id,
    coalesce(f.content, r.content) AS content,
    min(f.number) OVER (PARTITION BY f.cluster) AS cluster,
    CASE WHEN f.was IS NULL OR r.match_rule = 'single' THEN CASE WHEN f.other_key IS NOT NULL THEN hash(f.other_key) END ELSE r.other END AS other,
    CASE WHEN f.was IS NULL OR r.match_rule = 'single' THEN f.match_probability ELSE r.match_probability END AS match_probability,
    CASE WHEN f.was IS NULL OR r.match_rule = 'single' THEN f.match_rule ELSE r.match_rule END AS match_rule,
    CASE WHEN f.was IS NULL OR r.match_rule = 'single' THEN CAST(f.detail AS VARCHAR) ELSE r.detail END AS detail
FROM found AS f
LEFT JOIN remembered.record AS r ON r.number = f.number
