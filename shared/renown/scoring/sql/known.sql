-- What was known at $known about the time from $since to $until; what is deleted later is deleted.
SELECT id, verb, actor, author, object, url, topics, COALESCE("at", seen_at) AS moment
FROM activity
WHERE seen_at <= $known
  AND COALESCE("at", seen_at) <= CASE WHEN verb = 'Delete' THEN $known ELSE $until END
  AND COALESCE("at", seen_at) > $since
