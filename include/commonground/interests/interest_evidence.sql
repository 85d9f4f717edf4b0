-- One row per tag that may be shown: who, what, and the words that say so.
-- Rarity blends what we knew before (the taxonomy's prior) with how many show it tonight, 1 / ln(1 + people): the more
-- people we know, the more tonight counts.
WITH writers AS (
    SELECT feed, record_id AS author_ref, contact_id
    FROM contact_identities
),
population AS (
    SELECT count(DISTINCT contact_id) AS people FROM contact_identities
),
allowed_feeds AS (
    SELECT feed FROM feed_setting
    WHERE purposes IS NULL OR list_contains(purposes, 'interests')
),
source_names AS (
    SELECT * FROM (VALUES
        ('followupboss', 'Follow Up Boss'), ('hubspot', 'HubSpot'), ('salesforce', 'Salesforce'), ('google-contacts', 'Google contact'),
        ('outlook', 'Outlook contact'), ('vcard', 'Contact card'), ('crm-csv', 'CRM'), ('linkedin', 'LinkedIn'), ('facebook', 'Facebook'),
        ('instagram', 'Instagram'), ('x', 'X'), ('swarm', 'Swarm'), ('feed', 'Blog'), ('checkins', 'Check-in log'), ('bluesky', 'Bluesky'),
        ('mastodon', 'Mastodon'), ('google-business', 'Google'), ('google-places', 'Google'), ('yelp', 'Yelp'), ('foursquare', 'Foursquare'),
        ('zillow', 'Zillow'), ('team', 'Team')
    ) AS names(source, source_name)
),
utterance_names AS (
    SELECT * FROM (VALUES
        ('checkin', 'check-in'), ('current_city', 'current town'), ('bio', 'profile'), ('hometown', 'hometown')
    ) AS names(utterance_type, utterance_name)
),
tags AS (
    SELECT writers.contact_id, utterance_tag.*
    FROM utterance_tag
    JOIN utterance ON utterance.feed = utterance_tag.feed AND utterance.record_id = utterance_tag.record_id
    JOIN writers ON writers.feed = utterance.feed AND writers.author_ref = utterance.author_ref
    JOIN allowed_feeds ON allowed_feeds.feed = utterance.feed
    WHERE utterance_tag.interest IS NOT NULL
      -- words that must be forgotten cannot be quoted where they may be kept; without a quote there is no interest
      AND utterance.expires_at IS NULL
),
shown_by AS (
    SELECT interest, count(DISTINCT contact_id) AS people
    FROM tags
    WHERE subject = 'self'
    GROUP BY interest
)
SELECT
    tags.contact_id,
    tags.interest,
    tags.kind,
    tags.label,
    tags.policy_class,
    tags.subject,
    utterance.is_self_stated,
    round(
        (200 * tags.rarity_prior + population.people * least(1.0, 1.0 / ln(1.0 + coalesce(shown_by.people, 1))))
        / (200 + population.people), 4
    ) AS rarity,
    tags.feed,
    tags.record_id,
    utterance.utterance_type,
    utterance.occurred_at,
    concat(
        CASE WHEN tags.is_cut_before THEN '…' ELSE '' END,
        substring(utterance.text, CAST(tags.quote_start + 1 AS INTEGER), CAST(tags.quote_length AS INTEGER)),
        CASE WHEN tags.is_cut_after THEN '…' ELSE '' END
    ) AS evidence_text,
    concat(
        coalesce(source_names.source_name, utterance.source), ' ',
        coalesce(utterance_names.utterance_name, utterance.utterance_type)
    ) AS source,
    utterance.source_url
FROM tags
JOIN utterance ON utterance.feed = tags.feed AND utterance.record_id = tags.record_id
CROSS JOIN population
LEFT JOIN shown_by ON shown_by.interest = tags.interest
LEFT JOIN source_names ON source_names.source = utterance.source
LEFT JOIN utterance_names ON utterance_names.utterance_type = utterance.utterance_type
ORDER BY tags.contact_id, tags.interest, tags.feed, tags.record_id, tags.quote_start
