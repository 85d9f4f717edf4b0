-- How often records of one person in two sources come from one team member's books (m), and records of strangers (u).
WITH met_elsewhere AS (
    SELECT a.owner = b.owner AS is_same
    FROM edge AS e
    JOIN person_feature AS a ON a.rid = e.l
    JOIN person_feature AS b ON b.rid = e.r
    WHERE e.rule <> 'splink' AND a.source <> b.source AND a.owner <> 'team' AND b.owner <> 'team'
),
owner_share AS (
    SELECT count(*) / sum(count(*)) OVER () AS share FROM person_feature WHERE owner <> 'team' GROUP BY owner
)
SELECT
    (SELECT count(*) FILTER (WHERE is_same) + 8.0 FROM met_elsewhere) / (SELECT count(*) + 10.0 FROM met_elsewhere) AS m,
    (SELECT least(sum(share * share), 0.9) FROM owner_share) AS u
