-- With whom those in `told_of` have to do, in the formula's window: what others did to their posts ("they") and what
-- they did to others' ("you"). Spans are horizons of the formula.
--
--   mutual      both ways
--   to_you      they react, you never did                by_you   the other way round
--   new         nothing either way before the last horizon
--   lapsed      they came back once at least, and have been silent for two horizons
--   unanswered  they reacted on three occasions or more, lastly within two horizons, and never heard back
--
-- Whoever did not opt in is counted, not named.
WITH theirs AS (
    SELECT e.author AS id, e.reactor AS other, e.first, e.last, e.reactions, e.occasions
    FROM edges AS e
    JOIN told_of AS q ON q.id = e.author
),
yours AS (
    SELECT e.reactor AS id, e.author AS other, e.first, e.last, e.reactions
    FROM edges AS e
    JOIN told_of AS q ON q.id = e.reactor
),
ties AS (
    SELECT
        COALESCE(t.id, y.id) AS id,
        COALESCE(t.other, y.other) AS other,
        COALESCE(t.reactions, 0) AS they,
        COALESCE(y.reactions, 0) AS you,
        COALESCE(t.occasions, 0) AS occasions,
        LEAST(COALESCE(t.first, y.first), COALESCE(y.first, t.first)) AS first,
        GREATEST(COALESCE(t.last, y.last), COALESCE(y.last, t.last)) AS last,
        t.last AS they_last
    FROM theirs AS t
    FULL JOIN yours AS y ON y.id = t.id AND y.other = t.other
),
kinds AS (
    SELECT
        *,
        STARTS_WITH(other, '@') AS named,
        they > 0 AND you > 0 AS mutual,
        you = 0 AS to_you,
        they = 0 AS by_you,
        first > $until - $horizon AS new,
        occasions >= 2 AND they_last <= $until - 2 * $horizon AS lapsed,
        occasions >= 3 AND they_last > $until - 2 * $horizon AND you = 0 AS unanswered
    FROM ties
),
-- Whom each of them is reacted to by that does not react to you: whom they connect you to.
beyond AS (
    SELECT t.id AS id, t.other AS other, e.reactor AS reached
    FROM theirs AS t
    JOIN edges AS e ON e.author = t.other AND e.reactor <> t.id
    ANTI JOIN theirs AS own ON own.id = t.id AND own.other = e.reactor
),
bridges AS (
    SELECT id, other, COUNT(*) AS reached
    FROM beyond
    GROUP BY id, other
),
reach AS (
    SELECT b.id AS id, COUNT(DISTINCT b.reached) AS beyond
    FROM beyond AS b
    GROUP BY b.id
),
last_seen AS (
    SELECT t.id AS id, t.actor AS other, t.verb AS verb, t.object AS object, t.url AS url
    FROM told AS t
    JOIN kinds AS k ON k.id = t.id AND k.other = t.actor AND k.unanswered
    QUALIFY ROW_NUMBER() OVER (PARTITION BY t.id, t.actor ORDER BY t.moment DESC, t.reaction) = 1
),
shown AS (
    SELECT
        k.*,
        COALESCE(b.reached, 0) AS reached,
        s.verb AS verb,
        s.object AS object,
        s.url AS url,
        STRFTIME(MAKE_TIMESTAMP(k.first * 1000000), '%Y-%m-%d') AS since,
        STRFTIME(MAKE_TIMESTAMP(k.last * 1000000), '%Y-%m-%d') AS lately
    FROM kinds AS k
    LEFT JOIN bridges AS b ON b.id = k.id AND b.other = k.other
    LEFT JOIN last_seen AS s ON s.id = k.id AND s.other = k.other
),
people AS (
    SELECT
        *,
        {'who': other, 'they': they, 'you': you, 'first': since, 'last': lately, 'reached': reached} AS person
    FROM shown
)
SELECT
    q.id AS id,
    {
        'people': COUNT(p.other),
        'mutual': COUNT(*) FILTER (p.mutual),
        'to_you': COUNT(*) FILTER (p.to_you),
        'by_you': COUNT(*) FILTER (p.by_you),
        'new': COUNT(*) FILTER (p.new),
        'lapsed': COUNT(*) FILTER (p.lapsed),
        'unanswered': COUNT(*) FILTER (p.unanswered),
        'bridges': COUNT(*) FILTER (p.reached > 0),
        'beyond': COALESCE(ANY_VALUE(r.beyond), 0)
    } AS counts,
    {
        'mutual': COALESCE(LIST_SLICE(LIST(p.person ORDER BY p.they + p.you DESC, p.other) FILTER (p.named AND p.mutual), 1, $most), []),
        'to_you': COALESCE(LIST_SLICE(LIST(p.person ORDER BY p.they DESC, p.other) FILTER (p.named AND p.to_you), 1, $most), []),
        'by_you': COALESCE(LIST_SLICE(LIST(p.person ORDER BY p.you DESC, p.other) FILTER (p.named AND p.by_you), 1, $most), []),
        'new': COALESCE(LIST_SLICE(LIST(p.person ORDER BY p.first DESC, p.other) FILTER (p.named AND p.new), 1, $most), []),
        'lapsed': COALESCE(LIST_SLICE(LIST(p.person ORDER BY p.they DESC, p.other) FILTER (p.named AND p.lapsed), 1, $most), []),
        'unanswered': COALESCE(LIST_SLICE(LIST(p.person ORDER BY p.they DESC, p.other) FILTER (p.named AND p.unanswered), 1, $most), []),
        'bridges': COALESCE(LIST_SLICE(LIST(p.person ORDER BY p.reached DESC, p.other) FILTER (p.named AND p.reached > 0), 1, $most), [])
    } AS named,
    COALESCE(LIST_SLICE(
        LIST({
            'who': CASE WHEN p.named THEN p.other END,
            'they': p.they,
            'last': p.lately,
            'verb': p.verb,
            'object': p.object,
            'url': p.url
        } ORDER BY p.occasions DESC, p.they_last DESC, p.other) FILTER (p.unanswered),
        1, $today
    ), []) AS answer
FROM told_of AS q
LEFT JOIN people AS p ON p.id = q.id
LEFT JOIN reach AS r ON r.id = q.id
GROUP BY q.id
ORDER BY q.id
