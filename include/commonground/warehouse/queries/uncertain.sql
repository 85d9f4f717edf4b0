-- Which records may be one person, or two? Worst first.
SELECT rank, doubt, is_joined, left_line, right_line, agreed, differed FROM uncertain_matches ORDER BY rank
