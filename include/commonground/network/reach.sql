-- Whom people outside the area know inside it: prospects that nobody on the team knows well, over one tie or two real ones.
-- It reads where a prospect lives and who knows whom; anybody who ever said no to being contacted is left out.
WITH refusals AS (
    SELECT consent.feed, consent.person_ref, consent.email, consent.phone FROM consent WHERE consent.state = 'revoked'
    UNION ALL
    SELECT interaction.feed, interaction.person_ref, NULL, NULL FROM interaction WHERE interaction.interaction_type = 'unsubscribed'
),
refused_contacts AS (
    SELECT identity.contact_id
    FROM refusals
    JOIN contact_identities AS identity ON identity.feed = refusals.feed AND identity.record_id = refusals.person_ref
    UNION
    SELECT mailbox.contact_id
    FROM (SELECT contact_id, UNNEST(emails) AS email FROM contact_profiles) AS mailbox
    JOIN refusals ON LOWER(TRIM(refusals.email)) = mailbox.email
    UNION
    SELECT telephone.contact_id
    FROM (SELECT contact_id, UNNEST(phones) AS phone FROM contact_profiles) AS telephone
    JOIN refusals
        ON RIGHT(regexp_replace(refusals.phone, '[^0-9]', '', 'g'), 10) = RIGHT(regexp_replace(telephone.phone, '[^0-9]', '', 'g'), 10)
),
people AS (
    SELECT contact_id, in_service_area
    FROM contact_profiles
    WHERE NOT COALESCE(is_agent, false)
      AND NOT COALESCE(is_organization, false)
      AND contact_id NOT IN (SELECT contact_id FROM refused_contacts)
),
known_to_team AS (
    SELECT ties.dst AS contact_id, MAX(ties.strength) AS strength
    FROM ties
    JOIN agent ON agent.agent_id = ties.src
    GROUP BY ties.dst
),
local_prospects AS (
    SELECT people.contact_id
    FROM people
    CROSS JOIN tie_formula AS formula
    LEFT JOIN known_to_team ON known_to_team.contact_id = people.contact_id
    WHERE people.in_service_area AND COALESCE(known_to_team.strength, 0) < formula.weak_tie
),
introducers AS (
    SELECT people.contact_id
    FROM people
    JOIN known_to_team ON known_to_team.contact_id = people.contact_id
    WHERE NOT COALESCE(people.in_service_area, false)
),
one_tie AS (
    SELECT introducers.contact_id, ties.dst AS prospect_id, ties.strength
    FROM introducers
    JOIN ties ON ties.src = introducers.contact_id
    JOIN local_prospects ON local_prospects.contact_id = ties.dst
),
two_ties AS (
    SELECT introducers.contact_id, onward.dst AS prospect_id, MAX(ties.strength * onward.strength) AS strength
    FROM introducers
    CROSS JOIN tie_formula AS formula
    JOIN ties ON ties.src = introducers.contact_id AND ties.strength >= formula.reach_tie
    JOIN people AS friend ON friend.contact_id = ties.dst
    JOIN ties AS onward ON onward.src = friend.contact_id AND onward.strength >= formula.reach_tie
    JOIN local_prospects ON local_prospects.contact_id = onward.dst
    WHERE onward.dst <> introducers.contact_id
    GROUP BY introducers.contact_id, onward.dst
),
known AS (
    SELECT either.contact_id, either.prospect_id, MAX(either.strength) AS strength
    FROM (SELECT * FROM one_tie UNION ALL SELECT * FROM two_ties) AS either
    CROSS JOIN tie_formula AS formula
    GROUP BY either.contact_id, either.prospect_id, formula.reach_strength
    HAVING MAX(either.strength) >= formula.reach_strength
),
ranked AS (
    SELECT
        *,
        ROW_NUMBER() OVER (PARTITION BY contact_id ORDER BY strength DESC, prospect_id) AS place,
        COUNT(*) OVER (PARTITION BY contact_id) AS prospect_count
    FROM known
)
SELECT contact_id, prospect_count, prospect_id AS best_prospect_id, strength AS best_strength
FROM ranked
WHERE place = 1
ORDER BY contact_id
