-- Whom the team wants to be introduced to: those who need it now and those who will, unless they asked to be left alone.
SELECT segments.contact_id
FROM segments
LEFT JOIN agent ON agent.agent_id = segments.contact_id
WHERE segments.segment IN ('now', 'later')
  AND NOT COALESCE(segments.do_not_contact, true)
  AND agent.agent_id IS NULL
