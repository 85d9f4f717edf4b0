-- The person records that may be somebody: all but nameless placeholders, with the feed as the source that must not name
-- one person twice.
SELECT
    feed || '|' || record_id AS key,
    feed AS source,
    agent_id,
    person_type,
    full_name,
    given_name,
    middle_name,
    family_name,
    name_suffix,
    nickname,
    former_family_name,
    coalesce(emails, []) AS emails,
    coalesce(phones, []) AS phones,
    coalesce(urls, []) AS urls,
    street,
    city,
    state,
    postal_code,
    birth_date,
    employer
FROM person
WHERE person_type <> 'placeholder'
