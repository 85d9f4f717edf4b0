-- The uncertain pairs, by feed and record, each side with its contact and a line that a person can read.
WITH told AS (
    SELECT
        p.feed || '|' || p.record_id AS key,
        p.feed,
        p.record_id,
        i.contact_id,
        i.is_agent,
        concat_ws(' · ',
            coalesce(nullif(p.full_name, ''), nullif(concat_ws(' ', p.given_name, p.family_name), ''), 'no name'),
            nullif(array_to_string(p.emails, ', '), ''),
            nullif(array_to_string(p.phones, ', '), ''),
            nullif(concat_ws(', ', nullif(p.street, ''), nullif(p.city, ''), nullif(concat_ws(' ', nullif(p.state, ''), nullif(p.postal_code, '')), '')), ''),
            nullif(concat_ws(', ', nullif(p.job_title, ''), nullif(p.employer, '')), ''),
            nullif(array_to_string(p.urls, ', '), '')
        ) AS line
    FROM person AS p
    JOIN contact_identities AS i ON i.feed = p.feed AND i.record_id = p.record_id
)
SELECT
    'm' || left(sha1(d.left_key || '#' || d.right_key), 12) AS pair_id,
    d.is_joined,
    d.rule,
    d.probability,
    d.weight,
    d.doubt,
    d.agreed,
    d.differed,
    d.detail,
    a.feed AS left_feed,
    a.record_id AS left_record_id,
    a.contact_id AS left_contact_id,
    a.is_agent AS left_is_agent,
    a.line AS left_line,
    b.feed AS right_feed,
    b.record_id AS right_record_id,
    b.contact_id AS right_contact_id,
    b.is_agent AS right_is_agent,
    b.line AS right_line
FROM doubted AS d
JOIN told AS a ON a.key = d.left_key
JOIN told AS b ON b.key = d.right_key
ORDER BY pair_id
