-- One row per contact: the best name, every channel, where they live, what the books say. Where sources differ, the fuller
-- value wins, then the more trusted source, then the newer record.
WITH member AS (
    SELECT i.contact_id, p.*, t.trust, s.given_shown, s.family_shown, s.full_shown, s.given_key
    FROM contact_identities AS i
    JOIN person AS p ON p.feed = i.feed AND p.record_id = i.record_id
    JOIN source_trust AS t ON t.feed = p.feed
    LEFT JOIN shown_name AS s
        ON s.given_name IS NOT DISTINCT FROM p.given_name AND s.family_name IS NOT DISTINCT FROM p.family_name
        AND s.full_name IS NOT DISTINCT FROM p.full_name
),
best_name AS (
    SELECT contact_id, full_shown, given_shown, family_shown, given_key
    FROM member
    QUALIFY row_number() OVER (
        PARTITION BY contact_id
        ORDER BY CASE WHEN length(given_key) > 1 THEN 0 ELSE 1 END + CASE WHEN family_shown IS NOT NULL THEN 0 ELSE 1 END,
            CASE WHEN full_shown IS NOT NULL THEN 0 ELSE 1 END, trust, modified_at DESC, feed, record_id
    ) = 1
),
called AS (
    SELECT contact_id, nickname AS name FROM member WHERE nickname IS NOT NULL
    UNION
    SELECT m.contact_id, m.given_shown AS name
    FROM member AS m
    JOIN best_name AS b ON b.contact_id = m.contact_id
    WHERE m.given_key <> b.given_key AND length(m.given_key) > 1
),
nicknames AS (
    SELECT contact_id, list(DISTINCT name ORDER BY name) AS nicknames FROM called GROUP BY contact_id
),
mailbox AS (
    SELECT m.contact_id, f.address, min(m.trust * 1000 + x.position) AS standing
    FROM member AS m
    JOIN person_mail AS x ON x.feed = m.feed AND x.record_id = m.record_id
    JOIN mail_form AS f ON f.raw = x.raw
    GROUP BY m.contact_id, f.address
),
mailboxes AS (
    SELECT contact_id, list(address ORDER BY standing, address) AS emails FROM mailbox GROUP BY contact_id
),
number AS (
    SELECT m.contact_id, x.e164, min(m.trust * 1000 + x.position) AS standing
    FROM member AS m
    JOIN person_phone AS x ON x.feed = m.feed AND x.record_id = m.record_id
    GROUP BY m.contact_id, x.e164
),
numbers AS (
    SELECT contact_id, list(e164 ORDER BY standing, e164) AS phones FROM number GROUP BY contact_id
),
addresses AS (
    SELECT m.contact_id, list(DISTINCT rtrim(u.raw, '/') ORDER BY rtrim(u.raw, '/')) AS urls
    FROM member AS m
    JOIN person_url AS u ON u.feed = m.feed AND u.record_id = m.record_id
    GROUP BY m.contact_id
),
facts AS (
    SELECT
        contact_id,
        first(employer ORDER BY trust_of_work, modified_at DESC, feed, record_id) FILTER (WHERE employer IS NOT NULL) AS employer,
        first(job_title ORDER BY trust_of_work, modified_at DESC, feed, record_id) FILTER (WHERE job_title IS NOT NULL) AS job_title,
        first(stage ORDER BY trust, modified_at DESC, feed, record_id) FILTER (WHERE stage IS NOT NULL) AS stage,
        first(lead_source ORDER BY trust, modified_at DESC, feed, record_id) FILTER (WHERE lead_source IS NOT NULL) AS lead_source,
        first(owner_agent_id ORDER BY trust, modified_at DESC, feed, record_id) FILTER (WHERE owner_agent_id IS NOT NULL) AS owner_agent_id,
        list(DISTINCT feed ORDER BY feed) AS feeds,
        min(created_at) AS created_at,
        max(last_activity_at) AS last_activity_at
    FROM (SELECT *, CASE WHEN source = 'linkedin' THEN 0 ELSE trust END AS trust_of_work FROM member)
    GROUP BY contact_id
)
SELECT
    k.contact_id,
    k.agent_id,
    k.is_agent,
    k.is_organization,
    coalesce(a.name, n.full_shown) AS full_name,
    n.given_shown AS given_name,
    n.family_shown AS family_name,
    coalesce(c.nicknames, []) AS nicknames,
    coalesce(m.emails, []) AS emails,
    coalesce(ph.phones, []) AS phones,
    coalesce(u.urls, []) AS urls,
    pl.street,
    pl.city,
    pl.state,
    pl.postal_code,
    pl.address_key,
    pl.latitude,
    pl.longitude,
    pl.location_source,
    pl.in_service_area,
    pl.distance_km,
    f.employer,
    f.job_title,
    f.stage,
    f.lead_source,
    f.owner_agent_id,
    h.household_id,
    f.feeds,
    f.created_at,
    f.last_activity_at
FROM contact_kind AS k
JOIN best_name AS n ON n.contact_id = k.contact_id
JOIN facts AS f ON f.contact_id = k.contact_id
LEFT JOIN agent AS a ON a.agent_id = k.agent_id
LEFT JOIN nicknames AS c ON c.contact_id = k.contact_id
LEFT JOIN mailboxes AS m ON m.contact_id = k.contact_id
LEFT JOIN numbers AS ph ON ph.contact_id = k.contact_id
LEFT JOIN addresses AS u ON u.contact_id = k.contact_id
LEFT JOIN contact_place AS pl ON pl.contact_id = k.contact_id
LEFT JOIN contact_household AS h ON h.contact_id = k.contact_id
ORDER BY k.contact_id
