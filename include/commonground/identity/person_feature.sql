-- One row per record: its names, channels and address in the form in which they are compared.
WITH own_channel AS (
    SELECT
        w.rid,
        list(DISTINCT w.address ORDER BY w.address) FILTER (WHERE w.channel = 'mail') AS mails,
        list(DISTINCT w.address ORDER BY w.address) FILTER (WHERE w.channel = 'phone') AS numbers
    FROM written_channel AS w
    LEFT JOIN shared_channel AS s ON s.channel = w.channel AND s.address = w.address
    WHERE s.address IS NULL AND NOT w.is_role
    GROUP BY w.rid
),
handles AS (
    SELECT
        p.rid,
        list(DISTINCT u.handle ORDER BY u.handle) AS handles,
        list(DISTINCT split_part(u.handle, '/', 1) ORDER BY split_part(u.handle, '/', 1)) AS sites
    FROM (SELECT rid, unnest(urls) AS raw FROM named_person) AS p
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
    o.mails,
    o.numbers,
    h.handles,
    h.sites,
    s.street_key,
    s.unit_key,
    po.postal5,
    c.city_key,
    st.state_key,
    b.birth_key,
    e.employer_key
FROM named_person AS n
LEFT JOIN own_channel AS o ON o.rid = n.rid
LEFT JOIN handles AS h ON h.rid = n.rid
LEFT JOIN street_form AS s ON s.raw = n.street
LEFT JOIN postal_form AS po ON po.raw = n.postal_code
LEFT JOIN city_form AS c ON c.raw = n.city
LEFT JOIN state_form AS st ON st.raw = n.state
LEFT JOIN birth_form AS b ON b.raw = n.birth_date
LEFT JOIN employer_form AS e ON e.raw = n.employer
