-- A mailbox or number that many differently named people write down belongs to an office, and tells nobody apart.
SELECT channel, address
FROM written_channel
GROUP BY channel, address
HAVING bool_or(is_role) OR count(DISTINCT family) > 3
