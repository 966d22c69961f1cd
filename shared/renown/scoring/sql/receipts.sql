-- Every reaction to those in `asked` with its points: the reactor's share of the audience, split over their reactions by
-- the verbs' weights, times the score. Biggest first, by position from 0.
--
-- People who did not opt in are counted, not named: of their reaction only the author's own post is shown (a Mention
-- stands in somebody else's), and not even that where its address holds their name, as that of a pull request to their
-- repository does.
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
theirs AS (
    SELECT r.*
    FROM reactions AS r
    JOIN asked AS q ON q.id = r.author
),
own_posts AS (
    SELECT author AS id, object, MIN(url) AS url
    FROM theirs
    WHERE verb = 'Create' AND actor = author
    GROUP BY author, object
),
reacted AS (
    SELECT
        s.id AS id,
        r.id AS reaction,
        COALESCE(s.score * s.share / NULLIF(a.audience, 0) * v.weight / NULLIF(s.weight, 0), 0) AS points,
        r.verb AS verb,
        r.moment AS moment,
        r.object AS object,
        r.url AS url,
        COALESCE(p.url, r.object) AS post_url,
        CASE WHEN STARTS_WITH(r.actor, '@') THEN r.actor END AS reactor,
        SPLIT_PART(LTRIM(SUBSTR(r.account, POSITION(':' IN r.account) + 1), '@'), '@', 1) AS name
    FROM theirs AS r
    JOIN verbs AS v ON v.verb = r.verb AND v.weight > 0
    JOIN shares AS s ON s.id = r.author AND s.reactor = r.actor
    JOIN audiences AS a ON a.id = s.id
    LEFT JOIN own_posts AS p ON p.id = s.id AND p.object = r.object
),
shown AS (
    SELECT
        *,
        reactor IS NOT NULL AS opted_in,
        verb IN ('Like', 'Announce', 'Reply', 'Quote', 'Accept') AND NOT CONTAINS(
            CONCAT(' ', TRANSLATE(LOWER(CONCAT_WS(' ', object, post_url)), '/:@?#&=.-_~+%', '             '), ' '),
            CONCAT(' ', TRANSLATE(LOWER(name), '/:@?#&=.-_~+%', '             '), ' ')
        ) AS names_nobody
    FROM reacted
),
linked AS (
    SELECT
        *,
        CASE WHEN opted_in OR names_nobody THEN object END AS what,
        CASE
            WHEN opted_in AND STARTS_WITH(url, 'http') THEN url
            WHEN opted_in OR names_nobody THEN post_url
        END AS link
    FROM shown
)
SELECT
    id,
    ROW_NUMBER() OVER (PARTITION BY id ORDER BY points DESC, moment DESC, reaction) - 1 AS position,
    points,
    verb,
    STRFTIME(MAKE_TIMESTAMP(moment * 1000000), '%Y-%m-%dT%H:%M:%SZ') AS "at",
    CASE WHEN LENGTH(what) <= $longest THEN what END AS object,
    CASE
        WHEN LENGTH(link) <= $longest AND (STARTS_WITH(link, 'https://') OR STARTS_WITH(link, 'http://')) THEN link
    END AS url,
    reactor
FROM linked
