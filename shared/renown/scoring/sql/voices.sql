-- Every topic that somebody in `members` can claim: who is heard on it, most points first.
WITH heard AS (
    SELECT c.*, m.handle AS handle, m.name AS name
    FROM claims AS c
    JOIN members AS m ON m.id = c.author
    WHERE c.claimed AND NOT c.hidden
),
audiences AS (
    SELECT topic, COUNT(DISTINCT reactor) AS people
    FROM topic_weighed
    WHERE trust > 0 OR NOT $defended
    GROUP BY topic
)
SELECT
    h.topic AS topic,
    ANY_VALUE(n.name) AS name,
    ANY_VALUE(a.people) AS people,
    COUNT(*) AS heard,
    LIST_SLICE(LIST({
        'id': h.author,
        'handle': h.handle,
        'name': h.name,
        'points': h.points,
        'people': [CAST(h.fewest AS DOUBLE), CAST(h.audience AS DOUBLE), CAST(h.most AS DOUBLE)],
        'reach': h.reactors,
        'voice': h.word
    } ORDER BY h.points DESC, h.author), 1, $listed) AS voices
FROM heard AS h
JOIN topic_names AS n ON n.topic = h.topic
JOIN audiences AS a ON a.topic = h.topic
GROUP BY h.topic
ORDER BY h.topic
