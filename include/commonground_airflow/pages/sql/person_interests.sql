-- What they love, in their words; what is restricted only where a team member has said the same of themselves.
SELECT
    i.interest, i.label, i.kind, i.policy_class, i.evidence_count, i.is_self_stated, i.evidence_text, i.evidence_source, i.evidence_url,
    CAST(i.evidence_at AS DATE) AS evidence_on
FROM contact_interests AS i
WHERE i.contact_id = $contact_id
  AND (
      i.policy_class = 'open'
      OR EXISTS (SELECT 1 FROM common_ground AS g WHERE g.contact_id = i.contact_id AND g.interest = i.interest)
  )
ORDER BY
    CASE i.policy_class WHEN 'open' THEN 0 ELSE 1 END, i.is_self_stated DESC, CASE i.policy_class WHEN 'open' THEN i.rarity END DESC NULLS LAST, i.label, i.interest
