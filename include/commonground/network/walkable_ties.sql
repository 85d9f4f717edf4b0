-- The ties an introduction may run over: nobody who asked to be left alone, nobody of whom we do not know whether they did.
WITH may_be_asked AS (
    SELECT contact_id FROM segments WHERE NOT COALESCE(do_not_contact, true)
    UNION
    SELECT agent_id FROM agent
)
SELECT ties.src, ties.dst, ties.strength
FROM ties
JOIN may_be_asked AS speaker ON speaker.contact_id = ties.src
JOIN may_be_asked AS hearer ON hearer.contact_id = ties.dst
WHERE ties.src <> ties.dst AND ties.strength > 0
