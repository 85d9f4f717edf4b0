-- one row per household to turn to today, in the order to work in
SELECT * FROM _today ORDER BY rank
