-- Everybody in the team's books and networks but the team itself, with how to reach them, their last touch, and whether they opted out.
SELECT
    p.contact_id,
    p.full_name,
    p.given_name,
    p.family_name,
    p.emails,
    p.phones,
    p.urls,
    p.street,
    p.city,
    p.state,
    p.postal_code,
    p.location_source,
    p.in_service_area,
    round(p.distance_km, 1) AS distance_km,
    p.owner_agent_id,
    p.household_id,
    p.employer,
    p.job_title,
    p.stage,
    t.occurred_at AS last_interaction_at,
    t.interaction_type AS last_interaction_type,
    p.feeds,
    coalesce(p.is_organization, FALSE) AS is_organization,
    o.contact_id IS NOT NULL AS do_not_contact,
    o.reason AS do_not_contact_reason,
    p.created_at AS first_seen_at
FROM contact_profiles AS p
LEFT JOIN last_touches AS t ON t.contact_id = p.contact_id
LEFT JOIN opt_outs AS o ON o.contact_id = p.contact_id
WHERE NOT p.is_agent
