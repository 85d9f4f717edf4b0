-- Everybody who is not on the team, with the household they stand for: a couple is one opportunity, a person alone is their own.
SELECT contact_id, coalesce(household_id, contact_id) AS household, in_service_area
FROM contact_profiles
WHERE NOT is_agent
