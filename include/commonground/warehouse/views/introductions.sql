-- one row per best introduction of an agent to a prospect, strongest first
SELECT p.agent_id, c.full_name AS prospect, p.hops, p.strength, p.via, p.evidence
FROM referral_paths AS p
JOIN contacts AS c ON c.contact_id = p.prospect_id
WHERE p.rank = 1
ORDER BY p.strength DESC, p.agent_id, p.prospect_id
