-- The names that each record may be known by: given name (or what it is short for) and family name, and what it costs, in
-- bits, to believe that reading: a nickname, part of a family name, a slip of the keys, the two halves in each other's place,
-- another family name in one's own mail or profile address. Two words a slip apart are alike but for a letter of each.
WITH half AS (
    SELECT given AS word FROM whole_name
    UNION
    SELECT family AS word FROM whole_name
),
word AS (
    SELECT word FROM half
    UNION
    SELECT given AS word FROM given_seen
    UNION
    SELECT family AS word FROM family_seen
),
rest AS MATERIALIZED (
    SELECT word, unnest([word] || list_transform(range(length(word)), lambda spot: left(word, spot) || substr(word, spot + 2))) AS rest
    FROM word
    WHERE length(word) > 1
),
slip AS MATERIALIZED (
    SELECT DISTINCT a.word AS typed, b.word AS meant
    FROM (SELECT r.* FROM rest AS r SEMI JOIN half AS h ON h.word = r.word) AS a
    JOIN rest AS b ON b.rest = a.rest AND b.word <> a.word
    WHERE length(a.word) + length(b.word) > 4
      AND levenshtein(a.word, b.word) <= 2 AND damerau_levenshtein(a.word, b.word) <= 1
),
as_given AS (
    SELECT given AS typed, given AS meant, seen + 10.0 * is_known::INTEGER AS weight, 0.0 AS cost FROM given_seen
    UNION ALL
    SELECT s.typed, s.meant, 0.2 * (b.seen + 10.0 * b.is_known::INTEGER) AS weight, 1.0 AS cost
    FROM slip AS s
    JOIN given_seen AS b ON b.given = s.meant
    LEFT JOIN given_seen AS a ON a.given = s.typed
    WHERE left(s.typed, 1) = left(s.meant, 1) AND NOT coalesce(a.is_known, false)
      AND (b.seen >= 5 * coalesce(a.seen, 0) OR (b.is_known AND coalesce(a.seen, 0) <= 2))
),
as_family AS (
    SELECT family AS typed, family AS meant, 1.0 * seen AS weight, 0.0 AS cost FROM family_seen
    UNION ALL
    SELECT s.typed, s.meant, 0.2 * b.seen AS weight, 2.0 AS cost
    FROM slip AS s
    JOIN family_seen AS b ON b.family = s.meant
    LEFT JOIN family_seen AS a ON a.family = s.typed
    WHERE (coalesce(a.seen, 0) <= 1 OR b.seen >= 5 * a.seen) AND least(length(s.typed), length(s.meant)) > 3
),
meant_root AS (
    SELECT given, root FROM given_root
    UNION
    SELECT given, given AS root FROM given_seen
),
called AS (
    SELECT rid, given AS root, 0.0 AS cost FROM whole_name
    UNION ALL
    SELECT rid, unnest(roots) AS root, 0.5 AS cost FROM whole_name
    UNION ALL
    SELECT w.rid, r.root, g.cost
    FROM whole_name AS w
    JOIN as_given AS g ON g.typed = w.given AND g.cost > 0
    JOIN meant_root AS r ON r.given = g.meant
),
named AS (
    SELECT rid, family, 0.0 AS cost FROM whole_name
    UNION ALL
    SELECT rid, unnest(family_words) AS family, 1.0 AS cost FROM whole_name
    UNION ALL
    SELECT w.rid, f.meant AS family, f.cost FROM whole_name AS w JOIN as_family AS f ON f.typed = w.family AND f.cost > 0
),
own_address AS (
    SELECT rid, regexp_replace(split_part(unnest(mails), '@', 1), '[^a-z]', '', 'g') AS letters FROM person_feature
    UNION
    SELECT rid, regexp_replace(regexp_replace(split_part(unnest(handles), '/', -1), '-\w*[0-9]\w*$', ''), '[^a-z]', '', 'g') AS letters
    FROM person_feature
),
spelled AS (
    SELECT
        c.rid,
        c.root,
        CASE WHEN starts_with(o.letters, c.root) THEN substr(o.letters, length(c.root) + 1) ELSE left(o.letters, -length(c.root)) END AS family
    FROM own_address AS o
    JOIN called AS c ON c.rid = o.rid AND length(c.root) > 2
    WHERE starts_with(o.letters, c.root) OR ends_with(o.letters, c.root)
),
swapped AS (
    SELECT w.rid, r.root, f.meant AS family, 1.0 + g.cost + f.cost AS cost
    FROM whole_name AS w
    JOIN given_seen AS written_given ON written_given.given = w.given
    JOIN family_seen AS written_family ON written_family.family = w.family
    JOIN as_given AS g ON g.typed = w.family
    JOIN as_family AS f ON f.typed = w.given
    JOIN meant_root AS r ON r.given = g.meant
    WHERE g.weight * f.weight >= 10 * (written_given.seen - 0.8 + 10.0 * written_given.is_known::INTEGER) * written_family.seen
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
    SELECT rid, root, family, cost FROM swapped
)
SELECT rid, root, family, min(cost) AS cost
FROM reading
WHERE length(root) > 1 AND length(family) > 1
GROUP BY rid, root, family
