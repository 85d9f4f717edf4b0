-- restricted common ground has no rank
SELECT contact_id FROM common_ground WHERE policy_class = 'restricted' AND rank IS NOT NULL
