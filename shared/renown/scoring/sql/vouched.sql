-- The share of the people who react whom attention reaches, each counted once.
SELECT COUNT(t.account) / COUNT(*)
FROM (SELECT DISTINCT reactor FROM edges) AS e
LEFT JOIN trust AS t ON t.account = e.reactor
