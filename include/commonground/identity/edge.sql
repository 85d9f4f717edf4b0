-- Pairs that are held to be one person, each with the rule that says so and how sure it is. A record that is nothing but a name,
-- or has no given name of its own, belongs to nobody where another fits about as well who is not the same person.
WITH by_key AS (
    SELECT
        x.l,
        x.r,
        x.rule,
        CASE x.rule WHEN 'exact_email' THEN 0.9999 WHEN 'profile_url' THEN 0.9998 WHEN 'same_username' THEN 0.999 ELSE 0.9995 END AS probability,
        f.is_given_firm OR f.is_birth_equal AS is_firm
    FROM exact_pair AS x
    JOIN pair_fact AS f ON f.l = x.l AND f.r = x.r
    WHERE f.objection IS NULL
      AND CASE
          WHEN x.rule IN ('exact_phone_name', 'same_username') THEN f.is_given_firm AND f.has_family
          ELSE f.is_given_firm OR (f.is_given_open AND (f.has_family OR f.is_one_word))
      END
),
met AS (
    SELECT l AS one, r AS other, l, r, weight, is_vague FROM pair_fact WHERE objection IS NULL
    UNION ALL
    SELECT r AS one, l AS other, l, r, weight, is_vague FROM pair_fact WHERE objection IS NULL
),
contested AS (
    SELECT DISTINCT a.l, a.r
    FROM met AS a
    JOIN met AS b ON b.one = a.one AND b.other <> a.other AND b.weight > a.weight - 3
    JOIN pair_fact AS f ON f.l = least(a.other, b.other) AND f.r = greatest(a.other, b.other)
    WHERE a.is_vague AND f.objection IS NOT NULL AND f.objection <> 'name alone'
),
by_model AS (
    SELECT s.l, s.r, 'splink' AS rule, s.probability, f.is_given_firm OR f.is_birth_equal AS is_firm
    FROM scored_pair AS s
    JOIN pair_fact AS f ON f.l = s.l AND f.r = s.r
    LEFT JOIN contested AS c ON c.l = s.l AND c.r = s.r
    WHERE f.objection IS NULL AND c.l IS NULL
),
either AS (
    SELECT l, r, rule, probability, is_firm FROM by_key
    UNION ALL
    SELECT l, r, rule, probability, is_firm FROM by_model
)
SELECT l, r, rule, probability, is_firm
FROM either
QUALIFY row_number() OVER (PARTITION BY l, r ORDER BY CASE rule WHEN 'splink' THEN 1 ELSE 0 END, probability DESC, rule) = 1
