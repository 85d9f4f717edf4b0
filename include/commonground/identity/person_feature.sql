-- One row per record: its names, channels and address in the form in which they are compared.
-- A mailbox or number that many differently named people write down belongs to an office, and tells nobody apart.
WITH named AS (
    SELECT p.*, n.given, n.family, n.given_words, n.family_words, n.roots, n.generation, n.is_known_given,
           n.is_nameless OR coalesce(p.person_type, 'person') = 'placeholder' AS is_nameless
    FROM linkable_person AS p
    JOIN name_form AS n
        ON p.given_name IS NOT DISTINCT FROM n.given_name
        AND p.family_name IS NOT DISTINCT FROM n.family_name
        AND p.full_name IS NOT DISTINCT FROM n.full_name
        AND p.middle_name IS NOT DISTINCT FROM n.middle_name
        AND p.name_suffix IS NOT DISTINCT FROM n.name_suffix
        AND p.nickname IS NOT DISTINCT FROM n.nickname
        AND p.former_family_name IS NOT DISTINCT FROM n.former_family_name
),
written_mail AS (
    SELECT p.rid, m.mail_key, p.given, p.family, m.is_role
    FROM (SELECT rid, given, family, unnest(emails) AS raw FROM named) AS p
    JOIN mail_form AS m ON m.raw = p.raw
),
shared_mail AS (
    SELECT mail_key FROM written_mail GROUP BY mail_key HAVING bool_or(is_role) OR count(DISTINCT family) > 3
),
written_phone AS (
    SELECT p.rid, f.e164, p.family
    FROM (SELECT rid, family, unnest(phones) AS raw FROM named) AS p
    JOIN phone_form AS f ON f.raw = p.raw
),
shared_phone AS (
    SELECT e164 FROM written_phone GROUP BY e164 HAVING count(DISTINCT family) > 3
),
mails AS (
    SELECT rid, list(DISTINCT mail_key ORDER BY mail_key) AS mails
    FROM written_mail
    WHERE mail_key NOT IN (SELECT mail_key FROM shared_mail)
    GROUP BY rid
),
numbers AS (
    SELECT rid, list(DISTINCT e164 ORDER BY e164) AS numbers
    FROM written_phone
    WHERE e164 NOT IN (SELECT e164 FROM shared_phone)
    GROUP BY rid
),
handles AS (
    SELECT
        p.rid,
        list(DISTINCT u.handle ORDER BY u.handle) AS handles,
        list(DISTINCT split_part(u.handle, '/', 1) ORDER BY split_part(u.handle, '/', 1)) AS sites
    FROM (SELECT rid, unnest(urls) AS raw FROM named) AS p
    JOIN url_form AS u ON u.raw = p.raw
    GROUP BY p.rid
)
SELECT
    n.rid,
    n.key,
    n.agent_id,
    n.source,
    n.owner,
    coalesce(n.person_type, 'person') AS person_type,
    n.is_nameless,
    n.given,
    n.family,
    n.given_words,
    n.family_words,
    n.roots,
    n.generation,
    n.is_known_given,
    CASE WHEN n.given IS NOT NULL AND n.family IS NOT NULL THEN n.given || ' ' || n.family END AS whole_name,
    m.mails,
    ph.numbers,
    h.handles,
    h.sites,
    s.street_key,
    s.unit_key,
    po.postal5,
    c.city_key,
    st.state_key,
    b.birth_key,
    e.employer_key
FROM named AS n
LEFT JOIN mails AS m ON m.rid = n.rid
LEFT JOIN numbers AS ph ON ph.rid = n.rid
LEFT JOIN handles AS h ON h.rid = n.rid
LEFT JOIN street_form AS s ON s.raw = n.street
LEFT JOIN postal_form AS po ON po.raw = n.postal_code
LEFT JOIN city_form AS c ON c.raw = n.city
LEFT JOIN state_form AS st ON st.raw = n.state
LEFT JOIN birth_form AS b ON b.raw = n.birth_date
LEFT JOIN employer_form AS e ON e.raw = n.employer
