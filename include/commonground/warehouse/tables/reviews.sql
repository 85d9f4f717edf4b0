-- Reviews as read. The words and the name of a review whose source may not be kept stay out: this file may be copied and kept.
SELECT
    feed,
    record_id AS review_id,
    source,
    subject_type,
    subject_agent_id,
    place_ref AS place_id,
    CASE WHEN expires_at IS NULL THEN reviewer_name END AS reviewer_name,
    rating,
    CASE WHEN expires_at IS NULL THEN text END AS text,
    occurred_at,
    CASE WHEN expires_at IS NULL THEN reply_text END AS reply_text,
    source_url
FROM review
