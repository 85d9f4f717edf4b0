-- What passed from one person to another: words addressed to somebody, words said into a small conversation, and the
-- team's dealings. One row per moment, pair and medium, so that two exports of one account do not count twice.
WITH said AS (
    SELECT
        utterance.feed,
        utterance.source,
        utterance.utterance_type AS medium,
        utterance.thread_id,
        utterance.occurred_at,
        author.contact_id AS from_id,
        hearer.contact_id AS to_id,
        utterance.target_ref IS NOT NULL AS is_addressed
    FROM utterance
    JOIN people_records AS author ON author.feed = utterance.feed AND author.record_id = utterance.author_ref
    LEFT JOIN people_records AS hearer ON hearer.feed = utterance.feed AND hearer.record_id = utterance.target_ref
    WHERE utterance.is_self_stated
      AND utterance.utterance_type IN ('message', 'comment', 'post', 'checkin', 'like', 'reaction')
),
room_people AS (
    SELECT feed, thread_id, from_id AS contact_id FROM said WHERE medium = 'message' AND thread_id IS NOT NULL
    UNION
    SELECT feed, thread_id, to_id FROM said WHERE medium = 'message' AND thread_id IS NOT NULL AND to_id IS NOT NULL
),
room_size AS (
    SELECT feed, thread_id, COUNT(*) AS people FROM room_people GROUP BY feed, thread_id
),
addressed AS (
    SELECT from_id, to_id, medium, occurred_at, source, 1.0 AS share, false AS took_two
    FROM said
    WHERE to_id IS NOT NULL
),
said_to_the_room AS (
    SELECT
        said.from_id,
        room_people.contact_id AS to_id,
        said.medium,
        said.occurred_at,
        said.source,
        1.0 / (room_size.people - 1) AS share,
        false AS took_two
    FROM said
    CROSS JOIN tie_formula
    JOIN room_size ON room_size.feed = said.feed AND room_size.thread_id = said.thread_id
    JOIN room_people ON room_people.feed = said.feed AND room_people.thread_id = said.thread_id
    WHERE said.medium = 'message'
      AND NOT said.is_addressed
      AND room_size.people BETWEEN 2 AND tie_formula.circle_size
      AND room_people.contact_id <> said.from_id
),
dealing AS (
    SELECT
        person.contact_id,
        COALESCE(agent.agent_id, person.feed_owner_id) AS agent_id,
        interaction.interaction_type AS medium,
        interaction.occurred_at,
        interaction.source,
        COALESCE(interaction.direction = 'in', false) AS came_in,
        COALESCE(interaction.direction = 'both', false)
            OR (interaction.interaction_type = 'call' AND COALESCE(interaction.duration_seconds >= tie_formula.talked_seconds, false)) AS took_two
    FROM interaction
    CROSS JOIN tie_formula
    JOIN people_records AS person ON person.feed = interaction.feed AND person.record_id = interaction.person_ref
    LEFT JOIN agent ON agent.agent_id = interaction.agent_id
),
with_the_team AS (
    SELECT
        CASE WHEN came_in OR medium IN ('inquiry', 'seller_inquiry') THEN contact_id ELSE agent_id END AS from_id,
        CASE WHEN came_in OR medium IN ('inquiry', 'seller_inquiry') THEN agent_id ELSE contact_id END AS to_id,
        medium,
        occurred_at,
        source,
        1.0 AS share,
        took_two
    FROM dealing
    WHERE agent_id IS NOT NULL
),
everything AS (
    SELECT * FROM addressed
    UNION ALL SELECT * FROM said_to_the_room
    UNION ALL SELECT * FROM with_the_team
)
SELECT
    everything.from_id,
    everything.to_id,
    everything.medium,
    everything.occurred_at,
    MIN(everything.source) AS source,
    BOOL_OR(everything.took_two OR exchange_weight.is_mutual) AS took_two,
    -- exact decimals: sums come out the same whatever order the rows arrive in
    CAST(MAX(everything.share * exchange_weight.weight) AS DECIMAL(18, 6)) AS weight,
    CASE
        WHEN everything.occurred_at IS NULL THEN NULL
        ELSE GREATEST(date_diff('day', CAST(everything.occurred_at AS DATE), MIN(night.as_of)), 0)
    END AS age_days,
    -- moments the source does not date cannot be told apart: each is one
    CASE WHEN everything.occurred_at IS NULL THEN COUNT(*) ELSE 1 END AS times
FROM everything
CROSS JOIN night
JOIN exchange_weight ON exchange_weight.medium = everything.medium
WHERE everything.from_id <> everything.to_id
  -- the market's evening is already tomorrow in UTC; anything later is a broken clock
  AND (everything.occurred_at IS NULL OR CAST(everything.occurred_at AS DATE) <= night.as_of + INTERVAL '1' DAY)
GROUP BY everything.from_id, everything.to_id, everything.medium, everything.occurred_at
