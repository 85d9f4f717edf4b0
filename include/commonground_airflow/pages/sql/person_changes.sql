-- Moves between groups and what befell the contact itself, newest first.
SELECT changed_on AS happened_on, 'group' AS what, from_segment, to_segment, CAST(NULL AS VARCHAR) AS other_contact_id, reason, run_id
FROM segment_changes
WHERE contact_id = $contact_id
UNION ALL
SELECT happened_on, event, NULL, NULL, other_contact_id, reason, run_id
FROM contact_history
WHERE contact_id = $contact_id
ORDER BY happened_on DESC, run_id DESC, what
LIMIT 40
