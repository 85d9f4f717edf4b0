-- What two records that may be one person agree and disagree on, counted by channels that tell people apart, and what by itself
-- would keep them apart (`pair_fact` says whether it does).
WITH met AS (
    SELECT x.l, x.r, s.weight, x.is_username_same
    FROM (
        SELECT l, r, bool_or(rule = 'same_username') AS is_username_same
        FROM (SELECT l, r, rule FROM exact_pair UNION ALL SELECT l, r, 'splink' AS rule FROM scored_pair)
        GROUP BY l, r
    ) AS x
    LEFT JOIN scored_pair AS s ON s.l = x.l AND s.r = x.r
),
side_by_side AS (
    SELECT
        m.l,
        m.r,
        coalesce(m.weight, 0) AS weight,
        m.is_username_same,
        damerau_levenshtein(a.given, b.family) + damerau_levenshtein(a.family, b.given) <= 2
            AND least(length(a.given), length(a.family), length(b.given), length(b.family)) > 3 AS is_swapped,
        a.given AS given_l,
        b.given AS given_r,
        length(a.given) > 1 AND length(b.given) > 1 AS has_both_given,
        array_length(array_intersect(a.roots, b.roots)) > 0
            OR list_contains(a.given_words, b.given) OR list_contains(b.given_words, a.given)
            OR (list_contains(a.family_words, b.given) AND (a.family IS NULL OR b.family IS NULL OR list_contains(b.family_words, a.given)))
            OR (list_contains(b.family_words, a.given) AND (a.family IS NULL OR b.family IS NULL))
            OR is_swapped AS is_given_same,
        NOT (a.is_known_given AND b.is_known_given)
            AND (jaro_winkler_similarity(a.given, b.given) >= 0.9 OR (levenshtein(a.given, b.given) <= 2 AND damerau_levenshtein(a.given, b.given) <= 1))
            AND length(a.given) + length(b.given) > 4 AS is_given_near,
        least(length(a.given), length(b.given)) = 1 AND left(a.given, 1) = left(b.given, 1) AS is_given_initial,
        -- an initial is of any name that somebody goes by, a middle name or a former one included
        CASE
            WHEN length(a.given) = 1 THEN NOT list_contains(list_transform([b.given] || b.roots || b.given_words || b.family_words, lambda word: left(word, 1)), a.given)
            WHEN length(b.given) = 1 THEN NOT list_contains(list_transform([a.given] || a.roots || a.given_words || a.family_words, lambda word: left(word, 1)), b.given)
        END AS is_initial_other,
        a.family IS NULL OR b.family IS NULL AS is_one_word,
        a.family = b.family OR array_length(array_intersect(a.family_words, b.family_words)) > 0
            OR (least(length(a.family), length(b.family)) > 3 AND levenshtein(a.family, b.family) <= 2 AND damerau_levenshtein(a.family, b.family) <= 1)
            OR (list_contains(a.given_words, b.family) AND list_contains(b.given_words, a.family))
            OR is_swapped AS is_family_same,
        a.family = b.family AND a.given = b.given AS is_name_equal,
        a.generation <> b.generation AS is_generation_other,
        CASE WHEN a.mails IS NOT NULL AND b.mails IS NOT NULL THEN array_length(array_intersect(a.mails, b.mails)) > 0 END AS is_mail_same,
        split_part(a.mails[1], '@', 1) = split_part(b.mails[1], '@', 1) AS is_mailbox_same,
        length(split_part(a.mails[1], '@', 1)) > 5
            AND (regexp_matches(split_part(a.mails[1], '@', 1), '[0-9]') OR NOT contains(a.mails[1], coalesce(a.family, a.given))) AS is_mailbox_own,
        length(split_part(a.mails[1], '@', 1)) > 5 AND levenshtein(a.mails[1], b.mails[1]) <= 2 AND damerau_levenshtein(a.mails[1], b.mails[1]) = 1
            AND regexp_replace(a.mails[1], '[0-9]', '', 'g') <> regexp_replace(b.mails[1], '[0-9]', '', 'g') AS is_mail_near,
        CASE WHEN a.numbers IS NOT NULL AND b.numbers IS NOT NULL THEN array_length(array_intersect(a.numbers, b.numbers)) > 0 END AS is_phone_same,
        CASE WHEN a.handles IS NOT NULL AND b.handles IS NOT NULL THEN array_length(array_intersect(a.handles, b.handles)) > 0 END AS is_profile_same,
        CASE WHEN a.sites IS NOT NULL AND b.sites IS NOT NULL THEN array_length(array_intersect(a.sites, b.sites)) > 0 END AS is_profile_comparable,
        a.street_key = b.street_key AND (a.unit_key = b.unit_key OR a.unit_key = '' OR b.unit_key = '') AS is_street_same,
        split_part(a.street_key, ' ', 1) = split_part(b.street_key, ' ', 1)
            AND jaro_winkler_similarity(a.street_key, b.street_key) >= 0.92 AS is_street_near,
        a.birth_key = b.birth_key AND left(a.birth_key, 1) <> '-' AND right(a.birth_key, 1) <> '-' AS is_birth_equal,
        (levenshtein(a.birth_key, b.birth_key) <= 4 AND damerau_levenshtein(a.birth_key, b.birth_key) <= 2)
            OR a.birth_key LIKE replace(b.birth_key, '-', '_') OR b.birth_key LIKE replace(a.birth_key, '-', '_')
            OR (left(a.birth_key, 4) = left(b.birth_key, 4) AND substr(a.birth_key, 6, 2) = right(b.birth_key, 2)
                AND right(a.birth_key, 2) = substr(b.birth_key, 6, 2)) AS is_birth_near,
        a.employer_key = b.employer_key OR jaro_winkler_similarity(a.employer_key, b.employer_key) >= 0.9 AS is_employer_same,
        a.postal5 = b.postal5 OR a.city_key = b.city_key AS is_place_same,
        a.agent_id <> b.agent_id AS is_other_agent,
        a.is_nameless OR b.is_nameless AS is_nameless,
        (a.person_type = 'organization') <> (b.person_type = 'organization') AS is_organization
    FROM met AS m
    JOIN person_feature AS a ON a.rid = m.l
    JOIN person_feature AS b ON b.rid = m.r
),
weighed AS (
    SELECT
        *,
        coalesce(is_given_same, false) OR coalesce(is_given_near, false) AS has_given,
        coalesce(is_family_same, false) AS has_family,
        coalesce(is_birth_near, false) AS has_birth,
        coalesce(is_given_initial, false) OR given_l IS NULL OR given_r IS NULL AS is_given_open,
        coalesce(is_mail_same OR (is_mailbox_same AND is_mailbox_own) OR is_mail_near, false)::INTEGER + coalesce(is_phone_same, false)::INTEGER
            + coalesce(is_profile_same, false)::INTEGER + is_username_same::INTEGER + coalesce(is_street_same OR is_street_near, false)::INTEGER
            + coalesce(is_birth_near, false)::INTEGER AS agreement_count,
        coalesce(NOT (is_mail_same OR is_mailbox_same OR is_mail_near), false)::INTEGER + coalesce(NOT is_phone_same, false)::INTEGER
            + coalesce(is_profile_comparable AND NOT is_profile_same, false)::INTEGER
            + coalesce(NOT (is_street_same OR is_street_near), false)::INTEGER
            + coalesce(NOT is_birth_near, false)::INTEGER AS conflict_count
    FROM side_by_side
)
SELECT
    *,
    CASE
        WHEN coalesce(is_other_agent, false) THEN 'two team members'
        WHEN is_nameless THEN 'placeholder'
        WHEN is_organization THEN 'organization'
        WHEN coalesce(is_generation_other, false) THEN 'father and son'
        WHEN (coalesce(is_initial_other, false) OR (has_both_given AND NOT has_given)) AND NOT is_one_word AND NOT has_birth THEN 'household'
        WHEN is_birth_near = false AND NOT coalesce(is_mail_same OR is_phone_same OR is_profile_same, false) THEN 'other birth date'
        WHEN agreement_count = 0 AND conflict_count > 1 THEN 'namesake'
        WHEN agreement_count = 0 AND conflict_count = 1 AND NOT coalesce(is_employer_same, false) THEN 'namesake'
        WHEN agreement_count = 0 AND NOT coalesce(is_employer_same OR is_place_same, is_employer_same, is_place_same, false) THEN 'name alone'
    END AS objection,
    is_given_open
        AND NOT (coalesce(is_mail_same, false) OR coalesce(is_profile_same, false) OR coalesce(is_birth_near, false)
            OR coalesce(is_employer_same, false)) AS is_vague
FROM weighed
