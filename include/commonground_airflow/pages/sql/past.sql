-- What is remembered of an id that is no contact any more.
SELECT h.event, h.happened_on, h.reason, h.other_contact_id, c.full_name AS other_name
FROM contact_history AS h
LEFT JOIN contacts AS c ON c.contact_id = h.other_contact_id
WHERE h.contact_id = $contact_id
ORDER BY h.happened_on DESC, h.run_id DESC, h.event
LIMIT 10
