-- Who lives elsewhere and would send friends: where, how close, whom they know here, what is shared, and what to do. Never a pitch.
SELECT
    contact_id,
    row_number() OVER (ORDER BY score DESC, last_touch_at NULLS FIRST, contact_id) AS rank,
    full_name,
    score,
    why,
    knows_here,
    prospect_count,
    common_ground,
    closest_agent_id,
    tie_strength,
    next_step,
    channel,
    last_touch,
    owner_agent_id,
    household_id,
    phone,
    email,
    city,
    state
FROM cards
WHERE segment = 'evangelist'
