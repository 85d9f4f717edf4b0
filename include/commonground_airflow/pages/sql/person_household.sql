-- Who else lives there.
SELECT other.contact_id, other.full_name
FROM contacts AS c
JOIN contacts AS other ON other.household_id = c.household_id AND other.contact_id <> c.contact_id
WHERE c.contact_id = $contact_id
ORDER BY other.full_name, other.contact_id
