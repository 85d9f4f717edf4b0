-- Who needs us now, and what shows it?
SELECT rank, full_name, score, why, evidence, introduced_by FROM segment_now ORDER BY rank
