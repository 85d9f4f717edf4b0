-- a source record belongs to one contact
SELECT feed, record_id FROM contact_identities GROUP BY feed, record_id HAVING count(*) > 1
