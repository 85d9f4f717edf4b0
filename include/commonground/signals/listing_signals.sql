-- Sellers who are free again: their own home's listing expired or was canceled. Withdrawn and Hold still have a contract and are never a sign;
-- leases are none. It ends the day another listing of the same home begins, or the listing leaves that status.
WITH changes AS (
    SELECT
        e.feed,
        e.ListingKey,
        e.NewValue,
        CAST(e.occurred_at AT TIME ZONE n.time_zone AS DATE) AS changed_on,
        lead(CAST(e.occurred_at AT TIME ZONE n.time_zone AS DATE)) OVER (
            PARTITION BY e.feed, e.ListingKey ORDER BY e.occurred_at, e.record_id
        ) AS left_on
    FROM listing_event AS e
    CROSS JOIN night AS n
    WHERE e.event_type = 'status_change' AND coalesce(e.FieldName, 'StandardStatus') = 'StandardStatus'
),

failures AS (
    SELECT feed, ListingKey, StandardStatus AS failed_as, ended_on AS failed_on, CAST(NULL AS DATE) AS left_on
    FROM listing_lives
    WHERE StandardStatus IN ('Expired', 'Canceled') AND ended_on IS NOT NULL AND NOT is_lease
    UNION ALL
    -- and what was so once, for the past nights
    SELECT c.feed, c.ListingKey, c.NewValue, c.changed_on, coalesce(c.left_on, v.status_changed_on, c.changed_on)
    FROM changes AS c
    JOIN listing_lives AS v ON v.feed = c.feed AND v.ListingKey = c.ListingKey
    WHERE c.NewValue IN ('Expired', 'Canceled') AND NOT v.is_lease AND (c.left_on IS NOT NULL OR v.StandardStatus NOT IN ('Expired', 'Canceled'))
),

other_listings AS (
    SELECT
        f.feed,
        f.ListingKey,
        f.failed_on,
        greatest(other.starts_on, f.failed_on) AS begins_on
    FROM (SELECT DISTINCT feed, ListingKey, failed_on FROM failures) AS f
    JOIN listing_lives AS own ON own.feed = f.feed AND own.ListingKey = f.ListingKey
    JOIN listing_homes AS here ON here.feed = f.feed AND here.ListingKey = f.ListingKey
    JOIN listing_homes AS there ON there.home_key = here.home_key
    JOIN listing_lives AS other ON other.feed = there.feed AND other.ListingKey = there.ListingKey
    WHERE (other.feed <> f.feed OR other.ListingKey <> f.ListingKey)
      AND (here.home_key NOT LIKE 'parcel:%' OR (
        coalesce(here.unit, there.unit, '') = coalesce(there.unit, here.unit, '')
        AND coalesce(here.postal_code, there.postal_code, '') = coalesce(there.postal_code, here.postal_code, '')
      ))
      AND CASE
        WHEN other.StandardStatus = 'Closed' THEN other.ended_on >= coalesce(own.starts_on, f.failed_on)
        -- a contract that still exists keeps the seller bound, if it is the later one
        WHEN other.StandardStatus IN ('Withdrawn', 'Hold') THEN other.starts_on > coalesce(own.starts_on, f.failed_on)
        -- the failure that came last is the one to speak of; one home listed in two MLSs is one failure
        WHEN other.StandardStatus IN ('Expired', 'Canceled') THEN NOT other.is_lease AND (
            other.ended_on > f.failed_on
            OR (other.ended_on = f.failed_on AND (other.starts_on > own.starts_on OR (other.starts_on = own.starts_on AND other.ListingKey > f.ListingKey)))
        )
        ELSE TRUE
      END
),

ends AS (
    SELECT feed, ListingKey, failed_on, min(coalesce(begins_on, failed_on)) AS relisted_on
    FROM other_listings
    GROUP BY feed, ListingKey, failed_on
),

names AS (
    SELECT c.contact_id, p.given_name AS name FROM person AS p JOIN contact_identities AS c ON c.feed = p.feed AND c.record_id = p.record_id
    UNION
    SELECT c.contact_id, p.family_name FROM person AS p JOIN contact_identities AS c ON c.feed = p.feed AND c.record_id = p.record_id
    UNION
    SELECT c.contact_id, p.former_family_name FROM person AS p JOIN contact_identities AS c ON c.feed = p.feed AND c.record_id = p.record_id
    UNION
    SELECT contact_id, given_name FROM contact_profiles
    UNION
    SELECT contact_id, family_name FROM contact_profiles
),

household_names AS (
    SELECT DISTINCT
        m.household,
        trim(regexp_replace(translate(lower(n.name), 'áàâäãéèêëíìîïóòôöõúùûüñç', 'aaaaaeeeeiiiiooooouuuunc'), '[^a-z]+', ' ', 'g')) AS words
    FROM names AS n
    JOIN household_members AS m ON m.contact_id = n.contact_id
    WHERE length(n.name) >= 2
),

-- Where the MLS names the owner, and nobody of the household bears a name in it, they rent the home or have moved away.
owners AS (
    SELECT h.contact_id, h.feed, h.ListingKey, bool_or(concat(' ', v.owner_words, ' ') LIKE concat('% ', n.words, ' %')) AS is_named
    FROM contact_homes AS h
    JOIN listing_lives AS v ON v.feed = h.feed AND v.ListingKey = h.ListingKey
    JOIN household_members AS m ON m.contact_id = h.contact_id
    JOIN household_names AS n ON n.household = m.household AND n.words <> ''
    WHERE v.owner_words IS NOT NULL
    GROUP BY h.contact_id, h.feed, h.ListingKey
)

SELECT
    h.contact_id,
    CASE f.failed_as WHEN 'Expired' THEN 'listing_expired' ELSE 'listing_canceled' END AS signal_type,
    'sell' AS side,
    f.failed_on AS observed_at,
    least(f.left_on, e.relisted_on) AS ended_on,
    coalesce(v.is_in_area, p.in_service_area, FALSE) AS concerns_service_area,
    f.ListingKey,
    concat(
        'The listing of ', v.home, ' ', CASE f.failed_as WHEN 'Expired' THEN 'expired' ELSE 'was canceled' END, ' on ', CAST(f.failed_on AS VARCHAR),
        CASE WHEN f.left_on IS NULL AND e.relisted_on IS NULL THEN '; no newer listing of that home is known' ELSE '' END
    ) AS evidence_text,
    v.source AS evidence_source,
    v.feed AS evidence_feed,
    v.record_id AS evidence_record_id,
    v.source_url AS evidence_url
FROM failures AS f
JOIN listing_lives AS v ON v.feed = f.feed AND v.ListingKey = f.ListingKey
JOIN contact_homes AS h ON h.feed = f.feed AND h.ListingKey = f.ListingKey
JOIN contact_profiles AS p ON p.contact_id = h.contact_id
LEFT JOIN ends AS e ON e.feed = f.feed AND e.ListingKey = f.ListingKey AND e.failed_on = f.failed_on
LEFT JOIN owners AS o ON o.contact_id = h.contact_id AND o.feed = h.feed AND o.ListingKey = h.ListingKey
WHERE coalesce(o.is_named, TRUE)
