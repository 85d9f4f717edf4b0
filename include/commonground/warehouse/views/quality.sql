-- one row per feed, with its freshness and its last accounting
SELECT f.feed, f.source, f.last_status, f.is_stale, f.last_loaded_at, a.rows_read, a.rows_accepted, a.rows_unchanged, a.rows_quarantined, a.rows_suppressed, f.last_error
FROM feeds AS f
LEFT JOIN load_audit AS a ON a.feed = f.feed AND a.run_id = (SELECT max(run_id) FROM load_audit AS newest WHERE newest.feed = f.feed)
ORDER BY f.is_stale DESC, f.feed
