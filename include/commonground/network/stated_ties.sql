-- What sources say outright, both ways round: friends, connections, relatives, one household, the address book, the team.
WITH from_sources AS (
    SELECT src.contact_id AS src, dst.contact_id AS dst, tie.tie_type, tie.is_directed, tie.source, tie.since_at
    FROM tie
    CROSS JOIN night
    JOIN people_records AS src ON src.feed = tie.feed AND src.record_id = tie.src_ref
    JOIN people_records AS dst ON dst.feed = tie.feed AND dst.record_id = tie.dst_ref
    WHERE tie.since_at IS NULL OR CAST(tie.since_at AS DATE) <= night.as_of + INTERVAL '1' DAY
),
partners AS (
    SELECT one.contact_id AS src, other.contact_id AS dst, 'partner' AS tie_type, false AS is_directed, person.source, NULL AS since_at
    FROM person
    JOIN people_records AS one ON one.feed = person.feed AND one.record_id = person.record_id
    JOIN people_records AS other ON other.feed = person.feed AND other.record_id = person.partner_ref
),
household_people AS (
    SELECT household_id, contact_id
    FROM contact_profiles
    WHERE household_id IS NOT NULL AND NOT COALESCE(is_organization, false)
),
real_households AS (
    SELECT household_people.household_id
    FROM household_people
    CROSS JOIN tie_formula
    GROUP BY household_people.household_id, tie_formula.household_size
    HAVING COUNT(*) BETWEEN 2 AND tie_formula.household_size
),
households AS (
    SELECT one.contact_id AS src, other.contact_id AS dst, 'household' AS tie_type, false AS is_directed, 'address' AS source, NULL AS since_at
    FROM real_households
    JOIN household_people AS one ON one.household_id = real_households.household_id
    JOIN household_people AS other ON other.household_id = real_households.household_id
),
address_books AS (
    SELECT person.owner_agent_id AS src, record.contact_id AS dst, 'in_book' AS tie_type, false AS is_directed, person.source, NULL AS since_at
    FROM person
    JOIN people_records AS record ON record.feed = person.feed AND record.record_id = person.record_id
    JOIN agent ON agent.agent_id = person.owner_agent_id
),
past_clients AS (
    SELECT
        COALESCE(agent.agent_id, record.feed_owner_id) AS src,
        record.contact_id AS dst,
        'past_client' AS tie_type,
        false AS is_directed,
        interaction.source,
        interaction.occurred_at AS since_at
    FROM interaction
    CROSS JOIN night
    JOIN people_records AS record ON record.feed = interaction.feed AND record.record_id = interaction.person_ref
    LEFT JOIN agent ON agent.agent_id = interaction.agent_id
    WHERE interaction.interaction_type = 'deal'
      AND CAST(interaction.occurred_at AS DATE) <= night.as_of + INTERVAL '1' DAY
      AND regexp_matches(LOWER(interaction.outcome), '(clos|sold|won|settl)')
      AND NOT regexp_matches(LOWER(interaction.outcome), '(lost|fell|cancel|declin|dead|expired|archiv)')
),
colleagues AS (
    SELECT one.agent_id AS src, other.agent_id AS dst, 'colleague' AS tie_type, false AS is_directed, 'team' AS source, NULL AS since_at
    FROM agent AS one
    CROSS JOIN agent AS other
),
stated AS (
    SELECT * FROM from_sources
    UNION ALL SELECT * FROM partners
    UNION ALL SELECT * FROM households
    UNION ALL SELECT * FROM address_books
    UNION ALL SELECT * FROM past_clients
    UNION ALL SELECT * FROM colleagues
),
both_ways AS (
    SELECT src, dst, tie_type, source, since_at, true AS is_outward, NOT is_directed AS holds_both_ways FROM stated
    UNION ALL
    SELECT dst, src, tie_type, source, since_at, false, NOT is_directed FROM stated
),
worth AS (
    SELECT
        both_ways.src,
        both_ways.dst,
        both_ways.tie_type,
        both_ways.source,
        both_ways.since_at,
        COALESCE(known.phrase, other.phrase) AS phrase,
        COALESCE(known.is_endorsement, false) AS is_endorsement,
        CASE
            WHEN both_ways.holds_both_ways THEN GREATEST(COALESCE(known.outward, other.outward), COALESCE(known.inward, other.inward))
            WHEN both_ways.is_outward THEN COALESCE(known.outward, other.outward)
            ELSE COALESCE(known.inward, other.inward)
        END AS base
    FROM both_ways
    LEFT JOIN tie_type_weight AS known ON known.tie_type = both_ways.tie_type
    CROSS JOIN (SELECT * FROM tie_type_weight WHERE tie_type = 'other') AS other
    WHERE both_ways.src <> both_ways.dst
),
by_type AS (
    SELECT
        src,
        dst,
        tie_type,
        phrase,
        is_endorsement,
        MAX(base) AS base,
        MAX(since_at) AS since_at,
        MAX(source) AS source,
        -- that a friend is also in the address book is not worth saying
        tie_type = 'in_book' AND COUNT(*) OVER (PARTITION BY src, dst) > 1 AS goes_without_saying
    FROM worth
    WHERE base > 0
    GROUP BY src, dst, tie_type, phrase, is_endorsement
)
SELECT
    src,
    dst,
    MAX(CASE WHEN is_endorsement THEN 0 ELSE base END) AS kind_base,
    MAX(CASE WHEN is_endorsement THEN base ELSE 0 END) AS endorsement,
    MAX(since_at) AS last_at,
    MAX(source) AS source,
    list_sort(list(tie_type)) AS tie_types,
    array_to_string(
        list_transform(
            list_sort(list(struct_pack(
                lesser := -base,
                tie_type := tie_type,
                words := phrase || CASE WHEN source IN ('address', 'team') THEN '' ELSE ' (' || source || ')' END
            )) FILTER (WHERE NOT goes_without_saying)),
            lambda entry: entry.words
        ),
        '; '
    ) AS words
FROM by_type
GROUP BY src, dst
