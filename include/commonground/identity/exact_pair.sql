-- Pairs of records that share a key people own alone: a mailbox, a number, a profile. Names still have to fit
-- (`pair_fact` looks at that); a key that meets very many records is no personal key. A name that somebody chose for a mailbox and for
-- a profile or a site of their own tells as much, unless it is just what they are called.
WITH mail_pair AS (
    SELECT a.rid AS l, b.rid AS r, 'exact_email' AS rule
    FROM (SELECT rid, unnest(mails) AS shared FROM person_feature) AS a
    JOIN (SELECT rid, unnest(mails) AS shared FROM person_feature) AS b ON a.shared = b.shared AND a.rid < b.rid
),
phone_pair AS (
    SELECT a.rid AS l, b.rid AS r, 'exact_phone_name' AS rule
    FROM (SELECT rid, unnest(numbers) AS shared FROM person_feature) AS a
    JOIN (SELECT rid, unnest(numbers) AS shared FROM person_feature) AS b ON a.shared = b.shared AND a.rid < b.rid
),
profile_pair AS (
    SELECT a.rid AS l, b.rid AS r, 'profile_url' AS rule
    FROM (SELECT rid, unnest(handles) AS shared FROM person_feature) AS a
    JOIN (SELECT rid, unnest(handles) AS shared FROM person_feature) AS b ON a.shared = b.shared AND a.rid < b.rid
),
chosen AS (
    SELECT rid, given, family, 'mail' AS place, split_part(mail, '@', 1) AS written
    FROM (SELECT *, unnest(mails) AS mail FROM person_feature)
    UNION ALL
    SELECT
        rid,
        given,
        family,
        'profile' AS place,
        CASE WHEN contains(handle, '/') THEN regexp_replace(split_part(handle, '/', -1), '\.bsky\.social$', '') ELSE split_part(handle, '.', 1) END AS written
    FROM (SELECT *, unnest(handles) AS handle FROM person_feature)
),
username AS (
    SELECT rid, place, regexp_replace(written, '[^a-z0-9]', '', 'g') AS shared
    FROM chosen
    WHERE regexp_matches(written, '[0-9]') OR NOT (contains(written, coalesce(family, given)) OR contains(written, coalesce(given, family)))
),
username_pair AS (
    SELECT least(a.rid, b.rid) AS l, greatest(a.rid, b.rid) AS r, 'same_username' AS rule
    FROM username AS a
    JOIN username AS b ON a.shared = b.shared AND a.place = 'mail' AND b.place = 'profile' AND a.rid <> b.rid
    WHERE length(a.shared) > 6
)
SELECT DISTINCT l, r, rule FROM mail_pair
UNION ALL SELECT DISTINCT l, r, rule FROM phone_pair
UNION ALL SELECT DISTINCT l, r, rule FROM profile_pair
UNION ALL SELECT DISTINCT l, r, rule FROM username_pair
