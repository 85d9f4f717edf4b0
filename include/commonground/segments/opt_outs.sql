-- Who asked to be left alone, and where they said so. A no stands until the same person, address or number gives a later yes that covers it.
-- In doubt it stands: an undated yes lifts nothing, a no on any channel counts, and whoever shares the address or number is included.
WITH said AS (
    SELECT concat('person|', feed, '|', person_ref) AS subject, purpose, channel, state, occurred_at, modified_at, source FROM consent WHERE person_ref <> ''
    UNION ALL
    SELECT concat('email|', lower(trim(email))), purpose, channel, state, occurred_at, modified_at, source FROM consent WHERE email <> ''
    UNION ALL
    SELECT concat('phone|', right(regexp_replace(phone, '[^0-9]+', '', 'g'), 10)), purpose, channel, state, occurred_at, modified_at, source
    FROM consent
    WHERE length(regexp_replace(phone, '[^0-9]+', '', 'g')) >= 7
    UNION ALL
    SELECT concat('person|', feed, '|', person_ref), 'marketing', 'email', 'revoked', occurred_at, modified_at, source
    FROM interaction
    WHERE interaction_type = 'unsubscribed'
),

standing AS (
    SELECT r.subject, r.purpose, r.channel, r.source, coalesce(r.occurred_at, r.modified_at) AS said_at
    FROM said AS r
    WHERE coalesce(r.state, '') <> 'granted'
      AND NOT EXISTS (
        SELECT 1
        FROM said AS later
        WHERE later.subject = r.subject
          AND later.state = 'granted'
          AND later.occurred_at > coalesce(r.occurred_at, r.modified_at)
          AND (later.purpose = 'any' OR later.purpose = r.purpose)
          AND (later.channel = 'any' OR later.channel = r.channel)
      )
),

mails AS (SELECT contact_id, unnest(emails) AS email FROM contact_profiles),
numbers AS (SELECT contact_id, unnest(phones) AS phone FROM contact_profiles),

subjects AS (
    SELECT concat('person|', feed, '|', record_id) AS subject, contact_id FROM contact_identities
    UNION
    SELECT concat('email|', lower(trim(email))), contact_id FROM mails
    UNION
    SELECT concat('phone|', right(regexp_replace(phone, '[^0-9]+', '', 'g'), 10)), contact_id FROM numbers
),

labels AS (
    SELECT feed, record_id, source, stage AS label FROM person WHERE stage <> ''
    UNION ALL
    SELECT feed, record_id, source, unnest(tags) AS label FROM person
),

wordings AS (
    SELECT label, concat(' ', trim(regexp_replace(lower(label), '[^a-z0-9]+', ' ', 'g')), ' ') AS words
    FROM (SELECT DISTINCT label FROM labels) AS once
),

refusals AS (
    SELECT DISTINCT w.label
    FROM wordings AS w
    JOIN opt_out_word AS o ON w.words LIKE CASE WHEN o.is_whole THEN concat(' ', o.phrase, ' ') ELSE concat('% ', o.phrase, ' %') END
),

reasons AS (
    SELECT s.contact_id, 1 AS place, concat('on the list of people not to contact', CASE WHEN s.reason <> '' THEN concat(' (', s.reason, ')') ELSE '' END) AS reason
    FROM suppressed_contact AS s
    UNION ALL
    SELECT
        s.contact_id,
        2,
        concat('said no to ', CASE r.purpose WHEN 'any' THEN 'contact' ELSE r.purpose END, CASE r.channel WHEN 'any' THEN '' ELSE concat(' by ', r.channel) END,
            ' (', r.source, ', ', coalesce(CAST(CAST(r.said_at AT TIME ZONE n.time_zone AS DATE) AS VARCHAR), 'undated'), ')')
    FROM standing AS r
    JOIN subjects AS s ON s.subject = r.subject
    CROSS JOIN night AS n
    UNION ALL
    SELECT c.contact_id, 3, concat('marked so in the CRM (', l.source, ')')
    FROM labels AS l
    JOIN refusals AS f ON f.label = l.label
    JOIN contact_identities AS c ON c.feed = l.feed AND c.record_id = l.record_id
)

SELECT contact_id, reason
FROM reasons
QUALIFY row_number() OVER (PARTITION BY contact_id ORDER BY place, reason) = 1
