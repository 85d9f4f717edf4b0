-- What each cluster found so far shows of its person, as far as it speaks for or against another of the same name.
WITH member AS (
    SELECT c.cluster, f.*
    FROM looked_at AS c
    JOIN person_feature AS f ON f.rid = c.rid
    WHERE NOT f.is_nameless AND f.person_type <> 'organization'
)
SELECT
    cluster,
    bool_and(mails IS NULL AND numbers IS NULL AND street_key IS NULL AND birth_key IS NULL AND agent_id IS NULL) AS is_thin,
    bool_or(owner IS NOT NULL) AS is_ours,
    count(*) AS size,
    list(DISTINCT source ORDER BY source) FILTER (WHERE source IS NOT NULL) AS sources,
    list(DISTINCT owner ORDER BY owner) FILTER (WHERE owner <> 'team') AS owners,
    list(DISTINCT generation ORDER BY generation) FILTER (WHERE generation IS NOT NULL) AS generations,
    list(DISTINCT agent_id ORDER BY agent_id) FILTER (WHERE agent_id IS NOT NULL) AS agents,
    flatten(list(mails ORDER BY rid) FILTER (WHERE mails IS NOT NULL)) AS mails,
    flatten(list(numbers ORDER BY rid) FILTER (WHERE numbers IS NOT NULL)) AS numbers,
    flatten(list(handles ORDER BY rid) FILTER (WHERE handles IS NOT NULL)) AS handles,
    flatten(list(sites ORDER BY rid) FILTER (WHERE sites IS NOT NULL)) AS sites,
    list(DISTINCT street_key ORDER BY street_key) FILTER (WHERE street_key IS NOT NULL) AS streets,
    list(DISTINCT city_key ORDER BY city_key) FILTER (WHERE city_key IS NOT NULL) AS cities,
    list(DISTINCT state_key ORDER BY state_key) FILTER (WHERE state_key IS NOT NULL) AS states,
    list(DISTINCT employer_key ORDER BY employer_key) FILTER (WHERE employer_key IS NOT NULL) AS employers,
    max(birth_key) AS birth_key
FROM member
GROUP BY cluster
