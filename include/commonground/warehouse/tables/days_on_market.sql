-- Days each listing has been on the market, counted here and never trusted from a feed's DaysOnMarket, which moves without saying so.
-- Where the MLS gives RESO's increment (RCP-51: base, timestamp, whether it runs), that is its own clock and is read as told. Else the clock
-- runs while the listing is Active or Active Under Contract, stops while it is not (Pending, Hold, Withdrawn), and runs on when it is back.
WITH clock AS (
    SELECT
        as_of,
        time_zone,
        -- the moment it counts as: now, or the end of an earlier day
        CASE
            WHEN CAST(started_at AT TIME ZONE time_zone AS DATE) = as_of THEN started_at
            ELSE CAST(as_of AS TIMESTAMP) AT TIME ZONE time_zone + INTERVAL 1 DAY
        END AS now_at
    FROM night
),

told AS (
    SELECT
        l.feed,
        l.record_id,
        lower(json_extract_string(l.local_fields, '$.DaysOnMarketIncrementYN')) AS is_running,
        TRY_CAST(json_extract_string(l.local_fields, '$.DaysOnMarketIncrementBase') AS DOUBLE) AS base,
        TRY_CAST(json_extract_string(l.local_fields, '$.DaysOnMarketIncrementTimestamp') AS TIMESTAMPTZ) AS since,
        json_extract_string(l.local_fields, '$.PropertyTimeZoneName') AS property_zone
    FROM listing AS l
    WHERE l.local_fields LIKE '%DaysOnMarketIncrementYN%'
),

increments AS (
    SELECT
        t.feed,
        t.record_id,
        CASE
            WHEN t.is_running = 'false' THEN CAST(t.base AS BIGINT)
            WHEN t.is_running = 'true' THEN CAST(t.base AS BIGINT) + greatest(0, CAST(floor(
                CASE
                    WHEN t.property_zone = c.time_zone
                        THEN date_diff('second', t.since AT TIME ZONE c.time_zone, c.now_at AT TIME ZONE c.time_zone)
                    ELSE date_diff('second', t.since, c.now_at)
                END / 86400.0
            ) AS BIGINT))
        END AS days
    FROM told AS t
    CROSS JOIN clock AS c
),

starts AS (
    SELECT
        l.feed,
        l.record_id,
        l."ListingKey",
        l."StandardStatus" AS status,
        coalesce(l."OnMarketDate", l."ListingContractDate", CAST(l."OriginalEntryTimestamp" AT TIME ZONE c.time_zone AS DATE)) AS listed_on,
        CAST(l."StatusChangeTimestamp" AT TIME ZONE c.time_zone AS DATE) AS changed_on,
        coalesce(l."PurchaseContractDate", CAST(l."PendingTimestamp" AT TIME ZONE c.time_zone AS DATE)) AS pending_on,
        CASE l."StandardStatus"
            WHEN 'Closed' THEN coalesce(l."OffMarketDate", l."CloseDate")
            WHEN 'Expired' THEN coalesce(l."OffMarketDate", l."ExpirationDate")
            WHEN 'Canceled' THEN coalesce(l."OffMarketDate", l."CancellationDate")
            WHEN 'Withdrawn' THEN coalesce(l."OffMarketDate", l."WithdrawnDate")
            ELSE l."OffMarketDate"
        END AS left_on
    FROM listing AS l
    CROSS JOIN clock AS c
),

-- every change of status that is known: the feed's history or our own, and what the listing says of its present state
changes AS (
    SELECT
        s.feed,
        s.record_id,
        CAST(e.occurred_at AT TIME ZONE c.time_zone AS DATE) AS changed_on,
        e.occurred_at AS changed_at,
        1 AS place,
        e."PreviousValue" AS status_before,
        e."NewValue" AS status
    FROM listing_event AS e
    JOIN starts AS s ON s.feed = e.feed AND s."ListingKey" = e."ListingKey"
    CROSS JOIN clock AS c
    WHERE e.event_type = 'status_change'
    UNION ALL
    SELECT feed, record_id, pending_on, CAST(NULL AS TIMESTAMPTZ), 0, CAST(NULL AS VARCHAR), 'Pending' FROM starts
    WHERE pending_on IS NOT NULL AND status NOT IN ('Active', 'Active Under Contract', 'Coming Soon')
    UNION ALL
    SELECT feed, record_id, coalesce(left_on, changed_on), CAST(NULL AS TIMESTAMPTZ), 2, CAST(NULL AS VARCHAR), status FROM starts
    WHERE coalesce(left_on, changed_on) IS NOT NULL AND status NOT IN ('Active', 'Active Under Contract')
),

ordered AS (
    SELECT
        *,
        lead(changed_on) OVER (PARTITION BY feed, record_id ORDER BY changed_on, place, changed_at, status) AS until,
        row_number() OVER (PARTITION BY feed, record_id ORDER BY changed_on, place, changed_at, status) AS nth
    FROM changes
),

stretches AS (
    SELECT s.feed, s.record_id, s.listed_on AS begins_on, o.changed_on AS ends_on,
        coalesce(o.status_before, CASE WHEN o.nth IS NULL THEN s.status ELSE 'Active' END) AS status
    FROM starts AS s
    LEFT JOIN ordered AS o ON o.feed = s.feed AND o.record_id = s.record_id AND o.nth = 1
    UNION ALL
    SELECT feed, record_id, changed_on, until, status FROM ordered
),

counted AS (
    SELECT
        t.feed,
        t.record_id,
        sum(greatest(0, date_diff('day', greatest(t.begins_on, s.listed_on), least(coalesce(t.ends_on, c.as_of), c.as_of)))) AS days
    FROM stretches AS t
    JOIN starts AS s ON s.feed = t.feed AND s.record_id = t.record_id
    CROSS JOIN clock AS c
    WHERE t.status IN ('Active', 'Active Under Contract')
    GROUP BY t.feed, t.record_id
)

SELECT
    s.feed,
    s.record_id,
    CAST(coalesce(i.days, n.days, CASE WHEN s.listed_on IS NOT NULL THEN 0 END) AS BIGINT) AS days_on_market
FROM starts AS s
LEFT JOIN increments AS i ON i.feed = s.feed AND i.record_id = s.record_id
LEFT JOIN counted AS n ON n.feed = s.feed AND n.record_id = s.record_id AND s.listed_on IS NOT NULL
