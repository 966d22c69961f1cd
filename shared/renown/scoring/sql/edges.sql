-- One row for every author and everyone who reacted to them: since when, when last, how much, how often, and on how
-- many occasions. Occasions are fixed spans of time: reactions of one span are one, however many.
SELECT
    r.author AS author,
    r.actor AS reactor,
    MIN(r.moment) AS first,
    MAX(r.moment) AS last,
    CAST(SUM(CAST(v.weight AS DECIMAL(18, 12))) AS DOUBLE) AS weight,
    COUNT(*) AS reactions,
    COUNT(DISTINCT r.moment // $occasion) AS occasions
FROM reactions AS r
JOIN verbs AS v ON v.verb = r.verb
WHERE r.author <> r.actor AND v.weight > 0
GROUP BY r.author, r.actor
