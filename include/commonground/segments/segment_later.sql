-- Who is local and will need the team one day: why, what is shared, the way in, and what to do. Highest score first.
SELECT
    contact_id,
    row_number() OVER (ORDER BY score DESC, last_touch_at NULLS FIRST, contact_id) AS rank,
    full_name,
    score,
    why,
    evidence,
    common_ground,
    introduced_by,
    endorsement,
    next_step,
    channel,
    last_touch,
    owner_agent_id,
    household_id,
    phone,
    email,
    city
FROM cards
WHERE segment = 'later'
