-- every row of segments is a contact, in one of the four groups
SELECT s.contact_id FROM segments AS s LEFT JOIN contacts AS c ON c.contact_id = s.contact_id
WHERE c.contact_id IS NULL OR s.segment NOT IN ('now', 'later', 'evangelist', 'unplaced') OR s.segment IS NULL
