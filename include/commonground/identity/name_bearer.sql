-- The names that each record may be known by: given name (or what it is short for) and family name, and what it costs, in
-- bits, to believe that reading: a nickname, part of a family name, a slip of the keys, the two halves in each other's place,
-- another family name in one's own mail or profile address. Two family names a slip apart are alike but for a letter of each.
WITH meant_root AS (
    SELECT given, root FROM given_root
    UNION
    SELECT given, given AS root FROM given_seen
),
given_slip AS (
    SELECT a.given AS typed, b.given AS meant
    FROM (SELECT s.* FROM given_seen AS s SEMI JOIN whole_name AS w ON w.given = s.given) AS a
    JOIN given_seen AS b ON left(b.given, 1) = left(a.given, 1)
    WHERE NOT a.is_known AND least(length(a.given), length(b.given)) > 1 AND length(a.given) + length(b.given) > 4
      AND (b.seen >= 5 * a.seen OR (b.is_known AND a.seen <= 2))
      AND levenshtein(a.given, b.given) <= 2 AND damerau_levenshtein(a.given, b.given) <= 1
),
family_rest AS MATERIALIZED (
    SELECT
        family,
        seen,
        unnest([family] || list_transform(range(length(family)), lambda spot: left(family, spot) || substr(family, spot + 2))) AS rest
    FROM family_seen
    WHERE length(family) > 3
),
family_slip AS (
    SELECT DISTINCT a.family AS typed, b.family AS meant
    FROM (SELECT r.* FROM family_rest AS r SEMI JOIN whole_name AS w ON w.family = r.family) AS a
    JOIN family_rest AS b ON b.rest = a.rest
    WHERE (a.seen = 1 OR b.seen >= 5 * a.seen) AND b.family <> a.family
      AND levenshtein(a.family, b.family) <= 2 AND damerau_levenshtein(a.family, b.family) <= 1
),
swapped AS (
    SELECT w.rid, w.given, w.family
    FROM whole_name AS w
    JOIN given_seen AS g ON g.given = w.given
    JOIN family_seen AS f ON f.family = w.family
    JOIN given_seen AS other_given ON other_given.given = w.family
    JOIN family_seen AS other_family ON other_family.family = w.given
    WHERE other_given.seen * other_family.seen >= 10 * g.seen * f.seen
),
called AS (
    SELECT rid, given AS root, 0.0 AS cost FROM whole_name
    UNION ALL
    SELECT rid, unnest(roots) AS root, 0.5 AS cost FROM whole_name
    UNION ALL
    SELECT w.rid, r.root, 1.0 AS cost
    FROM whole_name AS w
    JOIN given_slip AS s ON s.typed = w.given
    JOIN meant_root AS r ON r.given = s.meant
),
named AS (
    SELECT rid, family, 0.0 AS cost FROM whole_name
    UNION ALL
    SELECT rid, unnest(family_words) AS family, 1.0 AS cost FROM whole_name
    UNION ALL
    SELECT w.rid, s.meant AS family, 2.0 AS cost FROM whole_name AS w JOIN family_slip AS s ON s.typed = w.family
),
own_address AS (
    SELECT rid, regexp_replace(split_part(unnest(mails), '@', 1), '[^a-z]', '', 'g') AS letters FROM person_feature
    UNION
    SELECT rid, regexp_replace(regexp_replace(split_part(unnest(handles), '/', -1), '-\w*[0-9]\w*$', ''), '[^a-z]', '', 'g') FROM person_feature
),
spelled AS (
    SELECT c.rid, c.root, CASE WHEN starts_with(o.letters, c.root) THEN substr(o.letters, length(c.root) + 1) ELSE left(o.letters, -length(c.root)) END AS family
    FROM own_address AS o
    JOIN called AS c ON c.rid = o.rid AND length(c.root) > 2
    WHERE starts_with(o.letters, c.root) OR ends_with(o.letters, c.root)
),
reading AS (
    SELECT c.rid, c.root, n.family, c.cost + n.cost AS cost
    FROM called AS c
    JOIN named AS n ON n.rid = c.rid
    UNION ALL
    SELECT s.rid, s.root, s.family, 1.0 AS cost
    FROM spelled AS s
    SEMI JOIN family_seen AS f ON f.family = s.family
    UNION ALL
    SELECT w.rid, r.root, w.given AS family, 1.0 AS cost
    FROM swapped AS w
    JOIN meant_root AS r ON r.given = w.family
)
SELECT rid, root, family, min(cost) AS cost
FROM reading
WHERE length(root) > 1 AND length(family) > 1
GROUP BY rid, root, family
