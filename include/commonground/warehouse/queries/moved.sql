-- Who changed groups, and when?
SELECT changed_on, contact_id, from_segment, to_segment, reason FROM segment_changes WHERE from_segment IS NOT NULL ORDER BY changed_on DESC, contact_id
