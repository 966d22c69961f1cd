-- With which chance everybody in `voices` reaches each of those who react to them on the topic, in the next horizon.
SELECT
    v.topic AS topic,
    v.author AS author,
    w.reactor AS reactor,
    $again * w.fresh * CASE WHEN $defended THEN w.trust ELSE 1 END AS chance
FROM (SELECT topic, UNNEST(voices).id AS author FROM voices) AS v
JOIN topic_weighed AS w ON w.author = v.author AND w.topic = v.topic
WHERE w.trust > 0 OR NOT $defended
ORDER BY topic, author, reactor
