-- Who far away knows the most people here that we hardly know?
SELECT full_name, city, state, prospect_count, knows_here, common_ground FROM segment_evangelist ORDER BY prospect_count DESC, rank
