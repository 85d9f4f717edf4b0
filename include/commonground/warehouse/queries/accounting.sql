-- Does every feed's accounting add up?
SELECT run_id, feed, rows_read, rows_accepted + rows_quarantined + rows_unchanged + rows_suppressed AS rows_accounted_for FROM load_audit ORDER BY run_id DESC, feed
