-- Which night the pages show, and how its groups stand.
SELECT
    m.run_id,
    m.as_of,
    m.market,
    m.built_at AT TIME ZONE 'UTC' AS built_at,
    date_diff('second', m.built_at, now()) / 3600.0 AS age_hours,
    (SELECT count(*) FROM segment_now) AS now_count,
    (SELECT count(*) FROM segment_later) AS later_count,
    (SELECT count(*) FROM segment_evangelist) AS evangelist_count,
    (SELECT count(*) FROM segments WHERE segment = 'unplaced' AND NOT do_not_contact) AS unplaced_count,
    (SELECT count(*) FROM segments WHERE do_not_contact) AS closed_count,
    (SELECT count(*) FROM _today) AS today_count,
    (SELECT list(feed ORDER BY feed) FROM feeds WHERE is_enabled AND is_stale) AS stale_feeds
FROM _meta AS m
