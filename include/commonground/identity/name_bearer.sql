-- The names that each record may be known by: given name (or what it is short for) and family name, and what it costs, in
-- bits, to believe that reading: a nickname, part of a family name, a slip of the keys, the two halves in each other's place.
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
family_borne AS MATERIALIZED (
    SELECT s.* FROM family_seen AS s SEMI JOIN whole_name AS w ON w.family = s.family
),
family_slip AS (
    SELECT a.family AS typed, b.family AS meant
    FROM family_borne AS a
    JOIN family_seen AS b ON left(b.family, 3) = left(a.family, 3)
    WHERE (a.seen = 1 OR b.seen >= 5 * a.seen) AND b.family <> a.family AND least(length(a.family), length(b.family)) > 3
      AND levenshtein(a.family, b.family) <= 2 AND damerau_levenshtein(a.family, b.family) <= 1
    UNION
    SELECT a.family AS typed, b.family AS meant
    FROM family_borne AS a
    JOIN family_seen AS b ON right(b.family, 2) = right(a.family, 2) AND left(b.family, 1) = left(a.family, 1)
    WHERE (a.seen = 1 OR b.seen >= 5 * a.seen) AND b.family <> a.family AND least(length(a.family), length(b.family)) > 3
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
reading AS (
    SELECT c.rid, c.root, n.family, c.cost + n.cost AS cost
    FROM called AS c
    JOIN named AS n ON n.rid = c.rid
    UNION ALL
    SELECT w.rid, r.root, w.given AS family, 1.0 AS cost
    FROM swapped AS w
    JOIN meant_root AS r ON r.given = w.family
)
SELECT rid, root, family, min(cost) AS cost
FROM reading
WHERE length(root) > 1 AND length(family) > 1
GROUP BY rid, root, family
