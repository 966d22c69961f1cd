-- What was known at the moment, inside the window.
SELECT id, verb, actor, author, object, url, COALESCE("at", seen_at) AS moment
FROM activity
WHERE seen_at <= $until
  AND COALESCE("at", seen_at) <= $until
  AND COALESCE("at", seen_at) > $since
