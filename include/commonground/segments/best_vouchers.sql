-- For each contact the written endorsement by the person closest to them. Strangers' stars are left out.
WITH connected AS (
    SELECT e.*, coalesce(c.full_name, e.reviewer_name) AS voucher
    FROM endorsements AS e
    LEFT JOIN contacts AS c ON c.contact_id = e.reviewer_contact_id
    WHERE e.endorsement_type = 'connected' AND NOT coalesce(c.do_not_contact, FALSE)
)

SELECT
    e.prospect_id AS contact_id,
    concat(e.voucher, ' on ', a.name, CASE WHEN e.excerpt <> '' THEN concat(': "', left(e.excerpt, 200), '"') ELSE '' END, ' (', e.source,
        CASE WHEN e.occurred_at IS NOT NULL THEN concat(', ', CAST(CAST(e.occurred_at AT TIME ZONE n.time_zone AS DATE) AS VARCHAR)) ELSE '' END, ')') AS endorsement
FROM connected AS e
JOIN agent AS a ON a.agent_id = e.agent_id
CROSS JOIN night AS n
QUALIFY row_number() OVER (PARTITION BY e.prospect_id ORDER BY e.weight DESC, e.closeness DESC NULLS LAST, e.agent_id, e.review_feed, e.review_id) = 1
