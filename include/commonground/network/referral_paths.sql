-- The best path from each agent to each prospect, then the best that is left without the one asked first, then once more;
-- with what makes each tie on the way believable.
WITH ordered AS (
    SELECT
        *,
        ROW_NUMBER() OVER (
            PARTITION BY agent_id, prospect_id ORDER BY strength DESC, hops, COALESCE(first, ''), COALESCE(second, '')
        ) AS place
    FROM path_candidates
),
best AS (
    SELECT * FROM ordered WHERE place = 1
),
without_best AS (
    SELECT ordered.*
    FROM ordered
    JOIN best ON best.agent_id = ordered.agent_id AND best.prospect_id = ordered.prospect_id
    WHERE COALESCE(ordered.first, '') <> COALESCE(best.first, '')
      AND (ordered.second IS NULL OR ordered.second <> COALESCE(best.first, ''))
),
second_best AS (
    SELECT *
    FROM without_best
    QUALIFY ROW_NUMBER() OVER (PARTITION BY agent_id, prospect_id ORDER BY place) = 1
),
without_both AS (
    SELECT without_best.*
    FROM without_best
    JOIN second_best ON second_best.agent_id = without_best.agent_id AND second_best.prospect_id = without_best.prospect_id
    WHERE COALESCE(without_best.first, '') <> COALESCE(second_best.first, '')
      AND (without_best.second IS NULL OR without_best.second <> COALESCE(second_best.first, ''))
),
third_best AS (
    SELECT *
    FROM without_both
    QUALIFY ROW_NUMBER() OVER (PARTITION BY agent_id, prospect_id ORDER BY place) = 1
),
kept AS (
    SELECT *, 1 AS rank FROM best
    UNION ALL
    SELECT *, 2 FROM second_best
    UNION ALL
    SELECT *, 3 FROM third_best
),
people AS (
    SELECT
        profile.contact_id,
        COALESCE(profile.full_name, profile.contact_id) AS full_name,
        CASE WHEN agent.agent_id IS NOT NULL THEN 'agent' ELSE segments.segment END AS segment
    FROM contact_profiles AS profile
    LEFT JOIN segments ON segments.contact_id = profile.contact_id
    LEFT JOIN agent ON agent.agent_id = profile.contact_id
),
steps AS (
    SELECT agent_id, prospect_id, rank, 1 AS step, agent_id AS src, COALESCE(first, prospect_id) AS dst FROM kept
    UNION ALL
    SELECT agent_id, prospect_id, rank, 2, first, COALESCE(second, prospect_id) FROM kept WHERE hops >= 2
    UNION ALL
    SELECT agent_id, prospect_id, rank, 3, second, prospect_id FROM kept WHERE hops = 3
),
believed AS (
    SELECT
        steps.agent_id,
        steps.prospect_id,
        steps.rank,
        list(COALESCE(ties.evidence_text, '') ORDER BY steps.step) AS evidence,
        list(COALESCE(people.segment, 'unplaced') ORDER BY steps.step) FILTER (WHERE steps.dst <> steps.prospect_id) AS via_segments,
        MIN(ties.strength) AS weakest_tie_strength
    FROM steps
    JOIN ties ON ties.src = steps.src AND ties.dst = steps.dst
    LEFT JOIN people ON people.contact_id = steps.dst
    GROUP BY steps.agent_id, steps.prospect_id, steps.rank
),
weakest AS (
    SELECT
        steps.agent_id,
        steps.prospect_id,
        steps.rank,
        COALESCE(speaker.full_name, steps.src) || ' → ' || COALESCE(hearer.full_name, steps.dst) AS weakest_tie
    FROM steps
    JOIN ties ON ties.src = steps.src AND ties.dst = steps.dst
    LEFT JOIN people AS speaker ON speaker.contact_id = steps.src
    LEFT JOIN people AS hearer ON hearer.contact_id = steps.dst
    QUALIFY ROW_NUMBER() OVER (PARTITION BY steps.agent_id, steps.prospect_id, steps.rank ORDER BY ties.strength, steps.step) = 1
)
SELECT
    kept.agent_id,
    kept.prospect_id,
    CAST(kept.rank AS BIGINT) AS rank,
    CAST(kept.hops AS BIGINT) AS hops,
    CASE kept.hops
        WHEN 1 THEN CAST([] AS VARCHAR[])
        WHEN 2 THEN [kept.first]
        ELSE [kept.first, kept.second]
    END AS via,
    COALESCE(believed.via_segments, CAST([] AS VARCHAR[])) AS via_segments,
    kept.strength,
    believed.weakest_tie_strength,
    weakest.weakest_tie,
    believed.evidence
FROM kept
JOIN believed ON believed.agent_id = kept.agent_id AND believed.prospect_id = kept.prospect_id AND believed.rank = kept.rank
JOIN weakest ON weakest.agent_id = kept.agent_id AND weakest.prospect_id = kept.prospect_id AND weakest.rank = kept.rank
ORDER BY kept.agent_id, kept.prospect_id, kept.rank
