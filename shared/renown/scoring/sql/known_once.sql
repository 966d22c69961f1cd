-- What was known at the moment, inside the window; an id that stands in several parts counts once, as first seen.
SELECT
    id,
    MIN(verb) AS verb,
    MIN(actor) AS actor,
    MIN(author) AS author,
    MIN(object) AS object,
    MIN(url) AS url,
    MIN(COALESCE("at", seen_at)) AS moment
FROM activity
WHERE seen_at <= $until
  AND COALESCE("at", seen_at) <= $until
GROUP BY id
HAVING MIN(COALESCE("at", seen_at)) > $since
