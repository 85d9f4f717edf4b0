-- Which listings are of a contact's own home: the same address, or a home they asked us to sell.
WITH people AS (
    SELECT contact_id, address_key FROM contact_profiles WHERE NOT is_agent AND NOT coalesce(is_organization, FALSE)
),

addresses AS (
    SELECT address_key
    FROM people
    WHERE address_key <> ''
    GROUP BY address_key
    -- more people than this at one door is an office, a home for the elderly or a block without unit numbers, not a household
    HAVING count(*) <= 8
),

at_home AS (
    SELECT p.contact_id, v.feed, v.ListingKey
    FROM people AS p
    JOIN addresses AS a ON a.address_key = p.address_key
    JOIN listing_addresses AS l ON l.address_key = p.address_key
    JOIN listing_lives AS v ON v.feed = l.feed AND v.ListingKey = l.ListingKey
),

asked_to_sell AS (
    SELECT i.contact_id, i.listing_feed AS feed, i.ListingKey
    FROM contact_interactions AS i
    JOIN people AS p ON p.contact_id = i.contact_id
    WHERE i.ListingKey IS NOT NULL AND (i.interaction_type = 'seller_inquiry' OR (i.interaction_type = 'deal' AND i.is_about_selling))
)

SELECT contact_id, feed, ListingKey FROM at_home
UNION
SELECT contact_id, feed, ListingKey FROM asked_to_sell
