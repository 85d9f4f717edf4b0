-- What a team member and a contact both show, with the evidence of both. A restricted interest only where both said it
-- themselves, and never ranked. "A school" and "a place" are no common ground until they have a name.
WITH team AS (
    SELECT * FROM person_interests WHERE is_agent
),
contact AS (
    SELECT * FROM person_interests WHERE NOT is_agent
),
shared AS (
    SELECT
        team.contact_id AS agent_id,
        contact.contact_id,
        contact.interest,
        contact.kind,
        contact.label,
        contact.policy_class,
        contact.rarity,
        team.evidence_text AS agent_evidence_text,
        team.evidence_source AS agent_evidence_source,
        team.evidence_at AS agent_evidence_at,
        team.evidence_url AS agent_evidence_url,
        team.evidence_feed AS agent_evidence_feed,
        team.evidence_record_id AS agent_evidence_record_id,
        contact.evidence_text AS contact_evidence_text,
        contact.evidence_source AS contact_evidence_source,
        contact.evidence_at AS contact_evidence_at,
        contact.evidence_url AS contact_evidence_url,
        contact.evidence_feed AS contact_evidence_feed,
        contact.evidence_record_id AS contact_evidence_record_id
    FROM team
    JOIN contact ON contact.interest = team.interest
    WHERE contact.interest NOT IN ('school', 'place')
      AND (contact.policy_class = 'open' OR (team.is_self_stated AND contact.is_self_stated))
)
SELECT
    agent_id,
    contact_id,
    interest,
    kind,
    label,
    policy_class,
    rarity,
    CASE WHEN policy_class = 'open' THEN
        row_number() OVER (
            PARTITION BY agent_id, contact_id, policy_class
            ORDER BY rarity DESC, contact_evidence_at DESC NULLS LAST, label, interest
        )
    END AS rank,
    agent_evidence_text,
    agent_evidence_source,
    agent_evidence_at,
    agent_evidence_url,
    agent_evidence_feed,
    agent_evidence_record_id,
    contact_evidence_text,
    contact_evidence_source,
    contact_evidence_at,
    contact_evidence_url,
    contact_evidence_feed,
    contact_evidence_record_id
FROM shared
ORDER BY agent_id, contact_id, policy_class, rank, interest
