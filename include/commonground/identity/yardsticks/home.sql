-- How often records of one family name at one address or number have one given name, as those of one person would.
SELECT count(*) >= 30 AND avg(has_given::INTEGER) < 0.9 - power(2, max(u.given)) AS is_shared
FROM compared_fact AS j
CROSS JOIN unlike AS u
WHERE j.has_both_given AND j.has_family AND (coalesce(j.is_street_same, false) OR coalesce(j.is_phone_same, false))
