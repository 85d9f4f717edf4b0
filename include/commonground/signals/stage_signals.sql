-- What an agent says in the CRM's stage, as of the person's last activity there. A stage that says it is over says nothing else.
WITH staged AS (
    SELECT
        c.contact_id,
        p.feed,
        p.record_id,
        p.source,
        p.source_url,
        CAST(coalesce(p.last_activity_at, p.modified_at) AT TIME ZONE n.time_zone AS DATE) AS observed_at,
        trim(regexp_replace(lower(p.stage), '[^a-z0-9]+', ' ', 'g')) AS stage_words
    FROM person AS p
    JOIN contact_identities AS c ON c.feed = p.feed AND c.record_id = p.record_id
    CROSS JOIN night AS n
    WHERE p.stage <> '' AND NOT c.is_agent
),

wordings AS (
    SELECT DISTINCT stage_words FROM staged
),

read_as AS (
    SELECT s.stage_words, w.phrase, w.meaning, g.weight
    FROM wordings AS s
    JOIN stage_word AS w ON concat(' ', s.stage_words, ' ') LIKE concat('% ', w.phrase, ' %')
    LEFT JOIN signal_weight AS g ON g.signal_type = w.meaning
),

meanings AS (
    SELECT stage_words, phrase, meaning
    FROM read_as AS r
    WHERE weight IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM read_as AS o WHERE o.stage_words = r.stage_words AND o.meaning IN ('ended', 'trash'))
    QUALIFY row_number() OVER (PARTITION BY stage_words ORDER BY weight DESC, length(phrase) DESC, phrase) = 1
)

SELECT
    s.contact_id,
    m.meaning AS signal_type,
    CASE WHEN regexp_matches(concat(' ', s.stage_words, ' '), ' (sell|seller|sellers|selling|listing|listed|list) ') THEN 'sell' ELSE 'buy' END AS side,
    s.observed_at,
    CAST(NULL AS DATE) AS ended_on,
    CASE WHEN regexp_matches(concat(' ', s.stage_words, ' '), ' (sell|seller|sellers|selling|listing|listed|list) ') THEN coalesce(p.in_service_area, TRUE) ELSE TRUE END AS concerns_service_area,
    CAST(NULL AS VARCHAR) AS ListingKey,
    concat('In the CRM as "', m.phrase, '", ', CAST(s.observed_at AS VARCHAR)) AS evidence_text,
    s.source AS evidence_source,
    s.feed AS evidence_feed,
    s.record_id AS evidence_record_id,
    s.source_url AS evidence_url
FROM staged AS s
JOIN meanings AS m ON m.stage_words = s.stage_words
JOIN contact_profiles AS p ON p.contact_id = s.contact_id
