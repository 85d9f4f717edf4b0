-- Who is in which circle: conversations, groups, events, places people check in at, employers. One row per circle and contact.
-- A group, or an event on a day, is the same in two members' exports if its name is the same, tells enough to be one, and is borne by
-- one alone in each. What a circle is about decides whether it counts: open ground must be seen, and nothing protected.
WITH evidence AS (
    SELECT feed, record_id, BOOL_OR(policy_class = 'open' AND subject = 'self') AS is_open, BOOL_OR(policy_class <> 'open') AS is_restricted
    FROM interest_evidence
    GROUP BY feed, record_id
),
said AS (
    SELECT
        utterance.feed,
        utterance.source,
        utterance.thread_id,
        utterance.author_ref,
        utterance.target_ref,
        CASE utterance.utterance_type WHEN 'message' THEN 'conversation' WHEN 'checkin' THEN 'place' ELSE utterance.utterance_type END AS circle_type,
        TRIM(regexp_replace(LOWER(utterance.text), '[^\p{L}\p{N}]+', ' ', 'g')) AS name_key,
        COALESCE(CAST(CAST(utterance.occurred_at AS DATE) AS VARCHAR), '') AS day,
        utterance.place_name,
        TRIM(regexp_replace(LOWER(utterance.place_name), '[^\p{L}\p{N}]+', ' ', 'g')) AS place_key,
        -- about ten kilometres: the town of a place, since check-ins name none
        COALESCE(
            CAST(CAST(ROUND(utterance.latitude * 10) AS INTEGER) AS VARCHAR) || ':' || CAST(CAST(ROUND(utterance.longitude * 10) AS INTEGER) AS VARCHAR),
            'somewhere in ' || utterance.feed
        ) AS spot,
        COALESCE(evidence.is_open, false) AS is_open,
        COALESCE(evidence.is_restricted, false) AS is_restricted
    FROM utterance
    CROSS JOIN night
    LEFT JOIN evidence ON evidence.feed = utterance.feed AND evidence.record_id = utterance.record_id
    WHERE utterance.is_self_stated
      AND utterance.utterance_type IN ('message', 'group', 'event', 'checkin')
      AND (utterance.thread_id IS NOT NULL OR utterance.utterance_type = 'checkin')
      AND (utterance.occurred_at IS NULL OR CAST(utterance.occurred_at AS DATE) <= night.as_of + INTERVAL '1' DAY)
),
own_circles AS (
    SELECT
        feed,
        thread_id,
        circle_type,
        MIN(name_key) AS name_key,
        CASE WHEN circle_type = 'event' THEN MIN(day) ELSE '' END AS day,
        -- "Book Club" may be anybody's
        BOOL_AND(circle_type = 'group' AND name_key LIKE '% % %' OR circle_type = 'event' AND day <> '' AND name_key LIKE '% %') AS is_telling
    FROM said
    WHERE circle_type <> 'place'
    GROUP BY feed, thread_id, circle_type
),
named_circles AS (
    SELECT
        feed,
        thread_id,
        circle_type,
        CASE
            WHEN is_telling AND COUNT(*) OVER (PARTITION BY feed, circle_type, name_key, day) = 1 THEN 'named ' || name_key || ' ' || day
            ELSE 'in ' || feed || ' ' || thread_id
        END AS circle_id
    FROM own_circles
),
chains AS (
    SELECT said.place_key
    FROM said
    CROSS JOIN tie_formula
    WHERE said.circle_type = 'place'
    GROUP BY said.place_key, tie_formula.chain_spots
    HAVING COUNT(DISTINCT said.spot) >= tie_formula.chain_spots
),
in_circle AS (
    SELECT said.*, named_circles.circle_id, CAST(NULL AS VARCHAR) AS circle_name
    FROM said
    JOIN named_circles
        ON named_circles.feed = said.feed AND named_circles.thread_id = said.thread_id AND named_circles.circle_type = said.circle_type
    UNION ALL
    SELECT said.*, 'at ' || said.place_key || ' ' || said.spot, said.place_name
    FROM said
    WHERE said.circle_type = 'place' AND said.place_key <> '' AND said.place_key NOT IN (SELECT place_key FROM chains)
),
people_in AS (
    SELECT
        in_circle.circle_type, in_circle.circle_id, in_circle.circle_name, in_circle.is_open, in_circle.is_restricted,
        author.contact_id, in_circle.feed, in_circle.source
    FROM in_circle
    JOIN people_records AS author ON author.feed = in_circle.feed AND author.record_id = in_circle.author_ref
    UNION ALL
    SELECT
        in_circle.circle_type, in_circle.circle_id, in_circle.circle_name, in_circle.is_open, in_circle.is_restricted,
        hearer.contact_id, in_circle.feed, in_circle.source
    FROM in_circle
    JOIN people_records AS hearer ON hearer.feed = in_circle.feed AND hearer.record_id = in_circle.target_ref
    UNION ALL
    SELECT
        'employer', 'works at ' || employer_form.employer_key, person.employer, true, false,
        record.contact_id, person.feed, person.source
    FROM person
    JOIN people_records AS record ON record.feed = person.feed AND record.record_id = person.record_id
    JOIN employer_form ON employer_form.raw = person.employer
)
SELECT
    circle_type,
    circle_id,
    contact_id,
    MIN(circle_name) AS circle_name,
    MIN(feed) AS feed,
    MAX(feed) AS last_feed,
    MAX(source) AS source,
    BOOL_OR(is_open) AS is_open,
    BOOL_OR(is_restricted) AS is_restricted
FROM people_in
GROUP BY circle_type, circle_id, contact_id
