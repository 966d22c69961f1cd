-- How many people react, each counted once, and how many of them attention reaches.
SELECT COUNT(t.account) AS reached, COUNT(*) AS people
FROM (SELECT DISTINCT reactor FROM edges) AS e
LEFT JOIN trust AS t ON t.account = e.reactor
