-- What somebody on the team and the contact share, ready to read: the best topic to open with, and up to three with both sides' words.
-- Open topics come rarest first. A restricted one (both said it themselves) is labelled, stands last and in no order of merit.
WITH worded AS (
    SELECT
        g.contact_id,
        g.policy_class,
        row_number() OVER (
            PARTITION BY g.contact_id, g.policy_class
            ORDER BY CASE WHEN g.policy_class = 'open' THEN g.rarity END DESC NULLS LAST, g.rank NULLS LAST, g.label, g.agent_id, g.interest
        ) AS place,
        concat(
            CASE WHEN g.policy_class = 'open' THEN '' ELSE 'To open a talk with only: ' END,
            g.label, ', with ', a.name, '. They: "', left(g.contact_evidence_text, 200), '" (', g.contact_evidence_source,
            CASE WHEN g.contact_evidence_at IS NOT NULL THEN concat(', ', CAST(CAST(g.contact_evidence_at AT TIME ZONE n.time_zone AS DATE) AS VARCHAR)) ELSE '' END,
            '). ', a.name, ': "', left(g.agent_evidence_text, 200), '" (', g.agent_evidence_source,
            CASE WHEN g.agent_evidence_at IS NOT NULL THEN concat(', ', CAST(CAST(g.agent_evidence_at AT TIME ZONE n.time_zone AS DATE) AS VARCHAR)) ELSE '' END,
            ')'
        ) AS topic
    FROM common_ground AS g
    JOIN agent AS a ON a.agent_id = g.agent_id
    CROSS JOIN night AS n
    WHERE g.policy_class IN ('open', 'restricted')
),

best AS (
    SELECT
        contact_id,
        max(CASE WHEN policy_class = 'open' AND place = 1 THEN topic END) AS open_topic,
        max(CASE WHEN policy_class = 'restricted' AND place = 1 THEN topic END) AS restricted_topic,
        string_agg(topic, ' | ' ORDER BY CASE policy_class WHEN 'open' THEN 0 ELSE 1 END, place) AS topics
    FROM worded
    WHERE place <= CASE policy_class WHEN 'open' THEN 3 ELSE 1 END
    GROUP BY contact_id
)

SELECT contact_id, coalesce(open_topic, restricted_topic) AS opening_topic, topics FROM best
