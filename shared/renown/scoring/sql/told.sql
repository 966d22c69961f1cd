-- Every reaction to those in `told_of`, as it may be shown to everybody.
--
-- People who did not opt in are counted, not named: of their reaction only the author's own post is shown (a Mention
-- stands in somebody else's), and not even that where its address holds their name, as that of a pull request to their
-- repository does.
WITH theirs AS (
    SELECT r.*
    FROM reactions AS r
    JOIN told_of AS q ON q.id = r.author
),
own_posts AS (
    SELECT author AS id, object, MIN(url) AS url
    FROM theirs
    WHERE verb = 'Create' AND actor = author
    GROUP BY author, object
),
reacted AS (
    SELECT
        r.author AS id,
        r.id AS reaction,
        r.actor AS actor,
        v.weight AS weight,
        r.verb AS verb,
        r.moment AS moment,
        r.object AS object,
        r.url AS url,
        COALESCE(p.url, r.object) AS post_url,
        CASE WHEN STARTS_WITH(r.actor, '@') THEN r.actor END AS reactor,
        SPLIT_PART(LTRIM(SUBSTR(r.account, POSITION(':' IN r.account) + 1), '@'), '@', 1) AS name
    FROM theirs AS r
    JOIN verbs AS v ON v.verb = r.verb AND v.weight > 0
    LEFT JOIN own_posts AS p ON p.id = r.author AND p.object = r.object
    WHERE r.author <> r.actor
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
    reaction,
    actor,
    weight,
    verb,
    moment,
    CASE WHEN LENGTH(what) <= $longest THEN what END AS object,
    CASE
        WHEN LENGTH(link) <= $longest AND (STARTS_WITH(link, 'https://') OR STARTS_WITH(link, 'http://')) THEN link
    END AS url,
    reactor
FROM linked
