-- The circles small enough to be one, whatever they are about. Larger ones, a big employer, a crowd's café, are an audience.
WITH sized AS (
    SELECT
        circle_type,
        circle_id,
        COUNT(*) AS people,
        MIN(circle_name) AS circle_name,
        BOOL_OR(is_open) AS is_open,
        BOOL_OR(is_restricted) AS is_restricted
    FROM circle_members
    GROUP BY circle_type, circle_id
)
SELECT sized.*
FROM sized
CROSS JOIN tie_formula
WHERE sized.people >= 2
  AND sized.people <= CASE sized.circle_type
      WHEN 'employer' THEN tie_formula.employer_size
      WHEN 'place' THEN tie_formula.place_size
      ELSE tie_formula.circle_size
  END
  AND (sized.circle_type = 'conversation' OR sized.is_open AND NOT sized.is_restricted OR sized.circle_type = 'place')
