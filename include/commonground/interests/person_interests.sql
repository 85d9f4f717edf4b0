-- One row per person and interest of their own, with the best evidence: their own words before others', the newest first.
WITH members AS (
    SELECT contact_id, bool_or(is_agent) AS is_agent
    FROM contact_identities
    GROUP BY contact_id
),
own_evidence AS (
    SELECT * FROM interest_evidence WHERE subject = 'self'
),
counted AS (
    SELECT
        contact_id,
        interest,
        count(DISTINCT concat(feed, '|', record_id)) AS evidence_count,
        min(occurred_at) AS first_seen,
        max(occurred_at) AS last_seen,
        bool_or(is_self_stated) AS is_self_stated
    FROM own_evidence
    GROUP BY contact_id, interest
),
best AS (
    SELECT *
    FROM own_evidence
    QUALIFY row_number() OVER (
        PARTITION BY contact_id, interest
        ORDER BY is_self_stated DESC, occurred_at DESC NULLS LAST, feed, record_id, evidence_text
    ) = 1
)
SELECT
    best.contact_id,
    members.is_agent,
    best.interest,
    best.kind,
    best.label,
    best.policy_class,
    best.rarity,
    counted.evidence_count,
    counted.first_seen,
    counted.last_seen,
    counted.is_self_stated,
    best.evidence_text,
    best.source AS evidence_source,
    best.source_url AS evidence_url,
    best.feed AS evidence_feed,
    best.record_id AS evidence_record_id,
    best.occurred_at AS evidence_at
FROM best
JOIN counted ON counted.contact_id = best.contact_id AND counted.interest = best.interest
JOIN members ON members.contact_id = best.contact_id
ORDER BY best.contact_id, best.interest
