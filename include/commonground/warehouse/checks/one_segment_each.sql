-- every contact stands in exactly one segment
SELECT c.contact_id FROM contacts AS c LEFT JOIN segments AS s ON s.contact_id = c.contact_id GROUP BY c.contact_id HAVING count(s.segment) <> 1
