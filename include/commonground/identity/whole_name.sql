-- The records that have a given and a family name, each more than an initial.
SELECT rid, given, family, roots, family_words, is_known_given
FROM person_feature
WHERE NOT is_nameless AND person_type <> 'organization' AND length(given) > 1 AND length(family) > 1
