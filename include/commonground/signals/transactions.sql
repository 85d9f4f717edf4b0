-- Closings we know of, of everybody in the household: their home sold in the MLS (by them or to them), or a deal the CRM calls won.
-- Leases are none. A home's closing counts as a sale when they were there first, as a purchase when they came with it.
WITH team AS (
    SELECT DISTINCT unnest(mls_ids) AS mls_id FROM agent
),

bought_side AS (
    SELECT DISTINCT contact_id, ListingKey
    FROM contact_interactions
    WHERE ListingKey IS NOT NULL AND interaction_type IN ('inquiry', 'showing', 'open_house', 'property_save', 'property_view')
),

known_since AS (
    SELECT p.contact_id, CAST(min(p.created_at) AT TIME ZONE min(n.time_zone) AS DATE) AS known_on
    FROM contact_profiles AS p
    CROSS JOIN night AS n
    GROUP BY p.contact_id
),

failed_before AS (
    SELECT h.contact_id, min(v.ended_on) AS first_failed_on
    FROM contact_homes AS h
    JOIN listing_lives AS v ON v.feed = h.feed AND v.ListingKey = h.ListingKey
    JOIN known_since AS k ON k.contact_id = h.contact_id
    WHERE v.StandardStatus IN ('Expired', 'Canceled') AND NOT v.is_lease AND v.ended_on >= k.known_on
    GROUP BY h.contact_id
),

homes_closed AS (
    SELECT
        h.contact_id,
        CASE
            WHEN b.contact_id IS NOT NULL THEN 'buy'
            WHEN ours.mls_id IS NOT NULL AND theirs.mls_id IS NULL THEN 'sell'
            WHEN ours.mls_id IS NULL AND theirs.mls_id IS NOT NULL THEN 'buy'
            WHEN f.first_failed_on < v.ended_on THEN 'sell'
            WHEN k.known_on < v.starts_on THEN 'sell'
            ELSE 'buy'
        END AS side,
        v.ended_on AS closed_on,
        v.ListingKey,
        'home closed in the MLS' AS how
    FROM contact_homes AS h
    JOIN listing_lives AS v ON v.feed = h.feed AND v.ListingKey = h.ListingKey
    LEFT JOIN bought_side AS b ON b.contact_id = h.contact_id AND b.ListingKey = v.ListingKey
    LEFT JOIN team AS ours ON ours.mls_id = v.ListAgentMlsId
    LEFT JOIN team AS theirs ON theirs.mls_id = v.BuyerAgentMlsId
    LEFT JOIN failed_before AS f ON f.contact_id = h.contact_id
    LEFT JOIN known_since AS k ON k.contact_id = h.contact_id
    WHERE v.StandardStatus = 'Closed' AND NOT v.is_lease AND v.ended_on IS NOT NULL
),

lost AS (
    SELECT DISTINCT i.feed, i.record_id
    FROM contact_interactions AS i
    JOIN deal_word AS w ON w.meaning = 'lost' AND concat(' ', i.outcome_words, ' ') LIKE concat('% ', w.phrase, ' %')
    WHERE i.interaction_type = 'deal'
),

deals_won AS (
    SELECT DISTINCT
        i.contact_id,
        CASE WHEN i.is_about_selling THEN 'sell' ELSE 'buy' END AS side,
        i.occurred_on AS closed_on,
        i.ListingKey,
        'deal closed in the CRM' AS how
    FROM contact_interactions AS i
    JOIN deal_word AS w ON w.meaning = 'won' AND concat(' ', i.outcome_words, ' ') LIKE concat('% ', w.phrase, ' %')
    LEFT JOIN lost AS l ON l.feed = i.feed AND l.record_id = i.record_id
    WHERE i.interaction_type = 'deal' AND l.record_id IS NULL
),

closed AS (
    SELECT contact_id, side, closed_on, ListingKey, how FROM homes_closed
    UNION
    SELECT contact_id, side, closed_on, ListingKey, how FROM deals_won
)

SELECT
    h.contact_id,
    min(c.side) AS side,
    c.closed_on,
    c.ListingKey,
    c.how
FROM closed AS c
JOIN household_members AS m ON m.contact_id = c.contact_id
JOIN household_members AS h ON h.household = m.household
CROSS JOIN night AS n
WHERE c.closed_on <= n.as_of
GROUP BY h.contact_id, c.closed_on, c.ListingKey, c.how
