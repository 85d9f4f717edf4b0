-- Where a feed has no history: what changed between the listing we had and the one that comes in. The event's id is made of listing, type
-- and moment, as the row's own are, so the same change is one event however often it is seen.
WITH newest AS (
    SELECT *
    FROM incoming_listing
    QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY modified_at DESC) = 1
),

pairs AS (
    SELECT
        n.*,
        s."StandardStatus" AS status_before,
        s."ListPrice" AS price_before,
        -- the row's own moment of the change, where it has a new one
        CASE WHEN n."StatusChangeTimestamp" IS DISTINCT FROM s."StatusChangeTimestamp" THEN n."StatusChangeTimestamp" END AS status_changed_at,
        CASE WHEN n."PriceChangeTimestamp" IS DISTINCT FROM s."PriceChangeTimestamp" THEN n."PriceChangeTimestamp" END AS price_changed_at
    FROM newest AS n
    JOIN stored_listing AS s ON s.record_id = n.record_id
    WHERE NOT n.is_deleted AND NOT s.is_deleted AND n.modified_at >= s.modified_at
),

changes AS (
    SELECT
        *,
        'status_change' AS event_type, 'StandardStatus' AS field, status_before AS before, "StandardStatus" AS after,
        coalesce(status_changed_at, modified_at) AS changed_at
    FROM pairs
    WHERE status_before <> "StandardStatus"
    UNION ALL
    -- on the market again: from anything that had taken it off
    SELECT
        *,
        'back_on_market' AS event_type, 'StandardStatus' AS field, status_before AS before, "StandardStatus" AS after,
        coalesce(status_changed_at, modified_at) AS changed_at
    FROM pairs
    WHERE "StandardStatus" = 'Active' AND status_before IN ('Pending', 'Active Under Contract', 'Hold', 'Withdrawn', 'Expired', 'Canceled', 'Closed')
    UNION ALL
    SELECT
        *,
        'price_change' AS event_type, 'ListPrice' AS field,
        CASE WHEN price_before = floor(price_before) THEN CAST(CAST(price_before AS BIGINT) AS VARCHAR) ELSE CAST(price_before AS VARCHAR) END AS before,
        CASE WHEN "ListPrice" = floor("ListPrice") THEN CAST(CAST("ListPrice" AS BIGINT) AS VARCHAR) ELSE CAST("ListPrice" AS VARCHAR) END AS after,
        coalesce(price_changed_at, modified_at) AS changed_at
    FROM pairs
    WHERE price_before <> "ListPrice"
)

SELECT
    feed,
    record_id || ':' || event_type || ':' || strftime(changed_at, '%Y-%m-%dT%H:%M:%S.') || left(strftime(changed_at, '%f'), 3) || 'Z' AS record_id,
    source,
    modified_at,
    run_id,
    source_url,
    source_file,
    source_line,
    expires_at,
    FALSE AS is_deleted,
    "ListingKey",
    event_type,
    field AS "FieldName",
    before AS "PreviousValue",
    after AS "NewValue",
    changed_at AS occurred_at
FROM changes
