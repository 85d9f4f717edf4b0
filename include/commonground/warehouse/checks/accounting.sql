-- rows read = accepted + quarantined + unchanged + suppressed, for every feed and run
SELECT run_id, feed FROM load_audit WHERE rows_read <> rows_accepted + rows_quarantined + rows_unchanged + rows_suppressed
