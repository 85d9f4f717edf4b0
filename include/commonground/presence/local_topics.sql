-- What the town talks about: open interests in what local people and the town's blogs say in the open, by town and month.
-- Private words (messages, notes) are left out, so is whoever asked to be left alone, so is anything but the open class.
WITH towns AS (
    SELECT
        setting.feed,
        COALESCE(
            json_extract_string(setting.options, '$.town'),
            json_extract_string(setting.options, '$.city')
        ) AS town
    FROM feed_setting AS setting
),
main_town AS (
    SELECT MIN(city) AS town FROM service_city HAVING COUNT(*) = 1
),
left_alone AS (
    SELECT contact_id FROM segments WHERE COALESCE(do_not_contact, true)
),
mentions AS (
    SELECT
        COALESCE(
            CASE WHEN setting.source = 'feed' THEN towns.town END,
            CASE WHEN profile.in_service_area THEN profile.city END,
            main_town.town,
            'Service area'
        ) AS town,
        evidence.interest,
        evidence.label,
        CAST(date_trunc('month', evidence.occurred_at AT TIME ZONE night.time_zone) AS DATE) AS month,
        evidence.contact_id,
        evidence.feed,
        evidence.record_id,
        evidence.occurred_at,
        evidence.evidence_text,
        evidence.source,
        evidence.source_url
    FROM interest_evidence AS evidence
    CROSS JOIN night
    LEFT JOIN main_town ON true
    JOIN towns ON towns.feed = evidence.feed
    JOIN feed_setting AS setting ON setting.feed = evidence.feed
    LEFT JOIN contact_profiles AS profile ON profile.contact_id = evidence.contact_id
    LEFT JOIN left_alone ON left_alone.contact_id = evidence.contact_id
    WHERE evidence.policy_class = 'open'
      AND evidence.subject = 'self'
      AND evidence.is_self_stated
      AND evidence.utterance_type IN ('post', 'comment', 'checkin', 'event')
      AND (setting.source = 'feed' OR COALESCE(profile.in_service_area, false))
      AND left_alone.contact_id IS NULL
      AND CAST(evidence.occurred_at AS DATE) <= night.as_of + INTERVAL '1' DAY
      AND (setting.purposes IS NULL OR list_contains(setting.purposes, 'aggregate'))
),
placed AS (
    SELECT
        *,
        ROW_NUMBER() OVER (
            PARTITION BY town, interest, month
            ORDER BY source_url IS NULL, occurred_at DESC, feed, record_id, evidence_text
        ) AS place
    FROM mentions
)
SELECT
    town,
    MIN(label) AS topic,
    interest,
    month,
    COUNT(DISTINCT feed || '|' || record_id) AS mention_count,
    COUNT(DISTINCT contact_id) AS people_count,
    MAX(CASE WHEN place = 1 THEN evidence_text END) AS example_text,
    MAX(CASE WHEN place = 1 THEN source END) AS example_source,
    MAX(CASE WHEN place = 1 THEN source_url END) AS example_url
FROM placed
GROUP BY town, interest, month
ORDER BY town, month DESC, mention_count DESC, interest
