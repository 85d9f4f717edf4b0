-- Whom this contact could introduce the team to, likeliest first.
SELECT p.prospect_id AS contact_id, c.full_name AS name, s.segment, max(p.strength) AS strength
FROM referral_paths AS p
JOIN contacts AS c ON c.contact_id = p.prospect_id
LEFT JOIN segments AS s ON s.contact_id = p.prospect_id
WHERE list_contains(p.via, $contact_id)
GROUP BY p.prospect_id, c.full_name, s.segment
ORDER BY strength DESC, p.prospect_id
LIMIT 10
