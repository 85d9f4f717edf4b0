-- The clusters found, back by feed and record.
SELECT
    p.feed,
    p.record_id,
    p.source,
    p.agent_id,
    c.cluster,
    c.match_probability,
    c.match_rule,
    c.match_detail
FROM person AS p
JOIN clustered AS c ON c.key = p.feed || '|' || p.record_id
