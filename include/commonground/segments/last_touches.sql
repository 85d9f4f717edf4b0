-- The last time each contact and anybody on the team had to do with each other, in either direction. Looking at a website is none.
WITH touches AS (
    SELECT *
    FROM contact_interactions
    WHERE interaction_type IN ('call', 'text', 'email', 'message', 'meeting', 'showing', 'open_house', 'inquiry', 'seller_inquiry', 'referral')
      AND occurred_at <= (SELECT started_at FROM night)
      AND dated_on <= (SELECT as_of FROM night)
)

SELECT contact_id, occurred_at, occurred_on, interaction_type, direction, agent_id, source
FROM touches
QUALIFY row_number() OVER (PARTITION BY contact_id ORDER BY occurred_at DESC, feed, record_id) = 1
