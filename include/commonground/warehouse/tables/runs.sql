-- Every run that was published, and tonight's.
WITH loads AS (
    SELECT
        count(*) FILTER (WHERE a.status = 'loaded') AS feeds_loaded,
        count(*) FILTER (WHERE a.status = 'failed') AS feeds_failed,
        coalesce(sum(a.rows_read), 0) AS rows_read,
        coalesce(sum(a.rows_accepted), 0) AS rows_accepted,
        coalesce(sum(a.rows_quarantined), 0) AS rows_quarantined
    FROM audit_rows AS a
    WHERE a.run_id = (SELECT run_id FROM night)
),

groups AS (
    SELECT
        count(*) AS contact_count,
        count(*) FILTER (WHERE segment = 'now') AS now_count,
        count(*) FILTER (WHERE segment = 'later') AS later_count,
        count(*) FILTER (WHERE segment = 'evangelist') AS evangelist_count,
        count(*) FILTER (WHERE segment = 'unplaced') AS unplaced_count
    FROM segments
),

denied AS (
    SELECT coalesce(sum(denied_count), 0) AS denied_count FROM denied_statements
),

tonight AS (
    SELECT
        n.run_id,
        n.as_of,
        n.started_at,
        now() AS published_at,
        CASE WHEN loads.feeds_failed > 0 THEN 'with_failures' ELSE 'complete' END AS status,
        loads.*,
        groups.*,
        denied.denied_count
    FROM night AS n
    CROSS JOIN loads
    CROSS JOIN groups
    CROSS JOIN denied
)

SELECT
    run_id, as_of, started_at, published_at, status, feeds_loaded, feeds_failed, rows_read, rows_accepted, rows_quarantined,
    contact_count, now_count, later_count, evangelist_count, unplaced_count, denied_count
FROM previous_runs
WHERE run_id <> (SELECT run_id FROM night)
UNION ALL
SELECT
    run_id, as_of, started_at, published_at, status, feeds_loaded, feeds_failed, rows_read, rows_accepted, rows_quarantined,
    contact_count, now_count, later_count, evangelist_count, unplaced_count, denied_count
FROM tonight
