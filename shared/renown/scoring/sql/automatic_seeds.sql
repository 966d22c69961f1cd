-- Without named seeds: the accounts to which different people came back on the most days. A day counts for a reactor
-- once (their last), so that many accounts of one moment are one day.
SELECT author
FROM edges
GROUP BY author
HAVING COUNT(*) >= $floor
ORDER BY COUNT(DISTINCT CAST(FLOOR(last / 86400) AS BIGINT)) DESC, COUNT(*) DESC, author
LIMIT $count
