-- What there is to say of each segment of everybody that is not tiny: its people, and of a community how stable it is, up to three
-- topics that stand out in it, and up to three of its people who opted in, those whom most of the others react to.
WITH sizes AS (
    SELECT kind, segment, COUNT(*) AS people
    FROM members
    GROUP BY kind, segment
    HAVING COUNT(*) >= $fewest
),
everybody AS (
    SELECT COUNT(DISTINCT reactor) AS people
    FROM edges
),
shared AS (
    SELECT c.segment AS segment, t.segment AS topic, COUNT(*) AS people
    FROM members AS c
    JOIN members AS t ON t.person = c.person AND t.kind = 'topic'
    WHERE c.kind = 'community'
    GROUP BY c.segment, t.segment
    HAVING COUNT(*) >= $fewest
),
lifted AS (
    SELECT
        b.segment AS segment,
        b.topic AS topic,
        b.people / c.people / (t.people / n.people) AS lift,
        (b.people - c.people * t.people / n.people) / SQRT(c.people * t.people / n.people) AS excess
    FROM shared AS b
    JOIN sizes AS c ON c.kind = 'community' AND c.segment = b.segment
    JOIN sizes AS t ON t.kind = 'topic' AND t.segment = b.topic
    CROSS JOIN everybody AS n
),
topics AS (
    SELECT
        segment,
        LIST_SLICE(LIST({'topic': topic, 'lift': ROUND(lift, 2)} ORDER BY excess DESC, topic), 1, $names) AS topics
    FROM lifted
    WHERE lift > 1
    GROUP BY segment
),
loud AS (
    SELECT h.segment AS segment, h.author AS who, COUNT(*) AS people
    FROM heard AS h
    JOIN membership AS m ON m.account = h.author AND CAST(m.community AS VARCHAR) = h.segment
    WHERE h.kind = 'community' AND STARTS_WITH(h.author, '@')
    GROUP BY h.segment, h.author
),
voices AS (
    SELECT segment, LIST_SLICE(LIST(who ORDER BY people DESC, who), 1, $names) AS voices
    FROM loud
    GROUP BY segment
)
SELECT
    s.kind AS kind,
    s.segment AS segment,
    s.people AS people,
    n.people AS everybody,
    ROUND(c.stability, 3) AS stability,
    t.topics AS topics,
    v.voices AS voices
FROM sizes AS s
CROSS JOIN everybody AS n
LEFT JOIN communities AS c ON s.kind = 'community' AND CAST(c.community AS VARCHAR) = s.segment
LEFT JOIN topics AS t ON s.kind = 'community' AND t.segment = s.segment
LEFT JOIN voices AS v ON s.kind = 'community' AND v.segment = s.segment
