-- The records of the outside systems that are this person, and why they are believed to be.
SELECT feed, source, record_id, match_rule, match_probability, match_detail
FROM contact_identities
WHERE contact_id = $contact_id
ORDER BY feed, record_id
