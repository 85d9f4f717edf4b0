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
hops_of AS (
    SELECT
        kept.agent_id,
        kept.prospect_id,
        kept.rank,
        kept.hops,
        kept.first,
        kept.second,
        kept.strength,
        one.strength AS strength_1,
        COALESCE(two.strength, 1) AS strength_2,
        COALESCE(three.strength, 1) AS strength_3,
        COALESCE(one.evidence_text, '') AS evidence_1,
        COALESCE(two.evidence_text, '') AS evidence_2,
        COALESCE(three.evidence_text, '') AS evidence_3,
        COALESCE(agent.full_name, kept.agent_id) AS agent_name,
        COALESCE(prospect.full_name, kept.prospect_id) AS prospect_name,
        COALESCE(introducer.full_name, kept.first) AS first_name,
        COALESCE(next_one.full_name, kept.second) AS second_name,
        COALESCE(introducer.segment, 'unplaced') AS first_segment,
        COALESCE(next_one.segment, 'unplaced') AS second_segment
    FROM kept
    JOIN ties AS one ON one.src = kept.agent_id AND one.dst = COALESCE(kept.first, kept.prospect_id)
    LEFT JOIN ties AS two ON two.src = kept.first AND two.dst = COALESCE(kept.second, kept.prospect_id)
    LEFT JOIN ties AS three ON three.src = kept.second AND three.dst = kept.prospect_id
    LEFT JOIN people AS agent ON agent.contact_id = kept.agent_id
    LEFT JOIN people AS prospect ON prospect.contact_id = kept.prospect_id
    LEFT JOIN people AS introducer ON introducer.contact_id = kept.first
    LEFT JOIN people AS next_one ON next_one.contact_id = kept.second
)
SELECT
    agent_id,
    prospect_id,
    CAST(rank AS BIGINT) AS rank,
    CAST(hops AS BIGINT) AS hops,
    CASE hops WHEN 1 THEN CAST([] AS VARCHAR[]) WHEN 2 THEN [first] ELSE [first, second] END AS via,
    CASE hops WHEN 1 THEN CAST([] AS VARCHAR[]) WHEN 2 THEN [first_segment] ELSE [first_segment, second_segment] END AS via_segments,
    strength,
    LEAST(strength_1, strength_2, strength_3) AS weakest_tie_strength,
    CASE
        WHEN hops = 1 THEN agent_name || ' → ' || prospect_name
        WHEN strength_1 <= LEAST(strength_2, strength_3) THEN agent_name || ' → ' || first_name
        WHEN hops = 2 THEN first_name || ' → ' || prospect_name
        WHEN strength_2 <= strength_3 THEN first_name || ' → ' || second_name
        ELSE second_name || ' → ' || prospect_name
    END AS weakest_tie,
    CASE hops WHEN 1 THEN [evidence_1] WHEN 2 THEN [evidence_1, evidence_2] ELSE [evidence_1, evidence_2, evidence_3] END AS evidence
FROM hops_of
ORDER BY agent_id, prospect_id, rank
