-- Reviews that speak to this person: by somebody they can reach first, then the best of strangers.
SELECT
    e.endorsement_type, e.reviewer_contact_id, e.reviewer_name, e.closeness, e.weight, e.rating, e.excerpt, e.source, e.source_url,
    CAST(e.occurred_at AS DATE) AS occurred_on,
    CASE WHEN r.subject_type = 'team' THEN 'the team' ELSE coalesce(a.name, e.agent_id) END AS about
FROM endorsements AS e
LEFT JOIN agents AS a ON a.agent_id = e.agent_id
LEFT JOIN reviews AS r ON r.feed = e.review_feed AND r.review_id = e.review_id
WHERE e.prospect_id = $contact_id
QUALIFY row_number() OVER (PARTITION BY e.review_feed, e.review_id ORDER BY e.weight DESC, e.agent_id) = 1
ORDER BY CASE e.endorsement_type WHEN 'connected' THEN 0 ELSE 1 END, e.weight DESC, e.occurred_at DESC NULLS LAST, e.review_id
LIMIT 6
