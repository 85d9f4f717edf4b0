-- Every contact in exactly one group, the first that fits: now, later, evangelist, unplaced; with the reasons in words.
-- What decides is need, property, distance and ties. Common ground of the open kind may lift evangelists within their group, nothing else.
-- score: now = need score; later = 0.4 closeness + 0.4 years in the home (of 12) + 0.2 need score; evangelist = closeness times one half to one,
-- rising with reach into the area (0.3) and the rarest open common ground (0.2); unplaced = 0.
WITH needs AS (
    SELECT s.contact_id, s.score, s.strongest_signal_id
    FROM need_scores AS s
    JOIN night AS n ON n.as_of = s.evaluated_on
),

live AS (
    SELECT
        *, row_number() OVER (PARTITION BY contact_id ORDER BY weight_now DESC, is_shared, observed_at DESC, signal_id) AS place
    FROM signals
    WHERE concerns_service_area
),

facts AS (
    SELECT
        contact_id,
        list(evidence_text ORDER BY place) FILTER (WHERE place <= 3) AS reasons,
        max(CASE WHEN place = 1 THEN signal_type END) AS strongest_type
    FROM live
    GROUP BY contact_id
),

shared AS (
    SELECT g.contact_id, least(1.0, greatest(0.0, max(g.rarity))) AS rarest
    FROM common_ground AS g
    WHERE g.policy_class = 'open'
    GROUP BY g.contact_id
),

known AS (
    SELECT
        c.*,
        coalesce(w.score, 0.0) AS need,
        f.reasons AS need_reasons,
        f.strongest_type,
        l.reason AS property_reason,
        l.theirs_since,
        coalesce(a.strength, 0.0) AS closeness,
        a.agent_name,
        a.interaction_count,
        CAST(a.last_at AT TIME ZONE n.time_zone AS DATE) AS tie_last_on,
        coalesce(r.prospect_count, 0) AS prospect_count,
        coalesce(r.best_strength, 0.0) AS reach_strength,
        coalesce(s.rarest, 0.0) AS rarest,
        least(1.0, coalesce(date_diff('day', l.theirs_since, n.as_of), 0) / (12 * 365.25)) AS tenure,
        n.as_of,
        CASE
            WHEN c.is_organization THEN 'unplaced'
            WHEN w.score >= p.now_score THEN 'now'
            WHEN l.contact_id IS NOT NULL THEN 'later'
            WHEN NOT c.in_service_area AND a.strength_without_interests >= p.evangelist_tie_strength THEN 'evangelist'
            ELSE 'unplaced'
        END AS segment
    FROM contacts AS c
    CROSS JOIN night AS n
    CROSS JOIN segment_policy AS p
    LEFT JOIN needs AS w ON w.contact_id = c.contact_id
    LEFT JOIN facts AS f ON f.contact_id = c.contact_id
    LEFT JOIN local_property AS l ON l.contact_id = c.contact_id
    LEFT JOIN closest_agents AS a ON a.contact_id = c.contact_id
    LEFT JOIN reach AS r ON r.contact_id = c.contact_id
    LEFT JOIN shared AS s ON s.contact_id = c.contact_id
),

worded AS (
    SELECT
        k.*,
        concat('Lives in ', coalesce(nullif(concat_ws(', ', city, state), ''), postal_code, 'another place'),
            CASE WHEN distance_km IS NOT NULL THEN concat(', ', CAST(CAST(round(distance_km) AS BIGINT) AS VARCHAR), ' km away') ELSE '' END) AS place_words,
        concat('closeness to ', agent_name, ' ', CAST(CAST(closeness AS DECIMAL(4, 2)) AS VARCHAR),
            CASE WHEN interaction_count > 0 THEN concat(', ', CAST(interaction_count AS VARCHAR), CASE interaction_count WHEN 1 THEN ' exchange' ELSE ' exchanges' END) ELSE '' END,
            CASE WHEN tie_last_on IS NOT NULL THEN concat(', the last on ', CAST(tie_last_on AS VARCHAR)) ELSE '' END) AS tie_words,
        concat('Need score ', CAST(CAST(need AS DECIMAL(4, 2)) AS VARCHAR), ', under the threshold') AS weak_need_words
    FROM known AS k
)

