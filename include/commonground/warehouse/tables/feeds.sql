-- Each feed and how fresh it is: stale when tonight's visit failed or did not happen; a feed that is switched off is never stale.
WITH visits AS (
    SELECT *, row_number() OVER (PARTITION BY feed ORDER BY ended_at DESC, run_id DESC) AS nth_newest FROM audit_rows
),

newest AS (
    SELECT feed, status, error, ended_at FROM visits WHERE nth_newest = 1
),

loaded AS (
    SELECT feed, watermark, ended_at, row_number() OVER (PARTITION BY feed ORDER BY ended_at DESC, run_id DESC) AS nth_newest
    FROM audit_rows
    WHERE status = 'loaded'
)

SELECT
    f.feed,
    f.source,
    f.family,
    f.owner_agent_id,
    f.is_enabled,
    newest.status AS last_status,
    newest.error AS last_error,
    loaded.ended_at AS last_loaded_at,
    loaded.watermark,
    f.is_enabled AND coalesce(newest.status <> 'loaded' OR loaded.ended_at < n.started_at - INTERVAL 26 HOUR, true) AS is_stale
FROM feed_setting AS f
CROSS JOIN night AS n
LEFT JOIN newest ON newest.feed = f.feed
LEFT JOIN loaded ON loaded.feed = f.feed AND loaded.nth_newest = 1
