-- The best ways in from anybody on the team, strongest first.
SELECT
    p.agent_id, coalesce(a.name, p.agent_id) AS agent, p.hops, p.strength, p.weakest_tie, p.weakest_tie_strength, p.evidence, p.via
FROM referral_paths AS p
LEFT JOIN agents AS a ON a.agent_id = p.agent_id
WHERE p.prospect_id = $contact_id
ORDER BY p.strength DESC, p.hops, p.agent_id, p.rank
LIMIT 5
