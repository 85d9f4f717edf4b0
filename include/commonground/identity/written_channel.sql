-- The mail addresses and numbers that are written down, each with the family name of the record it stands in.
SELECT p.rid, 'mail' AS channel, m.mail_key AS address, m.is_role, p.family
FROM (SELECT rid, family, unnest(emails) AS raw FROM named_person) AS p
JOIN mail_form AS m ON m.raw = p.raw
UNION ALL
SELECT p.rid, 'phone' AS channel, f.e164 AS address, FALSE AS is_role, p.family
FROM (SELECT rid, family, unnest(phones) AS raw FROM named_person) AS p
JOIN phone_form AS f ON f.raw = p.raw
