-- Every reaction with tags: those of the post that it is a reaction to, where that is known to be the author's; else its
-- own, as a mention in somebody else's post has them. What a reply says does not make its author's topics another's.
SELECT
    r.author AS author,
    r.actor AS reactor,
    r.object AS post,
    r.moment AS moment,
    v.weight AS weight,
    a.moment AS posted,
    COALESCE(a.tags, r.topics) AS tags,
    COALESCE(d.author, '') AS judge
FROM reactions AS r
JOIN verbs AS v ON v.verb = r.verb AND v.weight > 0
LEFT JOIN authored AS a ON a.author = r.author AND a.post = r.object
LEFT JOIN (SELECT DISTINCT author FROM disputed) AS d ON d.author = r.author
WHERE r.author <> r.actor AND LEN(COALESCE(a.tags, r.topics)) > 0
