-- Refused rows that still stand: an export is read whole every night, so only its newest visit counts; an API row stands until a
-- later version of it is accepted. The same row refused night after night is one row, dated from the first time.
WITH newest_visit AS (
    SELECT feed, max(run_id) AS run_id, max(coalesce(pages, 0)) AS pages
    FROM audit_rows
    WHERE status = 'loaded'
    GROUP BY feed
),

standing AS (
    SELECT
        q.feed, q.source, q.kind, q.record_id, q.rule, q.severity, q.reason,
        -- a source that may not be kept: the payload stays in the lake, which forgets it in time
        CASE WHEN q.expires_at IS NULL THEN q.payload END AS payload,
        q.source_file, q.source_line,
        min(q.run_id) AS run_id,
        min(q.refused_at) AS refused_at,
        max(q.run_id) AS last_run_id
    FROM quarantine_rows AS q
    CROSS JOIN night AS n
    WHERE q.expires_at IS NULL OR q.expires_at > n.started_at
    GROUP BY q.feed, q.source, q.kind, q.record_id, q.rule, q.severity, q.reason, CASE WHEN q.expires_at IS NULL THEN q.payload END,
        q.source_file, q.source_line
),

accepted AS (
    SELECT feed, 'listing' AS kind, record_id, run_id FROM listing
    UNION ALL SELECT feed, 'person' AS kind, record_id, run_id FROM person
    UNION ALL SELECT feed, 'interaction' AS kind, record_id, run_id FROM interaction
    UNION ALL SELECT feed, 'utterance' AS kind, record_id, run_id FROM utterance
    UNION ALL SELECT feed, 'review' AS kind, record_id, run_id FROM review
    UNION ALL SELECT feed, 'membership' AS kind, record_id, run_id FROM membership
)

SELECT s.*
FROM standing AS s
LEFT JOIN newest_visit AS v ON v.feed = s.feed
LEFT JOIN accepted AS a ON a.feed = s.feed AND a.kind = s.kind AND a.record_id = s.record_id AND a.run_id > s.last_run_id
WHERE a.record_id IS NULL
  AND (v.pages > 0 OR v.run_id IS NULL OR s.last_run_id >= v.run_id)
