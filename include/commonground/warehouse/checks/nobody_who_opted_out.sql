-- whoever opted out stands in no table that is read to act on
WITH acted_on AS (
    SELECT contact_id FROM segment_now
    UNION ALL SELECT contact_id FROM segment_later
    UNION ALL SELECT contact_id FROM segment_evangelist
    UNION ALL SELECT contact_id FROM _today
    UNION ALL SELECT prospect_id FROM referral_paths
    UNION ALL SELECT unnest(via) FROM referral_paths
    UNION ALL SELECT prospect_id FROM endorsements
    UNION ALL SELECT left_contact_id FROM uncertain_matches
    UNION ALL SELECT right_contact_id FROM uncertain_matches
)
SELECT a.contact_id FROM acted_on AS a JOIN contacts AS c ON c.contact_id = a.contact_id WHERE c.do_not_contact
