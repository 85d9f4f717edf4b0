-- Every tie with its strength, each part of it, and why we believe it, in words. Directed: how far dst would listen to src.
WITH open_common_ground AS (
    SELECT agent_id, contact_id, COUNT(*) AS interests, SUM(CAST(rarity AS DECIMAL(18, 6))) AS rarity
    FROM common_ground
    WHERE policy_class = 'open'
    GROUP BY agent_id, contact_id
),
common_ground_both_ways AS (
    SELECT agent_id AS src, contact_id AS dst, interests, rarity FROM open_common_ground
    UNION ALL
    SELECT contact_id, agent_id, interests, rarity FROM open_common_ground WHERE contact_id NOT IN (SELECT agent_id FROM agent)
),
pairs AS (
    SELECT src, dst FROM pair_exchanges
    UNION
    SELECT src, dst FROM stated_ties
    UNION
    SELECT src, dst FROM shared_circles
),
parts AS (
    SELECT
        pairs.src,
        pairs.dst,
        formula.recency * COALESCE(CASE
            WHEN exchanged.is_reciprocal THEN EXP(-exchanged.heard_days_ago / formula.recency_days)
            ELSE formula.unanswered * EXP(-exchanged.any_days_ago / formula.recency_days)
        END, 0) AS recency,
        formula.volume * LN(1 + LEAST(
            COALESCE(exchanged.heard + exchanged.unanswered * formula.unanswered, 0),
            CASE WHEN exchanged.is_reciprocal THEN 1e9 ELSE formula.one_sided_cap END
        )) AS volume,
        CASE WHEN exchanged.is_reciprocal THEN formula.reciprocity ELSE 0 END AS reciprocity,
        formula.circles * LEAST(COALESCE(circles.closeness, 0), formula.circle_cap) AS circles,
        formula.common_ground * LEAST(COALESCE(ground.rarity, 0), formula.common_ground_cap) AS common_ground,
        COALESCE(stated.kind_base, 0) AS kind_base,
        COALESCE(stated.endorsement, 0) AS endorsement,
        formula.floor,
        formula.span,
        COALESCE(exchanged.interaction_count, 0) AS interaction_count,
        COALESCE(exchanged.last_at, stated.last_at) AS last_at,
        COALESCE(exchanged.is_reciprocal, false) AS is_reciprocal,
        list_sort(list_distinct(list_concat(
            COALESCE(exchanged.media, CAST([] AS VARCHAR[])),
            list_concat(COALESCE(stated.tie_types, CAST([] AS VARCHAR[])), COALESCE(circles.tie_types, CAST([] AS VARCHAR[])))
        ))) AS tie_types,
        COALESCE(exchanged.source, stated.source, circles.source) AS evidence_source,
        CONCAT_WS(
            '; ',
            exchanged.words || COALESCE(', last on ' || CAST(CAST(exchanged.last_at AS DATE) AS VARCHAR), ''),
            stated.words,
            circles.words,
            CASE WHEN ground.interests = 1 THEN '1 interest in common' ELSE CAST(ground.interests AS VARCHAR) || ' interests in common' END
        ) AS evidence_text
    FROM pairs
    CROSS JOIN tie_formula AS formula
    LEFT JOIN pair_exchanges AS exchanged ON exchanged.src = pairs.src AND exchanged.dst = pairs.dst
    LEFT JOIN stated_ties AS stated ON stated.src = pairs.src AND stated.dst = pairs.dst
    LEFT JOIN shared_circles AS circles ON circles.src = pairs.src AND circles.dst = pairs.dst
    LEFT JOIN common_ground_both_ways AS ground ON ground.src = pairs.src AND ground.dst = pairs.dst
),
summed AS (
    SELECT *, recency + volume + reciprocity + circles + kind_base + endorsement AS x_without_interests
    FROM parts
)
SELECT
    src,
    dst,
    ROUND(floor + span * (1 - EXP(-(x_without_interests + common_ground))), 6) AS strength,
    -- what membership in a group may be decided by: nothing anybody loves is in it
    ROUND(floor + span * (1 - EXP(-x_without_interests)), 6) AS strength_without_interests,
    tie_types,
    interaction_count,
    last_at,
    is_reciprocal,
    evidence_text,
    evidence_source,
    CAST(to_json(struct_pack(
        recency := ROUND(recency, 4),
        volume := ROUND(volume, 4),
        reciprocity := ROUND(reciprocity, 4),
        circles := ROUND(circles, 4),
        common_ground := ROUND(common_ground, 4),
        kind_base := ROUND(kind_base, 4),
        endorsement := ROUND(endorsement, 4)
    )) AS VARCHAR) AS parts
FROM summed
ORDER BY src, dst
