-- Whom do I turn to today, why, and how do I open?
FROM today
