-- What was known at $known about the time from $since to $until; what is deleted later is deleted. An id that stands in
-- several parts counts once, as first seen.
SELECT
    id,
    MIN(verb) AS verb,
    MIN(actor) AS actor,
    MIN(author) AS author,
    MIN(object) AS object,
    MIN(url) AS url,
    MAX(topics) AS topics,
    MIN(COALESCE("at", seen_at)) AS moment
FROM activity
WHERE seen_at <= $known
  AND COALESCE("at", seen_at) <= CASE WHEN verb = 'Delete' THEN $known ELSE $until END
GROUP BY id
HAVING MIN(COALESCE("at", seen_at)) > $since
