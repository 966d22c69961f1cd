-- One row for every author and everyone who reacted to them: when last, how much (a sum of
-- decimals, the same in any order), how often.
SELECT
    r.author AS author,
    r.actor AS reactor,
    MAX(r.moment) AS last,
    CAST(SUM(CAST(v.weight AS DECIMAL(18, 12))) AS DOUBLE) AS weight,
    COUNT(*) AS reactions
FROM reactions AS r
JOIN verbs AS v ON v.verb = r.verb
WHERE r.author <> r.actor
GROUP BY r.author, r.actor
