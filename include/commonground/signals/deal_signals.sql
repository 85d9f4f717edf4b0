-- Deals the CRM holds open: neither won nor lost. The CRM's words for the stage are quoted only as far as words.yaml knows them.
WITH deals AS (
    SELECT * FROM contact_interactions WHERE interaction_type = 'deal'
),

meanings AS (
    SELECT d.feed, d.record_id, bool_or(w.meaning IN ('won', 'lost')) AS is_over, max_by(w.phrase, concat(lpad(CAST(length(w.phrase) AS VARCHAR), 3, '0'), w.phrase)) AS word
    FROM deals AS d
    JOIN deal_word AS w ON concat(' ', d.outcome_words, ' ') LIKE concat('% ', w.phrase, ' %')
    GROUP BY d.feed, d.record_id
)

SELECT
    d.contact_id,
    'open_deal' AS signal_type,
    CASE WHEN d.is_about_selling THEN 'sell' ELSE 'buy' END AS side,
    d.occurred_on AS observed_at,
    CAST(NULL AS DATE) AS ended_on,
    coalesce(d.is_in_area, TRUE) AS concerns_service_area,
    d.ListingKey,
    concat(
        'Deal open in the CRM', CASE WHEN m.word IS NOT NULL THEN concat(' (', m.word, ')') ELSE '' END,
        CASE WHEN d.property IS NOT NULL THEN concat(' about ', d.property) ELSE '' END, ', ', CAST(d.occurred_on AS VARCHAR)
    ) AS evidence_text,
    d.source AS evidence_source,
    d.feed AS evidence_feed,
    d.record_id AS evidence_record_id,
    d.source_url AS evidence_url
FROM deals AS d
LEFT JOIN meanings AS m ON m.feed = d.feed AND m.record_id = d.record_id
WHERE NOT coalesce(m.is_over, FALSE)
