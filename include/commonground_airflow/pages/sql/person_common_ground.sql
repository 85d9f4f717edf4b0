-- What somebody on the team and the contact share, both sides quoted; restricted ground last, by name.
SELECT
    g.agent_id, coalesce(a.name, g.agent_id) AS agent, g.label, g.kind, g.policy_class, g.rank,
    g.agent_evidence_text, g.agent_evidence_source, g.agent_evidence_url,
    CAST(g.agent_evidence_at AS DATE) AS agent_evidence_on,
    g.contact_evidence_text, g.contact_evidence_source, g.contact_evidence_url,
    CAST(g.contact_evidence_at AS DATE) AS contact_evidence_on
FROM common_ground AS g
LEFT JOIN agents AS a ON a.agent_id = g.agent_id
WHERE g.contact_id = $contact_id
ORDER BY g.rank NULLS LAST, g.label, agent, g.agent_id
