-- The audiences of those in `told_of` by segment, where they are $needed people or more: the segments with $fewest of
-- them, and the communities that they do not reach. Growth is in horizons of the formula; who bridges to a segment has
-- to do with the profile, and is reacted to by people of it who do not react to the profile.
WITH fans AS (
    SELECT e.author AS id, e.reactor AS person
    FROM edges AS e
    JOIN told_of AS q ON q.id = e.author
),
audiences AS (
    SELECT q.id AS id, COUNT(f.person) AS people
    FROM told_of AS q
    LEFT JOIN fans AS f ON f.id = q.id
    GROUP BY q.id
),
reacted AS (
    SELECT
        id,
        actor AS person,
        BOOL_OR(moment > $until - $horizon) AS lately,
        BOOL_OR(moment <= $until - $horizon AND moment > $until - 2 * $horizon) AS before
    FROM told
    GROUP BY id, actor
),
sizes AS (
    SELECT
        f.id AS id,
        m.kind AS kind,
        m.segment AS segment,
        COUNT(*) AS size,
        COUNT(*) FILTER (r.lately) AS lately,
        COUNT(*) FILTER (r.before) AS before
    FROM fans AS f
    JOIN audiences AS a ON a.id = f.id AND a.people >= $needed
    JOIN members AS m ON m.person = f.person
    LEFT JOIN reacted AS r ON r.id = f.id AND r.person = f.person
    GROUP BY f.id, m.kind, m.segment
),
-- Also communities with nobody of the audience in them: perhaps they are not reached.
pairs AS (
    SELECT id, kind, segment FROM sizes WHERE size >= $fewest
    UNION
    SELECT a.id, b.kind, b.segment
    FROM audiences AS a
    JOIN about AS b ON a.people >= $needed AND b.people >= $needed AND b.kind = 'community'
),
compared AS (
    SELECT
        p.*,
        a.people AS audience,
        b.people AS people,
        a.people * b.people / b.everybody AS expected,
        COALESCE(s.size, 0) AS size,
        COALESCE(s.lately, 0) AS lately,
        COALESCE(s.before, 0) AS before
    FROM pairs AS p
    JOIN audiences AS a ON a.id = p.id
    JOIN about AS b ON b.kind = p.kind AND b.segment = p.segment
    LEFT JOIN sizes AS s ON s.id = p.id AND s.kind = p.kind AND s.segment = p.segment
),
ranked AS (
    SELECT
        *,
        size >= $fewest AND ROW_NUMBER() OVER (
            PARTITION BY id, kind, size >= $fewest
            ORDER BY
                CASE WHEN kind = 'community' THEN size ELSE (size - expected) / SQRT(expected) END DESC,
                segment
        ) <= CASE WHEN kind = 'community' THEN $most ELSE $some END AS reached,
        kind = 'community' AND people >= $needed AND (size < $fewest OR size < $hardly * expected) AS missed
    FROM compared
),
chosen AS (
    SELECT
        *,
        missed AND ROW_NUMBER() OVER (PARTITION BY id, missed ORDER BY people DESC, segment) <= $some AS unreached
    FROM ranked
),
around AS (
    SELECT id, person AS other FROM fans
    UNION
    SELECT e.reactor, e.author
    FROM edges AS e
    JOIN told_of AS q ON q.id = e.reactor
),
-- Of the people of a segment who react to somebody around, those who do not react to the profile and are not it: all of
-- them less those. Counted the other way round, person by person, these are billions of rows for some thousand profiles.
shared AS (
    SELECT c.id AS id, c.kind AS kind, c.segment AS segment, h.author AS other, COUNT(*) AS people
    FROM (SELECT id, person FROM fans UNION ALL SELECT id, id FROM audiences) AS f
    JOIN heard AS h ON h.person = f.person
    JOIN chosen AS c ON c.id = f.id AND c.kind = h.kind AND c.segment = h.segment AND (c.reached OR c.unreached)
    SEMI JOIN around AS r ON r.id = f.id AND r.other = h.author
    GROUP BY c.id, c.kind, c.segment, h.author
),
beyond AS (
    SELECT c.id AS id, c.kind AS kind, c.segment AS segment, r.other AS other, n.people - COALESCE(s.people, 0) AS beyond
    FROM chosen AS c
    JOIN around AS r ON r.id = c.id
    JOIN listeners AS n ON n.author = r.other AND n.kind = c.kind AND n.segment = c.segment
    LEFT JOIN shared AS s ON s.id = c.id AND s.kind = c.kind AND s.segment = c.segment AND s.other = r.other
    WHERE (c.reached OR c.unreached) AND n.people > COALESCE(s.people, 0)
),
bridges AS (
    SELECT
        id,
        kind,
        segment,
        COUNT(*) AS people,
        COALESCE(LIST_SLICE(
            LIST({'who': other, 'beyond': beyond} ORDER BY beyond DESC, other) FILTER (STARTS_WITH(other, '@')),
            1, $bridges
        ), []) AS named
    FROM beyond
    GROUP BY id, kind, segment
),
shown AS (
    SELECT
        c.*,
        {
            'segment': CASE WHEN c.kind = 'topic' THEN c.segment ELSE CAST(CAST(c.segment AS INTEGER) + 1 AS VARCHAR) END,
            'people': c.people,
            'size': CASE WHEN c.size >= $fewest THEN c.size END,
            'share': CASE WHEN c.size >= $fewest THEN ROUND(c.size / c.audience, 4) END,
            'lift': CASE WHEN c.size >= $fewest THEN ROUND(c.size / c.expected, 2) END,
            'lately': CASE WHEN c.size >= $fewest THEN c.lately END,
            'before': CASE WHEN c.size >= $fewest THEN c.before END,
            'stability': w.stability,
            'topics': COALESCE(w.topics, []),
            'voices': COALESCE(LIST_FILTER(w.voices, lambda who: who <> c.id), []),
            'bridges': {'people': COALESCE(b.people, 0), 'named': COALESCE(b.named, [])}
        } AS doc
    FROM chosen AS c
    JOIN about AS w ON w.kind = c.kind AND w.segment = c.segment
    LEFT JOIN bridges AS b ON b.id = c.id AND b.kind = c.kind AND b.segment = c.segment
    WHERE c.reached OR c.unreached
)
SELECT
    a.id AS id,
    a.people AS audience,
    $needed AS needed,
    {
        'people': (SELECT COUNT(DISTINCT reactor) FROM edges),
        'modularity': ROUND($modularity, 4),
        'ties': $ties,
        'searched': $searched
    } AS everybody,
    COALESCE(LIST(s.doc ORDER BY s.size DESC, s.segment) FILTER (s.kind = 'community' AND s.reached), []) AS communities,
    CASE WHEN a.people >= $needed
        THEN CAST(a.people - COALESCE(SUM(s.size) FILTER (s.kind = 'community' AND s.reached), 0) AS BIGINT)
    END AS others,
    COALESCE(
        LIST(s.doc ORDER BY (s.size - s.expected) / SQRT(s.expected) DESC, s.segment) FILTER (s.kind = 'topic' AND s.reached), []
    ) AS topics,
    COALESCE(LIST(s.doc ORDER BY s.people DESC, s.segment) FILTER (s.unreached), []) AS unreached
FROM audiences AS a
LEFT JOIN shown AS s ON s.id = a.id
GROUP BY a.id, a.people
ORDER BY a.id
