-- Spouses and partners that a record names: by the record it points to, else by the one contact of that name (a first name
-- alone borrows the family name).
WITH pointed AS (
    SELECT i.contact_id AS one, o.contact_id AS other
    FROM person AS p
    JOIN contact_identities AS i ON i.feed = p.feed AND i.record_id = p.record_id
    JOIN contact_identities AS o ON o.feed = p.feed AND o.record_id = p.partner_ref
),
bearer AS (
    SELECT DISTINCT i.contact_id, s.given_key, s.family_key
    FROM contact_identities AS i
    JOIN person AS p ON p.feed = i.feed AND p.record_id = i.record_id
    JOIN shown_name AS s
        ON s.given_name IS NOT DISTINCT FROM p.given_name AND s.family_name IS NOT DISTINCT FROM p.family_name
        AND s.full_name IS NOT DISTINCT FROM p.full_name
    WHERE p.person_type <> 'organization'
),
wanted AS (
    SELECT DISTINCT i.contact_id, n.given_key, coalesce(n.family_key, s.family_key) AS family_key
    FROM person AS p
    JOIN contact_identities AS i ON i.feed = p.feed AND i.record_id = p.record_id
    JOIN partner_form AS n ON n.raw = p.partner_name
    JOIN shown_name AS s
        ON s.given_name IS NOT DISTINCT FROM p.given_name AND s.family_name IS NOT DISTINCT FROM p.family_name
        AND s.full_name IS NOT DISTINCT FROM p.full_name
    WHERE p.partner_ref IS NULL
),
found AS (
    SELECT w.contact_id AS one, min(b.contact_id) AS other
    FROM wanted AS w
    JOIN bearer AS b ON b.given_key = w.given_key AND b.family_key = w.family_key AND b.contact_id <> w.contact_id
    GROUP BY w.contact_id, w.given_key, w.family_key
    HAVING count(DISTINCT b.contact_id) = 1
)
SELECT one, other FROM pointed WHERE one <> other
UNION
SELECT one, other FROM found
