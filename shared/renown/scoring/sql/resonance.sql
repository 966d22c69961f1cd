-- For every author and topic: the posts that people who count (trusted; undefended: everybody) reacted to; the seconds
-- in which half of the reactions to one's own posts come; and the share of reactions by people who had not reacted before.
SELECT
    r.author AS author,
    s.topic AS topic,
    COUNT(DISTINCT r.post) FILTER (WHERE w.trust > 0 OR NOT $defended) AS heard_posts,
    MEDIAN(r.moment - r.posted) FILTER (WHERE r.moment >= r.posted) AS half_life,
    AVG(CASE WHEN r.moment = w.first THEN 1 ELSE 0 END) AS beyond
FROM answered AS r
JOIN tag_sets AS s ON s.tags = r.tags AND s.judge = r.judge
JOIN weighed AS w ON w.author = r.author AND w.reactor = r.reactor
GROUP BY r.author, s.topic
