-- One row per record: its columns as they came, and what its name says.
SELECT p.*, n.given, n.family, n.given_words, n.family_words, n.roots, n.generation, n.is_known_given,
       n.is_nameless OR coalesce(p.person_type, 'person') = 'placeholder' AS is_nameless
FROM linkable_person AS p
JOIN name_form AS n
    ON p.given_name IS NOT DISTINCT FROM n.given_name
    AND p.family_name IS NOT DISTINCT FROM n.family_name
    AND p.full_name IS NOT DISTINCT FROM n.full_name
    AND p.middle_name IS NOT DISTINCT FROM n.middle_name
    AND p.name_suffix IS NOT DISTINCT FROM n.name_suffix
    AND p.nickname IS NOT DISTINCT FROM n.nickname
    AND p.former_family_name IS NOT DISTINCT FROM n.former_family_name