SELECT
    w.contact_id,
    w.segment,
    round(CASE w.segment
        WHEN 'now' THEN w.need
        WHEN 'later' THEN 0.4 * w.closeness + 0.4 * w.tenure + 0.2 * w.need
        WHEN 'evangelist' THEN w.closeness * (0.5 + 0.3 * (1 - 1 / (1 + w.prospect_count * w.reach_strength)) + 0.2 * w.rarest)
        ELSE 0.0
    END, 6) AS score,
    list_filter(CASE w.segment
        WHEN 'now' THEN w.need_reasons
        WHEN 'later' THEN [
            w.property_reason,
            CASE WHEN w.theirs_since IS NOT NULL THEN concat('Theirs since ', CAST(w.theirs_since AS VARCHAR)) END,
            CASE WHEN w.closeness > 0 THEN concat('Known to the team: ', w.tie_words) END,
            CASE WHEN w.need > 0 THEN concat(w.weak_need_words, ': ', w.need_reasons[1]) ELSE 'No live sign of a need' END
        ]
        WHEN 'evangelist' THEN [
            w.place_words,
            concat('A real relationship: ', w.tie_words),
            CASE WHEN w.prospect_count > 0 THEN concat('Knows, or has a friend who knows, ', CAST(w.prospect_count AS VARCHAR), CASE w.prospect_count WHEN 1 THEN ' person' ELSE ' people' END, ' here whom the team hardly knows') END
        ]
        ELSE [
            CASE
                WHEN w.is_organization THEN 'A company or office, not a person'
                WHEN w.in_service_area IS NULL THEN 'Too little known: nothing says where they live'
                WHEN w.closeness > 0 THEN concat(w.place_words, '; no relationship yet beyond ', w.tie_words)
                ELSE concat(w.place_words, '; no relationship with anybody on the team yet')
            END,
            CASE WHEN w.need > 0 THEN concat(w.weak_need_words, ': ', w.need_reasons[1]) END
        ]
    END, lambda reason: reason IS NOT NULL) AS reasons,
    CASE WHEN before.segment = w.segment THEN coalesce(before.since, w.as_of) ELSE w.as_of END AS since,
    CASE
        WHEN w.do_not_contact THEN 'Leave them alone: they opted out'
        WHEN w.is_organization THEN 'Nothing to do'
        WHEN w.segment = 'now' AND w.strongest_type IN ('listing_expired', 'listing_canceled')
            THEN 'Call: ask what they would like to do with the home now, and listen before offering help'
        WHEN w.segment = 'now' AND w.strongest_type = 'seller_inquiry' THEN 'Call: answer what they asked about their home'
        WHEN w.segment = 'now' AND w.strongest_type IN ('showing', 'open_house') THEN 'Call: ask what they thought of the home, and what they would see next'
        WHEN w.segment = 'now' AND w.strongest_type IN ('open_deal', 'stage_active', 'stage_hot') THEN 'Call: agree on the next step of what is already under way'
        WHEN w.segment = 'now' THEN 'Call: answer what they asked, and ask what they are looking for'
        WHEN w.segment = 'later' THEN 'Stay in touch with something useful about the town, and ask for nothing'
        WHEN w.segment = 'evangelist' THEN 'Write or call as a friend about something you share, and ask for nothing'
        WHEN w.in_service_area IS NULL THEN 'Find out where they live'
        ELSE 'Get to know them when there is a real occasion'
    END AS next_step,
    CASE
        WHEN w.do_not_contact OR w.is_organization THEN NULL
        WHEN w.segment = 'now' AND array_length(w.phones) > 0 THEN 'phone'
        WHEN array_length(w.emails) > 0 THEN 'email'
        WHEN array_length(w.phones) > 0 THEN 'phone'
        WHEN array_length(w.urls) > 0 THEN 'message'
    END AS channel,
    CASE WHEN NOT w.do_not_contact AND NOT w.is_organization THEN d.cadence_days END AS cadence_days,
    w.do_not_contact
FROM worded AS w
LEFT JOIN segment_cadence AS d ON d.segment = w.segment
LEFT JOIN previous_segments AS before ON before.contact_id = w.contact_id
