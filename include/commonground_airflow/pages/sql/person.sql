-- A contact, its group, its owner, and who lives with it.
SELECT
    c.contact_id, c.full_name, c.emails, c.phones, c.urls, c.street, c.city, c.state, c.postal_code, c.in_service_area, c.distance_km,
    c.location_source, c.household_id, c.employer, c.job_title, c.stage, c.is_organization, c.feeds,
    CAST(c.last_interaction_at AS DATE) AS last_interaction_on,
    c.last_interaction_type,
    c.do_not_contact OR coalesce(s.do_not_contact, FALSE) AS do_not_contact,
    c.do_not_contact_reason,
    s.segment, s.score, s.reasons, s.since, s.next_step, s.channel, s.cadence_days,
    c.owner_agent_id,
    coalesce(a.name, c.owner_agent_id) AS owner
FROM contacts AS c
LEFT JOIN segments AS s ON s.contact_id = c.contact_id
LEFT JOIN agents AS a ON a.agent_id = c.owner_agent_id
WHERE c.contact_id = $contact_id
