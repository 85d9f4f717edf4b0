-- Per reading of a name, how many other people of the books are to be expected to bear it.
SELECT e.root, e.family, greatest(e.namesakes, 0.02) * f.factor AS namesakes
FROM expected_namesakes AS e
CROSS JOIN namesake_factor AS f
