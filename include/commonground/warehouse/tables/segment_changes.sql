-- Earlier moves, and tonight's: whoever stands in another group than last night, or stands in one for the first time.
WITH tonight AS (
    SELECT
        s.contact_id,
        p.segment AS from_segment,
        s.segment AS to_segment,
        n.as_of AS changed_on,
        n.run_id,
        s.reasons[1] AS reason
    FROM segments AS s
    CROSS JOIN night AS n
    LEFT JOIN previous_segments AS p ON p.contact_id = s.contact_id
    WHERE p.segment IS DISTINCT FROM s.segment
)

SELECT contact_id, from_segment, to_segment, changed_on, run_id, reason
FROM previous_segment_changes
WHERE run_id <> (SELECT run_id FROM night)
UNION ALL
SELECT contact_id, from_segment, to_segment, changed_on, run_id, reason
FROM tonight
