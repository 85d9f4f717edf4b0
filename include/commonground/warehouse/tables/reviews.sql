SELECT *, record_id AS review_id, place_ref AS place_id FROM review
