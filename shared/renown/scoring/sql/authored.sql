-- Every post of everybody, with its tags. `judge` is the author where they dispute topics, else nothing.
SELECT
    r.author AS author,
    COALESCE(r.object, r.id) AS post,
    MIN(r.moment) AS moment,
    MIN(r.url) AS url,
    MAX(r.topics) AS tags,
    MIN(COALESCE(d.author, '')) AS judge
FROM reactions AS r
LEFT JOIN (SELECT DISTINCT author FROM disputed) AS d ON d.author = r.author
WHERE r.verb = 'Create' AND r.author = r.actor
GROUP BY r.author, COALESCE(r.object, r.id)
