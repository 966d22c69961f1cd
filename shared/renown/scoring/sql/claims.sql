-- Everybody's topics (docs/topics.md): the points, the proof, and the voice. Only what is `claimed` is said of anybody.
--
-- The response is that of `accounts`, to posts on the topic; each doubling of the response to other posts adds
-- $elsewhere. Voice is the share of response against the share of posting: among all who post on the topic, where at
-- least $peers others do (each person who reacts is divided over those they react to on it), else among one's own posts
-- (and over the topics that they react to). It has the 80% interval of a ratio of two proportions (Katz et al. 1978),
-- each with half a person, or post, more on either side.
WITH audience AS (
    SELECT topic, reactor, SUM(CAST(weight AS DECIMAL(18, 12))) AS weight
    FROM topic_weighed
    WHERE trust > 0 OR NOT $defended
    GROUP BY topic, reactor
),
answers AS (
    SELECT
        w.author AS author,
        w.topic AS topic,
        COUNT(*) FILTER (WHERE w.trust > 0 OR NOT $defended) AS reactors,
        LIST_SORT(LIST(w.first) FILTER (WHERE w.trust > 0 OR NOT $defended))[$reactors] AS enough,
        SUM(CAST(w.strong AS DECIMAL(18, 12))) AS strong,
        SUM(CAST(w.strong * w.trust AS DECIMAL(18, 12))) AS trusted,
        CAST(SUM(CAST(w.weight / CAST(a.weight AS DOUBLE) AS DECIMAL(18, 12))) AS DOUBLE) AS heard,
        CAST(SUM(CAST(CASE WHEN a.topic IS NOT NULL THEN w.weight / e.weight END AS DECIMAL(18, 12))) AS DOUBLE) AS among
    FROM topic_weighed AS w
    JOIN edges AS e ON e.author = w.author AND e.reactor = w.reactor
    LEFT JOIN audience AS a ON a.topic = w.topic AND a.reactor = w.reactor
    GROUP BY w.author, w.topic
),
audiences AS (
    SELECT author, COUNT(*) FILTER (WHERE trust > 0 OR NOT $defended) AS people
    FROM weighed
    GROUP BY author
),
posted AS (
    SELECT author, COUNT(*) AS posts
    FROM authored
    GROUP BY author
),
everybody AS (
    SELECT COUNT(*) AS authors, SUM(posts) AS posts FROM posted
),
together AS (
    SELECT p.topic AS topic, SUM(p.posts) AS posts, COUNT(*) AS authors, COALESCE(ANY_VALUE(a.people), 0) AS people
    FROM posting AS p
    LEFT JOIN (SELECT topic, COUNT(*) AS people FROM audience GROUP BY topic) AS a ON a.topic = p.topic
    GROUP BY p.topic
),
joined AS (
    SELECT
        COALESCE(p.author, a.author) AS author,
        COALESCE(p.topic, a.topic) AS topic,
        COALESCE(p.posts, 0) AS posts,
        COALESCE(a.reactors, 0) AS reactors,
        GREATEST(p.enough, a.enough) AS since,
        COALESCE(a.heard, 0) AS heard,
        COALESCE(a.among, 0) AS among,
        COALESCE(
            CASE
                WHEN $defended
                THEN a.trusted + LEAST(a.strong - a.trusted, CAST($stranger_share * a.trusted AS DECIMAL(38, 12)))
                ELSE a.strong
            END,
            0
        ) AS response
    FROM posting AS p
    FULL JOIN answers AS a ON a.author = p.author AND a.topic = p.topic
),
measured AS (
    SELECT
        j.*,
        COALESCE(o.posts, 0) AS all_posts,
        c.authors - 1 AS others,
        -- How often the others write on it, and how often the author does.
        CAST(t.posts - j.posts AS DOUBLE) / NULLIF(c.posts - o.posts, 0) AS usual,
        CAST(j.posts AS DOUBLE) / o.posts AS own,
        COALESCE(t.authors, 0) > $peers AS against_others,
        CASE WHEN COALESCE(t.authors, 0) > $peers THEN j.heard ELSE j.among END AS answered,
        CASE WHEN COALESCE(t.authors, 0) > $peers THEN t.people ELSE COALESCE(u.people, 0) END AS people,
        CASE WHEN COALESCE(t.authors, 0) > $peers THEN t.posts ELSE COALESCE(o.posts, 0) END AS of_posts,
        CAST(j.response AS DOUBLE)
            + $elsewhere * LOG2(1 + GREATEST(0, CAST(COALESCE(s.response, 0) - j.response AS DOUBLE))) AS expected
    FROM joined AS j
    CROSS JOIN everybody AS c
    LEFT JOIN together AS t ON t.topic = j.topic
    LEFT JOIN audiences AS u ON u.author = j.author
    LEFT JOIN posted AS o ON o.author = j.author
    LEFT JOIN accounts AS s ON s.id = j.author
),
shares AS (
    SELECT
        *,
        (answered + 0.5) / (people + 1) AS heard_share,
        (posts + 0.5) / (of_posts + 1) AS posted_share
    FROM measured
),
spread AS (
    SELECT
        *,
        heard_share / posted_share AS voice,
        EXP(1.2816 * SQRT(
            (1 - heard_share) / ((people + 1) * heard_share) + (1 - posted_share) / ((of_posts + 1) * posted_share)
        )) AS wide,
        -- The bound of Chernoff and Hoeffding (1963) on the chance of so many posts among as many of the others'.
        CASE
            WHEN own <= usual THEN 0
            WHEN usual = 0 THEN 1e9
            ELSE all_posts * (
                own * LN(own / usual) + CASE WHEN own < 1 THEN (1 - own) * LN((1 - own) / (1 - usual)) ELSE 0 END
            )
        END AS beyond_chance
    FROM shares
),
proved AS (
    SELECT
        s.*,
        r.half_life AS half_life,
        r.beyond AS beyond,
        s.posts >= $posts AND s.reactors >= $reactors AND COALESCE(r.heard_posts, 0) >= $posts AS claimed
    FROM spread AS s
    LEFT JOIN resonance AS r ON r.author = s.author AND r.topic = s.topic
)
SELECT
    p.author AS author,
    p.topic AS topic,
    p.claimed AS claimed,
    h.topic IS NOT NULL AS hidden,
    -- What stands above a topic and has nothing that the topic has not says nothing more.
    p.claimed AND EXISTS (
        SELECT 1
        FROM proved AS n
        JOIN above AS a ON a.topic = n.topic AND a.above = p.topic
        WHERE n.author = p.author AND n.topic <> p.topic AND n.claimed AND n.posts = p.posts AND n.reactors = p.reactors
    ) AS repeated,
    p.others >= $others AND p.beyond_chance < LN(1 / $chance) AS common,
    p.posts AS posts,
    p.reactors AS reactors,
    CAST($people * p.expected AS DECIMAL(18, 6)) AS audience,
    CAST(LEAST($ceiling, $points * LOG2(1 + $people * p.expected)) AS DECIMAL(9, 6)) AS points,
    CASE
        WHEN b.low IS NOT NULL
        THEN CAST(GREATEST(0, ROUND(POWER(2, LOG2(1 + $people * p.expected) + b.low) - 1)) AS BIGINT)
    END AS fewest,
    CASE
        WHEN b.high IS NOT NULL
        THEN CAST(GREATEST(0, ROUND(POWER(2, LOG2(1 + $people * p.expected) + b.high) - 1)) AS BIGINT)
    END AS most,
    p.against_others AS against_others,
    CAST(p.answered / NULLIF(p.people, 0) AS DECIMAL(9, 6)) AS heard_share,
    CAST(CAST(p.posts AS DOUBLE) / NULLIF(p.of_posts, 0) AS DECIMAL(9, 6)) AS posted_share,
    CAST(p.voice AS DECIMAL(18, 6)) AS voice,
    CAST(p.voice / p.wide AS DECIMAL(18, 6)) AS low,
    CAST(p.voice * p.wide AS DECIMAL(18, 6)) AS high,
    CASE
        WHEN p.posts < $posts THEN NULL
        WHEN p.claimed AND p.voice / p.wide > 1 THEN 'legitimate'
        WHEN p.voice * p.wide < 1 THEN 'could improve'
        WHEN p.claimed THEN 'steady'
    END AS word,
    CASE WHEN p.claimed THEN p.since END AS since,
    CAST(p.half_life AS BIGINT) AS half_life,
    CAST(p.beyond AS DECIMAL(7, 6)) AS beyond
FROM proved AS p
LEFT JOIN hidden AS h ON h.author = p.author AND h.topic = p.topic
LEFT JOIN strata AS b ON p.expected >= b.bottom AND p.expected < b.top
