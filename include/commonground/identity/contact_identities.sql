-- Clusters of records → contacts whose ids outlive the night: a cluster takes over the id that most of its records had.
-- An id goes to the cluster that holds most of its records; a cluster that is heir to several keeps the one it shares
-- most with. A team member's id is their agent_id.
WITH cluster_key AS (
    SELECT cluster, min(feed || '|' || record_id) AS first_key, min(agent_id) AS agent_id
    FROM linked
    GROUP BY cluster
),
overlap AS (
    SELECT l.cluster, p.contact_id, count(*) AS shared
    FROM linked AS l
    JOIN earlier_identity AS p ON p.feed = l.feed AND p.record_id = l.record_id
    GROUP BY l.cluster, p.contact_id
),
heir AS (
    SELECT o.contact_id, o.cluster, o.shared
    FROM overlap AS o
    JOIN cluster_key AS k ON k.cluster = o.cluster
    WHERE regexp_matches(o.contact_id, '^c[0-9a-f]{12}$')
    QUALIFY row_number() OVER (PARTITION BY o.contact_id ORDER BY o.shared DESC, k.first_key) = 1
),
inherited AS (
    SELECT cluster, contact_id
    FROM heir
    QUALIFY row_number() OVER (PARTITION BY cluster ORDER BY shared DESC, contact_id) = 1
),
fresh AS (
    SELECT
        k.cluster,
        'c' || left(sha1(k.first_key), 12) AS first_choice,
        'c' || left(sha1(k.first_key || '#' || n.run_id), 12) AS second_choice
    FROM cluster_key AS k
    CROSS JOIN night AS n
    WHERE k.agent_id IS NULL AND k.cluster NOT IN (SELECT cluster FROM inherited)
),
named AS (
    SELECT
        k.cluster,
        k.agent_id,
        coalesce(
            k.agent_id,
            i.contact_id,
            CASE WHEN e.contact_id IS NULL THEN f.first_choice ELSE f.second_choice END
        ) AS contact_id
    FROM cluster_key AS k
    LEFT JOIN inherited AS i ON i.cluster = k.cluster
    LEFT JOIN fresh AS f ON f.cluster = k.cluster
    LEFT JOIN (SELECT DISTINCT contact_id FROM earlier_identity) AS e ON e.contact_id = f.first_choice
)
SELECT
    n.contact_id,
    l.feed,
    l.record_id,
    l.source,
    l.match_probability,
    l.match_rule,
    l.match_detail,
    n.agent_id IS NOT NULL AS is_agent
FROM linked AS l
JOIN named AS n ON n.cluster = l.cluster
ORDER BY n.contact_id, l.feed, l.record_id
