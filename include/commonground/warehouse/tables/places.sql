SELECT *, record_id AS place_id FROM place
