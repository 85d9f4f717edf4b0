-- How many protected statements each feed's texts make: counted, never shown.
WITH texts AS (
    SELECT DISTINCT feed, record_id, denied FROM utterance_tag
)
SELECT
    texts.feed,
    feed_setting.source,
    CAST(sum(texts.denied) AS BIGINT) AS denied_count
FROM texts
JOIN feed_setting ON feed_setting.feed = texts.feed
GROUP BY texts.feed, feed_setting.source
ORDER BY texts.feed
