-- The person records that may be somebody: all but nameless placeholders, with the feed as the source that must not name
-- one person twice, and the team member whose book or network it is from (none: a public page).
SELECT
    p.feed || '|' || p.record_id AS key,
    p.feed AS source,
    coalesce(p.owner_agent_id, CASE WHEN s.family = 'contacts' THEN 'team' END) AS owner,
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
FROM person AS p
LEFT JOIN feed_setting AS s ON s.feed = p.feed
WHERE person_type <> 'placeholder'
