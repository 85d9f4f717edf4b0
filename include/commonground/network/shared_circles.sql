-- Small circles two people are both in: conversations, and named groups or events that are about something open.
-- A group or event of which nobody knows what it is about counts for nothing, since it may be about anything; none is ever named.
WITH open_statements AS (
    SELECT DISTINCT feed, record_id FROM interest_evidence WHERE policy_class = 'open' AND subject = 'self'
),
in_circle AS (
    SELECT
        utterance.feed,
        utterance.thread_id,
        CASE WHEN utterance.utterance_type = 'message' THEN 'conversation' ELSE utterance.utterance_type END AS circle_type,
        utterance.record_id,
        utterance.source,
        utterance.author_ref,
        utterance.target_ref
    FROM utterance
    CROSS JOIN night
    WHERE utterance.thread_id IS NOT NULL
      AND utterance.is_self_stated
      AND utterance.utterance_type IN ('message', 'group', 'event')
      AND (utterance.occurred_at IS NULL OR CAST(utterance.occurred_at AS DATE) <= night.as_of + INTERVAL '1' DAY)
),
known_circles AS (
    SELECT DISTINCT in_circle.feed, in_circle.thread_id, in_circle.circle_type
    FROM in_circle
    LEFT JOIN open_statements ON open_statements.feed = in_circle.feed AND open_statements.record_id = in_circle.record_id
    WHERE in_circle.circle_type = 'conversation' OR open_statements.record_id IS NOT NULL
),
members AS (
    SELECT in_circle.feed, in_circle.thread_id, in_circle.circle_type, in_circle.source, author.contact_id
    FROM in_circle
    JOIN people_records AS author ON author.feed = in_circle.feed AND author.record_id = in_circle.author_ref
    UNION
    SELECT in_circle.feed, in_circle.thread_id, in_circle.circle_type, in_circle.source, hearer.contact_id
    FROM in_circle
    JOIN people_records AS hearer ON hearer.feed = in_circle.feed AND hearer.record_id = in_circle.target_ref
),
circles AS (
    SELECT members.feed, members.thread_id, members.circle_type, COUNT(*) AS people
    FROM members
    JOIN known_circles
        ON known_circles.feed = members.feed AND known_circles.thread_id = members.thread_id AND known_circles.circle_type = members.circle_type
    CROSS JOIN tie_formula
    GROUP BY members.feed, members.thread_id, members.circle_type, tie_formula.circle_size
    HAVING COUNT(*) BETWEEN 2 AND tie_formula.circle_size
),
shared AS (
    SELECT one.contact_id AS src, other.contact_id AS dst, circles.circle_type, circles.people, one.source
    FROM circles
    JOIN members AS one ON one.feed = circles.feed AND one.thread_id = circles.thread_id AND one.circle_type = circles.circle_type
    JOIN members AS other ON other.feed = circles.feed AND other.thread_id = circles.thread_id AND other.circle_type = circles.circle_type
    WHERE one.contact_id <> other.contact_id
      -- two people writing to each other are an exchange already
      AND NOT (circles.circle_type = 'conversation' AND circles.people = 2)
),
by_type AS (
    SELECT
        src,
        dst,
        circle_type,
        COUNT(*) AS circles,
        MIN(people) AS smallest,
        SUM(CAST(1.0 / LN(1 + people) AS DECIMAL(18, 6))) AS closeness,
        MAX(source) AS source
    FROM shared
    GROUP BY src, dst, circle_type
)
SELECT
    src,
    dst,
    SUM(closeness) AS closeness,
    MAX(source) AS source,
    list_sort(list(circle_type)) AS tie_types,
    array_to_string(
        list_sort(list(
            CASE
                WHEN circles = 1 THEN 'a shared ' || circle_type || ' (' || CAST(smallest AS VARCHAR) || ' people)'
                ELSE CAST(circles AS VARCHAR) || ' shared ' || circle_type || 's (the smallest of ' || CAST(smallest AS VARCHAR) || ' people)'
            END
        )),
        '; '
    ) AS words
FROM by_type
GROUP BY src, dst
