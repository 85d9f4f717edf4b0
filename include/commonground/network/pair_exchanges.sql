-- Exchanges seen from both ends: for src -> dst, what dst said counts as heard, what src said counts as unanswered.
WITH seen AS (
    SELECT from_id AS src, to_id AS dst, took_two AS is_heard, true AS is_said, * EXCLUDE (from_id, to_id) FROM exchanges
    UNION ALL
    SELECT to_id AS src, from_id AS dst, true AS is_heard, took_two AS is_said, * EXCLUDE (from_id, to_id) FROM exchanges
),
by_medium AS (
    SELECT
        src,
        dst,
        medium,
        SUM(times) AS times,
        SUM(CASE WHEN is_heard THEN weight * times ELSE 0 END) AS heard,
        SUM(CASE WHEN is_heard THEN 0 ELSE weight * times END) AS unanswered,
        MIN(CASE WHEN is_heard THEN age_days END) AS heard_days_ago,
        MIN(age_days) AS any_days_ago,
        MAX(occurred_at) AS last_at,
        MAX(source) AS source,
        BOOL_OR(is_heard) AS has_heard,
        BOOL_OR(is_said) AS has_said
    FROM seen
    GROUP BY src, dst, medium
)
SELECT
    by_medium.src,
    by_medium.dst,
    CAST(SUM(by_medium.times) AS BIGINT) AS interaction_count,
    SUM(by_medium.heard) AS heard,
    SUM(by_medium.unanswered) AS unanswered,
    MIN(by_medium.heard_days_ago) AS heard_days_ago,
    MIN(by_medium.any_days_ago) AS any_days_ago,
    MAX(by_medium.last_at) AS last_at,
    BOOL_OR(by_medium.has_heard) AND BOOL_OR(by_medium.has_said) AS is_reciprocal,
    MAX(by_medium.source) AS source,
    list_sort(list(by_medium.medium)) AS media,
    -- sorted as structs, so that engines whose aggregates know no order come out the same
    array_to_string(
        list_transform(
            list_sort(list(struct_pack(
                fewer := -by_medium.times,
                medium := by_medium.medium,
                words := CAST(by_medium.times AS VARCHAR) || ' '
                    || CASE WHEN by_medium.times = 1 THEN exchange_weight.one ELSE exchange_weight.many END
            ))),
            lambda entry: entry.words
        ),
        ', '
    ) AS words
FROM by_medium
JOIN exchange_weight ON exchange_weight.medium = by_medium.medium
GROUP BY by_medium.src, by_medium.dst
