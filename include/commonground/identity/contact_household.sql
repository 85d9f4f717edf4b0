-- Who lives together: contacts at one door, of one family name with one phone, and partners named in the books. An address without a unit that more than six
-- contacts share is an office or a whole building, not a home. Households are never one person.
WITH RECURSIVE resident AS (
    SELECT p.contact_id, p.address_key
    FROM contact_place AS p
    JOIN contact_kind AS k ON k.contact_id = p.contact_id
    WHERE p.address_key IS NOT NULL AND NOT k.is_organization
),
home AS (
    SELECT address_key
    FROM resident
    GROUP BY address_key
    HAVING count(*) > 1 AND (count(*) <= 6 OR NOT contains(address_key, '||'))
),
line AS (
    SELECT DISTINCT i.contact_id, x.e164, s.family_key
    FROM contact_identities AS i
    JOIN contact_kind AS k ON k.contact_id = i.contact_id
    JOIN person AS p ON p.feed = i.feed AND p.record_id = i.record_id
    JOIN person_phone AS x ON x.feed = i.feed AND x.record_id = i.record_id
    JOIN shown_name AS s
        ON s.given_name IS NOT DISTINCT FROM p.given_name AND s.family_name IS NOT DISTINCT FROM p.family_name
        AND s.full_name IS NOT DISTINCT FROM p.full_name
    WHERE s.family_key IS NOT NULL AND NOT k.is_organization
),
home_line AS (
    SELECT e164, family_key
    FROM line
    GROUP BY e164, family_key
    HAVING count(*) BETWEEN 2 AND 6
),
together AS (
    SELECT a.contact_id AS one, b.contact_id AS other
    FROM resident AS a
    JOIN home AS h ON h.address_key = a.address_key
    JOIN resident AS b ON b.address_key = a.address_key
    UNION
    SELECT a.contact_id AS one, b.contact_id AS other
    FROM line AS a
    JOIN home_line AS h ON h.e164 = a.e164 AND h.family_key = a.family_key
    JOIN line AS b ON b.e164 = a.e164 AND b.family_key = a.family_key
    UNION
    SELECT one, other FROM partner
    UNION
    SELECT other AS one, one AS other FROM partner
),
reach AS (
    SELECT one, other FROM together
    UNION
    SELECT r.one, t.other
    FROM reach AS r
    JOIN together AS t ON t.one = r.other
),
head AS (
    SELECT one AS contact_id, least(one, min(other)) AS first_contact_id
    FROM reach
    GROUP BY one
)
SELECT k.contact_id, 'h' || left(sha1(coalesce(h.first_contact_id, k.contact_id)), 12) AS household_id
FROM contact_kind AS k
LEFT JOIN head AS h ON h.contact_id = k.contact_id
WHERE NOT k.is_organization
