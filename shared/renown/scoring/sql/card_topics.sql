-- What a scorecard says of topics: at most $most claims, one's own before those that everybody here could make.
SELECT
    c.author AS id,
    LIST_SLICE(
        LIST({
            'topic': c.topic,
            'name': n.name,
            'points': c.points,
            'voice': c.word,
            'common': c.common
        } ORDER BY c.common, c.points DESC, c.topic),
        1, $most
    ) AS topics
FROM claims AS c
JOIN topic_names AS n ON n.topic = c.topic
WHERE c.claimed AND NOT c.hidden AND NOT c.repeated
GROUP BY c.author
