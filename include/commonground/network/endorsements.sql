-- Whose review speaks to whom: `connected` when the reviewer is one recognised contact whom the prospect would listen to,
-- over one tie or two that run over nobody on the team; else `blind`, of which the best few are kept.
WITH opinions AS (
    SELECT
        review.feed,
        review.record_id,
        review.source,
        review.source_url,
        review.reviewer_name,
        review.expires_at IS NULL AS may_be_quoted,
        COALESCE(review.is_anonymous, false) AS is_anonymous,
        review.rating,
        LENGTH(TRIM(COALESCE(review.text, ''))) > 0 AS is_written,
        CASE
            WHEN LENGTH(review.text) > formula.excerpt_letters
                THEN SUBSTRING(review.text, 1, CAST(formula.excerpt_letters - 1 AS INTEGER)) || '…'
            ELSE review.text
        END AS excerpt,
        review.occurred_at,
        agent.agent_id,
        review.subject_type = 'team' AS is_of_team
    FROM review
    CROSS JOIN endorsement_formula AS formula
    CROSS JOIN night
    JOIN agent ON review.subject_type = 'team' OR (review.subject_type = 'agent' AND review.subject_agent_id = agent.agent_id)
    JOIN feed_setting AS setting ON setting.feed = review.feed
    WHERE (setting.purposes IS NULL OR list_contains(setting.purposes, 'reviews'))
      AND (review.rating >= formula.least_rating OR (review.rating IS NULL AND LENGTH(TRIM(COALESCE(review.text, ''))) > 0))
      AND (review.occurred_at IS NULL OR CAST(review.occurred_at AS DATE) <= night.as_of + INTERVAL '1' DAY)
),
named AS (
    SELECT profile.contact_id, LOWER(strip_accents(TRIM(regexp_replace(profile.full_name, '\s+', ' ', 'g')))) AS name
    FROM contact_profiles AS profile
    JOIN segments ON segments.contact_id = profile.contact_id
    WHERE NOT COALESCE(profile.is_agent, false)
      AND NOT COALESCE(profile.is_organization, false)
      AND NOT COALESCE(segments.do_not_contact, true)
),
dealt_with AS (
    SELECT ties.src AS agent_id, ties.dst AS contact_id
    FROM ties
    CROSS JOIN endorsement_formula AS formula
    JOIN agent ON agent.agent_id = ties.src
    WHERE ties.strength_without_interests >= formula.recognised_tie
       OR list_contains(ties.tie_types, 'past_client')
       OR list_contains(ties.tie_types, 'deal')
),
namesakes AS (
    SELECT DISTINCT opinions.feed, opinions.record_id, opinions.agent_id, named.contact_id
    FROM opinions
    JOIN named ON named.name = LOWER(strip_accents(TRIM(regexp_replace(opinions.reviewer_name, '\s+', ' ', 'g'))))
    JOIN dealt_with
        ON dealt_with.contact_id = named.contact_id AND (opinions.is_of_team OR dealt_with.agent_id = opinions.agent_id)
    WHERE NOT opinions.is_anonymous
),
reviewers AS (
    SELECT feed, record_id, agent_id, MIN(contact_id) AS contact_id
    FROM namesakes
    GROUP BY feed, record_id, agent_id
    HAVING COUNT(*) = 1
),
civil_ties AS (
    SELECT walkable_ties.src, walkable_ties.dst, walkable_ties.strength
    FROM walkable_ties
    LEFT JOIN agent AS speaker ON speaker.agent_id = walkable_ties.src
    LEFT JOIN agent AS hearer ON hearer.agent_id = walkable_ties.dst
    WHERE speaker.agent_id IS NULL AND hearer.agent_id IS NULL
),
voices AS (
    SELECT DISTINCT contact_id FROM reviewers
),
heard AS (
    SELECT voices.contact_id, ties.dst AS prospect_id, ties.strength
    FROM voices
    JOIN civil_ties AS ties ON ties.src = voices.contact_id
    UNION ALL
    SELECT voices.contact_id, onward.dst, ties.strength * onward.strength
    FROM voices
    JOIN civil_ties AS ties ON ties.src = voices.contact_id
    JOIN civil_ties AS onward ON onward.src = ties.dst
),
closeness AS (
    SELECT heard.contact_id, heard.prospect_id, MAX(heard.strength) AS closeness
    FROM heard
    JOIN path_prospects ON path_prospects.contact_id = heard.prospect_id
    CROSS JOIN endorsement_formula AS formula
    WHERE heard.contact_id <> heard.prospect_id
    GROUP BY heard.contact_id, heard.prospect_id, formula.closeness
    HAVING MAX(heard.strength) >= formula.closeness
),
connected AS (
    SELECT
        opinions.*,
        reviewers.contact_id AS reviewer_contact_id,
        closeness.prospect_id,
        closeness.closeness,
        CASE WHEN opinions.is_written THEN formula.connected_written ELSE formula.connected_rating END
            * (formula.connected_floor + (1 - formula.connected_floor) * closeness.closeness)
            * CASE WHEN opinions.is_of_team THEN formula.team_share ELSE 1 END AS weight
    FROM opinions
    CROSS JOIN endorsement_formula AS formula
    JOIN reviewers
        ON reviewers.feed = opinions.feed AND reviewers.record_id = opinions.record_id AND reviewers.agent_id = opinions.agent_id
    JOIN closeness ON closeness.contact_id = reviewers.contact_id
),
stranger_weight AS (
    SELECT
        opinions.*,
        reviewers.contact_id AS reviewer_contact_id,
        CASE WHEN opinions.is_written THEN formula.blind ELSE formula.blind_rating END
            * COALESCE(opinions.rating, formula.least_rating) / 5
            * CASE WHEN opinions.is_of_team THEN formula.team_share ELSE 1 END AS weight
    FROM opinions
    CROSS JOIN endorsement_formula AS formula
    LEFT JOIN reviewers
        ON reviewers.feed = opinions.feed AND reviewers.record_id = opinions.record_id AND reviewers.agent_id = opinions.agent_id
),
-- a review by nobody we know is blind for every prospect alike: the best few suffice before prospects come in
may_be_kept AS (
    SELECT stranger_weight.*
    FROM stranger_weight
    CROSS JOIN endorsement_formula AS formula
    QUALIFY stranger_weight.reviewer_contact_id IS NOT NULL OR ROW_NUMBER() OVER (
        PARTITION BY stranger_weight.agent_id, stranger_weight.reviewer_contact_id IS NULL
        ORDER BY stranger_weight.weight DESC, stranger_weight.occurred_at DESC NULLS LAST, stranger_weight.feed, stranger_weight.record_id
    ) <= formula.blind_kept
),
strangers AS (
    SELECT
        may_be_kept.* EXCLUDE (weight),
        path_prospects.contact_id AS prospect_id,
        CAST(NULL AS DOUBLE) AS closeness,
        may_be_kept.weight
    FROM may_be_kept
    CROSS JOIN path_prospects
    LEFT JOIN closeness
        ON closeness.contact_id = may_be_kept.reviewer_contact_id AND closeness.prospect_id = path_prospects.contact_id
    WHERE closeness.contact_id IS NULL
      -- nobody is told what they wrote themselves
      AND COALESCE(may_be_kept.reviewer_contact_id, '') <> path_prospects.contact_id
),
best_strangers AS (
    SELECT strangers.*
    FROM strangers
    CROSS JOIN endorsement_formula AS formula
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY strangers.agent_id, strangers.prospect_id
        ORDER BY strangers.weight DESC, strangers.occurred_at DESC NULLS LAST, strangers.feed, strangers.record_id
    ) <= formula.blind_kept
),
kept AS (
    SELECT 'connected' AS endorsement_type, * FROM connected
    UNION ALL
    SELECT 'blind', * FROM best_strangers
)
SELECT
    agent_id,
    prospect_id,
    feed AS review_feed,
    record_id AS review_id,
    endorsement_type,
    reviewer_contact_id,
    CASE WHEN may_be_quoted AND NOT is_anonymous THEN reviewer_name END AS reviewer_name,
    closeness,
    ROUND(weight, 6) AS weight,
    rating,
    -- what a source's terms make us forget is not written where it may be kept
    CASE WHEN may_be_quoted THEN excerpt END AS excerpt,
    source,
    source_url,
    occurred_at
FROM kept
ORDER BY agent_id, prospect_id, weight DESC, review_feed, review_id
