-- What each team member does in public and in conversation, by channel and month: posts, comments, reactions, check-ins,
-- people talked with, reviews answered, and how many different people any of it reached.
WITH team_records AS (
    SELECT identity.feed, identity.record_id, identity.contact_id AS agent_id
    FROM contact_identities AS identity
    JOIN agent ON agent.agent_id = identity.contact_id
),
others AS (
    SELECT identity.feed, identity.record_id, identity.contact_id
    FROM contact_identities AS identity
    LEFT JOIN agent ON agent.agent_id = identity.contact_id
    WHERE agent.agent_id IS NULL
),
dated AS (
    SELECT
        utterance.feed,
        utterance.source AS channel,
        utterance.record_id,
        utterance.author_ref,
        utterance.target_ref,
        utterance.thread_id,
        utterance.utterance_type,
        CAST(date_trunc('month', utterance.occurred_at AT TIME ZONE night.time_zone) AS DATE) AS month
    FROM utterance
    CROSS JOIN night
    JOIN feed_setting AS setting ON setting.feed = utterance.feed
    WHERE utterance.is_self_stated
      AND utterance.utterance_type IN ('post', 'comment', 'like', 'reaction', 'checkin', 'message')
      AND CAST(utterance.occurred_at AS DATE) <= night.as_of + INTERVAL '1' DAY
      -- a member's own account: what its terms let us read of the network, they let us count of its owner
      AND (setting.purposes IS NULL OR list_contains(setting.purposes, 'aggregate') OR list_contains(setting.purposes, 'network'))
),
done AS (
    SELECT team_records.agent_id, dated.*
    FROM dated
    JOIN team_records ON team_records.feed = dated.feed AND team_records.record_id = dated.author_ref
),
counted AS (
    SELECT
        agent_id,
        channel,
        month,
        COUNT(DISTINCT CASE WHEN utterance_type = 'post' THEN feed || '|' || record_id END) AS post_count,
        COUNT(DISTINCT CASE WHEN utterance_type = 'comment' THEN feed || '|' || record_id END) AS comment_count,
        COUNT(DISTINCT CASE WHEN utterance_type IN ('like', 'reaction') THEN feed || '|' || record_id END) AS reaction_count,
        COUNT(DISTINCT CASE WHEN utterance_type = 'checkin' THEN feed || '|' || record_id END) AS checkin_count
    FROM done
    GROUP BY agent_id, channel, month
),
threads_of_agents AS (
    SELECT DISTINCT agent_id, feed, thread_id, month FROM done WHERE thread_id IS NOT NULL
),
met AS (
    -- whom a team member wrote to
    SELECT done.agent_id, done.channel, done.month, others.contact_id, done.utterance_type
    FROM done
    JOIN others ON others.feed = done.feed AND others.record_id = done.target_ref
    UNION ALL
    -- who wrote to a team member
    SELECT team_records.agent_id, dated.channel, dated.month, others.contact_id, dated.utterance_type
    FROM dated
    JOIN team_records ON team_records.feed = dated.feed AND team_records.record_id = dated.target_ref
    JOIN others ON others.feed = dated.feed AND others.record_id = dated.author_ref
    UNION ALL
    -- who spoke in the same thread in the same month
    SELECT threads_of_agents.agent_id, dated.channel, dated.month, others.contact_id, dated.utterance_type
    FROM dated
    JOIN threads_of_agents
        ON threads_of_agents.feed = dated.feed AND threads_of_agents.thread_id = dated.thread_id AND threads_of_agents.month = dated.month
    JOIN others ON others.feed = dated.feed AND others.record_id = dated.author_ref
),
reached AS (
    SELECT
        agent_id,
        channel,
        month,
        COUNT(DISTINCT CASE WHEN utterance_type = 'message' THEN contact_id END) AS conversation_count,
        COUNT(DISTINCT contact_id) AS people_reached
    FROM met
    GROUP BY agent_id, channel, month
),
answered AS (
    SELECT
        agent.agent_id,
        review.source AS channel,
        CAST(date_trunc('month', review.occurred_at AT TIME ZONE night.time_zone) AS DATE) AS month,
        COUNT(*) AS review_answered_count
    FROM review
    CROSS JOIN night
    JOIN feed_setting AS setting ON setting.feed = review.feed
    -- a review of the whole team is answered by whoever owns the page
    JOIN agent ON agent.agent_id = COALESCE(review.subject_agent_id, setting.owner_agent_id)
    WHERE review.subject_type IN ('agent', 'team')
      AND LENGTH(TRIM(COALESCE(review.reply_text, ''))) > 0
      AND CAST(review.occurred_at AS DATE) <= night.as_of + INTERVAL '1' DAY
      AND (setting.purposes IS NULL OR list_contains(setting.purposes, 'aggregate') OR list_contains(setting.purposes, 'reviews'))
    GROUP BY agent.agent_id, review.source, CAST(date_trunc('month', review.occurred_at AT TIME ZONE night.time_zone) AS DATE)
),
months AS (
    SELECT agent_id, channel, month FROM counted
    UNION
    SELECT agent_id, channel, month FROM reached
    UNION
    SELECT agent_id, channel, month FROM answered
)
SELECT
    months.agent_id,
    months.channel,
    months.month,
    COALESCE(counted.post_count, 0) AS post_count,
    COALESCE(counted.comment_count, 0) AS comment_count,
    COALESCE(counted.reaction_count, 0) AS reaction_count,
    COALESCE(counted.checkin_count, 0) AS checkin_count,
    COALESCE(answered.review_answered_count, 0) AS review_answered_count,
    COALESCE(reached.conversation_count, 0) AS conversation_count,
    COALESCE(reached.people_reached, 0) AS people_reached
FROM months
LEFT JOIN counted ON counted.agent_id = months.agent_id AND counted.channel = months.channel AND counted.month = months.month
LEFT JOIN reached ON reached.agent_id = months.agent_id AND reached.channel = months.channel AND reached.month = months.month
LEFT JOIN answered ON answered.agent_id = months.agent_id AND answered.channel = months.channel AND answered.month = months.month
ORDER BY months.agent_id, months.channel, months.month
