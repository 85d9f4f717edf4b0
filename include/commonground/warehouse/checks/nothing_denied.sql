-- every interest is open or restricted; what is denied is only counted
SELECT contact_id FROM contact_interests WHERE policy_class NOT IN ('open', 'restricted') OR policy_class IS NULL
UNION ALL SELECT contact_id FROM common_ground WHERE policy_class NOT IN ('open', 'restricted') OR policy_class IS NULL
