-- Clusters that bear one name → how much speaks for their being one person, in bits, and whether they cannot be. Names so
-- common that a namesake is likelier than not are left out; where few people are known, how common it is is not known either,
-- and more must speak for the pair, unless one of the two is nothing but a name in our own books.
WITH bearer AS (
    SELECT c.cluster, b.root, b.family, min(b.cost) AS cost
    FROM name_bearer AS b
    JOIN cluster_of AS c ON c.rid = b.rid
    GROUP BY c.cluster, b.root, b.family
),
name AS (
    SELECT b.root, b.family, max(o.namesakes) AS namesakes
    FROM bearer AS b
    JOIN name_odds AS o ON o.root = b.root AND o.family = b.family
    GROUP BY b.root, b.family
    HAVING count(*) BETWEEN 2 AND 25 AND max(o.namesakes) <= 3
),
met AS (
    SELECT a.cluster AS l, b.cluster AS r, max(-log2(n.namesakes) - a.cost - b.cost) AS bits
    FROM name AS n
    JOIN bearer AS a ON a.root = n.root AND a.family = n.family
    JOIN bearer AS b ON b.root = n.root AND b.family = n.family AND a.cluster < b.cluster
    WHERE a.cost + b.cost <= 3
    GROUP BY a.cluster, b.cluster
),
side_by_side AS (
    SELECT
        m.l,
        m.r,
        m.bits,
        array_length(a.mails) > 0 AND array_length(b.mails) > 0 AS has_mails,
        array_length(array_intersect(a.mails, b.mails)) > 0 AS is_mail_same,
        levenshtein(a.mails[1], b.mails[1]) <= 2
            AND regexp_replace(a.mails[1], '[0-9]', '', 'g') <> regexp_replace(b.mails[1], '[0-9]', '', 'g') AS is_mail_near,
        levenshtein(a.numbers[1], b.numbers[1]) <= 1 AS is_number_near,
        array_length(a.numbers) > 0 AND array_length(b.numbers) > 0 AS has_numbers,
        array_length(array_intersect(a.numbers, b.numbers)) > 0 AS is_number_same,
        array_length(a.streets) > 0 AND array_length(b.streets) > 0 AS has_streets,
        array_length(array_intersect(a.streets, b.streets)) > 0 AS is_street_same,
        array_length(a.cities) > 0 AND array_length(b.cities) > 0 AS has_cities,
        array_intersect(a.cities, b.cities)[1] AS shared_city,
        array_length(a.states) > 0 AND array_length(b.states) > 0
            AND NOT array_length(array_intersect(a.states, b.states)) > 0 AS is_state_other,
        array_length(a.employers) > 0 AND array_length(b.employers) > 0 AS has_employers,
        array_intersect(a.employers, b.employers)[1] AS shared_employer,
        array_length(a.owners) > 0 AND array_length(b.owners) > 0 AS has_owners,
        array_length(array_intersect(a.owners, b.owners)) > 0 AS is_owner_same,
        a.birth_key = b.birth_key
            OR a.birth_key LIKE replace(b.birth_key, '-', '_') OR b.birth_key LIKE replace(a.birth_key, '-', '_') AS is_birth_same,
        a.is_ours AND b.is_ours AS is_ours,
        a.is_thin OR b.is_thin AS is_thin,
        coalesce(array_length(array_intersect(a.sources, b.sources)) > 0, false)
            OR coalesce(array_length(array_intersect(a.sites, b.sites)) > 0
                AND NOT array_length(array_intersect(a.handles, b.handles)) > 0, false)
            OR a.agents IS NOT NULL OR b.agents IS NOT NULL
            OR coalesce(a.generations[1] <> b.generations[1], false)
            OR coalesce(NOT (is_birth_same
                OR (levenshtein(a.birth_key, b.birth_key) <= 4 AND damerau_levenshtein(a.birth_key, b.birth_key) <= 2)), false) AS is_other
    FROM met AS m
    JOIN known_cluster AS a ON a.cluster = m.l
    JOIN known_cluster AS b ON b.cluster = m.r
),
weighed AS (
    SELECT
        *,
        coalesce(is_mail_same OR is_mail_near, false)::INTEGER + coalesce(is_number_same OR is_number_near, false)::INTEGER
            + coalesce(is_street_same, false)::INTEGER + coalesce(is_birth_same, false)::INTEGER AS agreement_count,
        coalesce(has_mails AND NOT (is_mail_same OR is_mail_near), false)::INTEGER
            + coalesce(has_numbers AND NOT (is_number_same OR is_number_near), false)::INTEGER
            + coalesce(has_streets AND NOT is_street_same, false)::INTEGER AS conflict_count
    FROM side_by_side
)
SELECT
    s.l,
    s.r,
    s.is_other,
    -- sums made by several threads differ in their last digits
    round(s.bits
        + 6 * s.agreement_count
        + CASE s.conflict_count WHEN 0 THEN 0 WHEN 1 THEN -1.5 WHEN 2 THEN -4.5 ELSE -9 END
        + CASE WHEN NOT coalesce(s.has_cities, false) THEN 0 WHEN s.shared_city IS NULL THEN CASE WHEN s.is_thin THEN -6 ELSE -2 END ELSE least(-log2(t.share) - 0.5, 5) END
        + CASE WHEN s.is_state_other THEN -1 ELSE 0 END
        + CASE WHEN NOT coalesce(s.has_employers, false) THEN 0 WHEN s.shared_employer IS NULL THEN -1.5 ELSE least(-log2(w.share) - 1, 6) END
        + CASE WHEN NOT coalesce(s.has_owners, false) THEN 0 WHEN s.is_owner_same THEN log2(o.m / o.u) ELSE log2((1 - o.m) / (1 - o.u)) END
        + CASE WHEN s.is_ours THEN 1.5 ELSE 0 END
        - CASE WHEN s.is_ours AND s.is_thin THEN 0 ELSE log2(1 + 1000 / p.n) END, 6) AS bits
FROM weighed AS s
CROSS JOIN owner_fit AS o
CROSS JOIN people_known AS p
LEFT JOIN town_share AS t ON t.city_key = s.shared_city
LEFT JOIN work_share AS w ON w.employer_key = s.shared_employer
