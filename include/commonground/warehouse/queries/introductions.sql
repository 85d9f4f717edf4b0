-- Through whom do we reach the people who need us now?
SELECT p.agent_id, c.full_name, p.strength, p.via, p.evidence
FROM referral_paths AS p JOIN contacts AS c ON c.contact_id = p.prospect_id JOIN segments AS s ON s.contact_id = p.prospect_id
WHERE s.segment = 'now' AND p.rank = 1 ORDER BY p.strength DESC, p.agent_id, p.prospect_id
