-- Whose record is whose: (feed, record_id) of people, in feeds whose terms allow reading the network.
SELECT
    identity.feed,
    identity.record_id,
    identity.contact_id,
    identity.source,
    setting.owner_agent_id AS feed_owner_id
FROM contact_identities AS identity
JOIN contact_profiles AS profile ON profile.contact_id = identity.contact_id
JOIN feed_setting AS setting ON setting.feed = identity.feed
WHERE NOT COALESCE(profile.is_organization, false)
  AND (setting.purposes IS NULL OR list_contains(setting.purposes, 'network'))
