-- As `edges`, for every topic of the author: one row for every author, topic, and everyone who reacted to it.
SELECT
    r.author AS author,
    s.topic AS topic,
    r.reactor AS reactor,
    MIN(r.moment) AS first,
    MAX(r.moment) AS last,
    CAST(SUM(CAST(r.weight AS DECIMAL(18, 12))) AS DOUBLE) AS weight,
    COUNT(*) AS reactions,
    COUNT(DISTINCT r.moment // $occasion) AS occasions
FROM answered AS r
JOIN tag_sets AS s ON s.tags = r.tags AND s.judge = r.judge
GROUP BY r.author, s.topic, r.reactor
