-- a contact stands once in contacts
SELECT contact_id FROM contacts GROUP BY contact_id HAVING count(*) > 1
