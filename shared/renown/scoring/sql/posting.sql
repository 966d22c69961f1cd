-- How much everybody posts on every topic, and since when it is $posts posts.
SELECT
    p.author AS author,
    s.topic AS topic,
    COUNT(*) AS posts,
    LIST_SORT(LIST(p.moment))[$posts] AS enough
FROM authored AS p
JOIN tag_sets AS s ON s.tags = p.tags AND s.judge = p.judge
GROUP BY p.author, s.topic
