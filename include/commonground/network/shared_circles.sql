-- Small circles two people are both in: conversations, groups and events that are about something open, places that are, employers.
-- One of which nobody knows what it is about counts for nothing, since it may be about anything; none is ever named.
WITH counting AS (
    SELECT circles.circle_type, circles.circle_id, circles.people
    FROM small_circles AS circles
    LEFT JOIN circle_ground AS ground ON ground.circle_type = circles.circle_type AND ground.circle_name = circles.circle_name
    WHERE CASE circles.circle_type
        WHEN 'employer' THEN NOT COALESCE(ground.is_protected, true)
        WHEN 'place' THEN NOT COALESCE(ground.is_protected, true) AND ground.is_open
        ELSE true
    END
),
members AS (
    SELECT circle_members.*, counting.people
    FROM circle_members
    JOIN counting ON counting.circle_type = circle_members.circle_type AND counting.circle_id = circle_members.circle_id
),
-- the same talk in two members' exports has two ids and the same people
talks AS (
    SELECT circle_id, array_to_string(list_sort(list(contact_id)), ' ') AS same_people
    FROM members
    WHERE circle_type = 'conversation'
    GROUP BY circle_id
),
shared AS (
    SELECT
        one.contact_id AS src,
        other.contact_id AS dst,
        one.circle_type,
        COALESCE(talks.same_people, one.circle_id) AS circle_id,
        MAX(one.people) AS people,
        MAX(one.source) AS source,
        MIN(LEAST(one.feed, other.feed)) AS first_feed,
        MAX(GREATEST(one.last_feed, other.last_feed)) AS last_feed
    FROM members AS one
    JOIN members AS other ON other.circle_type = one.circle_type AND other.circle_id = one.circle_id
    LEFT JOIN talks ON one.circle_type = 'conversation' AND talks.circle_id = one.circle_id
    WHERE one.contact_id <> other.contact_id
      -- two people writing to each other are an exchange already
      AND NOT (one.circle_type = 'conversation' AND one.people = 2)
    GROUP BY one.contact_id, other.contact_id, one.circle_type, COALESCE(talks.same_people, one.circle_id)
),
by_type AS (
    SELECT
        shared.src,
        shared.dst,
        shared.circle_type,
        COUNT(*) AS circles,
        MIN(shared.people) AS smallest,
        SUM(CAST(
            CASE WHEN shared.circle_type IN ('place', 'employer') THEN tie_formula.faint_circle ELSE 1.0 END / LN(1 + shared.people)
            AS DECIMAL(18, 6)
        )) AS closeness,
        MAX(shared.source) AS source,
        MIN(shared.first_feed) AS first_feed,
        MAX(shared.last_feed) AS last_feed
    FROM shared
    CROSS JOIN tie_formula
    GROUP BY shared.src, shared.dst, shared.circle_type
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
                WHEN circles = 1 THEN 'a shared ' || circle_type || ' (' || CAST(smallest AS VARCHAR) || ' people'
                ELSE CAST(circles AS VARCHAR) || ' shared ' || circle_type || 's (the smallest of ' || CAST(smallest AS VARCHAR) || ' people'
            END
            || CASE WHEN first_feed = last_feed THEN ')' ELSE ', in ' || first_feed || ' and ' || last_feed || ')' END
        )),
        '; '
    ) AS words
FROM by_type
GROUP BY src, dst
