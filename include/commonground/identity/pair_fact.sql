-- Pairs of records with what keeps them apart, if anything does: an objection holds unless more speaks for the pair; given names
-- and birth dates object less where the data themselves show them to be unreliable.
SELECT
    j.l,
    j.r,
    j.weight,
    j.has_given OR (j.objection = 'household' AND u.given > -4 AND j.weight >= 10) AS is_given_firm,
    j.is_given_open,
    j.has_family,
    j.is_one_word,
    coalesce(j.is_name_equal, false) AS is_name_equal,
    coalesce(j.is_birth_equal, false) AS is_birth_equal,
    j.agreement_count,
    j.conflict_count,
    j.is_vague OR coalesce(j.objection = 'name alone', false) AS is_vague,
    CASE
        WHEN j.objection = 'household' AND u.given > -4 AND j.weight >= 10 THEN NULL
        WHEN j.objection = 'other birth date' AND u.birth_date > -5 AND j.weight >= 5 THEN NULL
        WHEN j.objection = 'namesake' AND j.weight >= 10 THEN NULL
        WHEN j.objection = 'name alone' AND j.weight >= CASE WHEN u.is_taught THEN 3 ELSE 5 END THEN NULL
        WHEN j.objection IS NULL AND j.is_vague AND h.is_shared AND (j.given_l IS NULL OR j.given_r IS NULL) THEN 'household'
        ELSE j.objection
    END AS objection
FROM compared_fact AS j
CROSS JOIN unlike AS u
CROSS JOIN home AS h
