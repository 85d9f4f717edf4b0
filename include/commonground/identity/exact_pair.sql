-- Pairs of records that share a key people own alone: a mailbox, a number, a profile. Names still have to fit
-- (`pair_fact` looks at that); a key that meets very many records is no personal key.
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
)
SELECT DISTINCT l, r, rule FROM mail_pair
UNION ALL SELECT DISTINCT l, r, rule FROM phone_pair
UNION ALL SELECT DISTINCT l, r, rule FROM profile_pair
