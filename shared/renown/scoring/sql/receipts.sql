-- Every reaction to those in `asked` with its points: the reactor's share of the audience, split over their reactions by
-- the verbs' weights, times the score. Biggest first, by position from 0. What is told of a reaction is in `told`.
WITH shares AS (
    SELECT
        w.author AS id,
        w.reactor AS reactor,
        w.weight AS weight,
        CAST(a.score AS DOUBLE) AS score,
        -- The trusted part, and of the rest what the cap on strangers lets through (undefended: all of it).
        CAST(w.strong * (w.trust + (1 - w.trust) * a.let_in) AS DECIMAL(18, 12)) AS share
    FROM weighed AS w
    JOIN asked AS q ON q.id = w.author
    JOIN accounts AS a ON a.id = w.author
),
audiences AS (
    SELECT id, SUM(share) AS audience
    FROM shares
    GROUP BY id
),
reacted AS (
    SELECT t.*, COALESCE(s.score * s.share / NULLIF(a.audience, 0) * t.weight / NULLIF(s.weight, 0), 0) AS points
    FROM told AS t
    JOIN shares AS s ON s.id = t.id AND s.reactor = t.actor
    JOIN audiences AS a ON a.id = t.id
)
SELECT
    id,
    ROW_NUMBER() OVER (PARTITION BY id ORDER BY points DESC, moment DESC, reaction) - 1 AS position,
    points,
    verb,
    STRFTIME(MAKE_TIMESTAMP(moment * 1000000), '%Y-%m-%dT%H:%M:%SZ') AS "at",
    object,
    url,
    reactor
FROM reacted
