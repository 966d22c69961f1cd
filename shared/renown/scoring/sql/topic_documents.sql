-- The topics of everybody in `told_of`: what they can claim, with its proof; what they could improve on; and untried,
-- what those who react to them respond to from others, most unlike the rest of the community first.
WITH mine AS (
    SELECT c.*, n.name AS name
    FROM claims AS c
    JOIN told_of AS q ON q.id = c.author
    JOIN topic_names AS n ON n.topic = c.topic
    WHERE NOT c.hidden
),
shown AS (
    SELECT author, topic FROM mine WHERE claimed AND NOT repeated
),
posts AS (
    SELECT
        r.author AS author,
        s.topic AS topic,
        p.post AS post,
        MIN(p.url) AS url,
        MIN(p.moment) AS moment,
        COUNT(DISTINCT r.reactor) AS people
    FROM answered AS r
    JOIN tag_sets AS s ON s.tags = r.tags AND s.judge = r.judge
    JOIN shown AS c ON c.author = r.author AND c.topic = s.topic
    JOIN authored AS p ON p.author = r.author AND p.post = r.post
    JOIN weighed AS w ON w.author = r.author AND w.reactor = r.reactor AND (w.trust > 0 OR NOT $defended)
    GROUP BY r.author, s.topic, p.post
),
best AS (
    SELECT
        author,
        topic,
        LIST_SLICE(LIST({
            'post': CASE WHEN LENGTH(post) <= $longest THEN post END,
            'url': CASE
                WHEN LENGTH(url) <= $longest AND (STARTS_WITH(url, 'https://') OR STARTS_WITH(url, 'http://')) THEN url
            END,
            'at': STRFTIME(MAKE_TIMESTAMP(moment * 1000000), '%Y-%m-%dT%H:%M:%SZ'),
            'people': people
        } ORDER BY people DESC, moment DESC, post), 1, $best) AS posts
    FROM posts
    GROUP BY author, topic
),
named AS (
    SELECT
        w.author AS author,
        w.topic AS topic,
        LIST_SLICE(LIST(w.reactor ORDER BY w.strong DESC, w.reactor), 1, $named) AS people
    FROM topic_weighed AS w
    JOIN shown AS c ON c.author = w.author AND c.topic = w.topic
    WHERE STARTS_WITH(w.reactor, '@') AND (w.trust > 0 OR NOT $defended)
    GROUP BY w.author, w.topic
),
claimed AS (
    SELECT
        m.author AS id,
        LIST_SLICE(LIST({
            'topic': m.topic,
            'name': m.name,
            'points': m.points,
            'people': [CAST(m.fewest AS DOUBLE), CAST(m.audience AS DOUBLE), CAST(m.most AS DOUBLE)],
            'common': m.common,
            'since': STRFTIME(MAKE_TIMESTAMP(m.since * 1000000), '%Y-%m-%d'),
            'posts': m.posts,
            'voice': m.word,
            'against_others': m.against_others,
            'heard_share': m.heard_share,
            'posted_share': m.posted_share,
            'reach': m.reactors,
            'resonance': {'half_life': m.half_life, 'beyond': m.beyond},
            'relevance': [m.low, m.voice, m.high],
            'best': COALESCE(b.posts, []),
            'reactors': COALESCE(p.people, [])
        } ORDER BY m.common, m.points DESC, m.topic), 1, $listed) AS topics
    FROM mine AS m
    JOIN shown AS s ON s.author = m.author AND s.topic = m.topic
    LEFT JOIN best AS b ON b.author = m.author AND b.topic = m.topic
    LEFT JOIN named AS p ON p.author = m.author AND p.topic = m.topic
    GROUP BY m.author
),
improve AS (
    SELECT
        author AS id,
        LIST_SLICE(LIST({
            'topic': topic,
            'name': name,
            'posts': posts,
            'against_others': against_others,
            'reach': reactors,
            'heard_share': heard_share,
            'posted_share': posted_share,
            'relevance': [low, voice, high]
        } ORDER BY posts DESC, topic), 1, $listed) AS topics
    FROM mine
    WHERE word = 'could improve'
    GROUP BY author
),
audience AS (
    SELECT w.author AS id, w.reactor AS reactor
    FROM weighed AS w
    JOIN told_of AS q ON q.id = w.author
    WHERE w.trust > 0 OR NOT $defended
),
sizes AS (
    SELECT id, COUNT(*) AS people FROM audience GROUP BY id
),
elsewhere AS (
    SELECT a.id AS id, e.topic AS topic, COUNT(DISTINCT e.reactor) AS people
    FROM audience AS a
    JOIN topic_edges AS e ON e.reactor = a.reactor AND e.author <> a.id
    GROUP BY a.id, e.topic
),
responding AS (
    SELECT topic, COUNT(DISTINCT reactor) AS people FROM topic_edges GROUP BY topic
),
untried AS (
    SELECT
        e.id AS id,
        LIST_SLICE(LIST({
            'topic': e.topic,
            'name': n.name,
            'people': e.people,
            'of': s.people,
            'usual': CAST(CAST(r.people AS DOUBLE) / t.people AS DECIMAL(7, 6))
        } ORDER BY (e.people - s.people * CAST(r.people AS DOUBLE) / t.people)
            / SQRT(s.people * CAST(r.people AS DOUBLE) / t.people) DESC, e.topic), 1, $untried) AS topics
    FROM elsewhere AS e
    JOIN sizes AS s ON s.id = e.id
    JOIN responding AS r ON r.topic = e.topic
    JOIN topic_names AS n ON n.topic = e.topic
    CROSS JOIN (SELECT COUNT(DISTINCT reactor) AS people FROM edges) AS t
    LEFT JOIN posting AS p ON p.author = e.id AND p.topic = e.topic
    ANTI JOIN hidden AS h ON h.author = e.id AND h.topic = e.topic
    ANTI JOIN disputed AS d ON d.author = e.id AND d.topic = e.topic
    WHERE e.people >= $reactors
      AND e.people * t.people > s.people * r.people
      AND COALESCE(p.posts, 0) < $posts
    GROUP BY e.id
)
SELECT
    q.id AS id,
    COALESCE(c.topics, []) AS claims,
    COALESCE(i.topics, []) AS improve,
    COALESCE(u.topics, []) AS untried,
    (SELECT COUNT(*) FROM hidden AS h WHERE h.author = q.id) AS hidden,
    (SELECT COUNT(*) FROM disputed AS d WHERE d.author = q.id) AS disputed
FROM told_of AS q
LEFT JOIN claimed AS c ON c.id = q.id
LEFT JOIN improve AS i ON i.id = q.id
LEFT JOIN untried AS u ON u.id = q.id
ORDER BY q.id
