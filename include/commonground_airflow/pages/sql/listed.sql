-- What a list shows of its rows: those of one owner, those in which the words stand.
WITH listed AS (SELECT * FROM list_source)

SELECT *, count(*) OVER () AS total
FROM listed
WHERE ($owner = '' OR owner_agent_id = $owner)
  AND ($words = '' OR contains(lower(strip_accents(concat_ws(' ', searched))), lower(strip_accents($words))))
ORDER BY rank, contact_id
LIMIT $row_limit OFFSET $row_offset
