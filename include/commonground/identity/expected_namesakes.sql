-- Per reading of a name, how many people are to be expected to bear it: what its halves' frequencies say.
SELECT
    w.root,
    w.family,
    greatest(coalesce(f.bearers, 0), 1) * greatest(coalesce(r.bearers, 0), 1) / p.bearers AS namesakes
FROM (SELECT DISTINCT root, family FROM name_bearer) AS w
JOIN name_count AS p ON p.part = 'person'
LEFT JOIN name_count AS f ON f.part = 'family' AND f.name = w.family
LEFT JOIN name_count AS r ON r.part = 'root' AND r.name = w.root
