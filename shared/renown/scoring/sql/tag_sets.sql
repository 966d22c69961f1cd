-- What every set of tags counts for: the topics that they name and all above them, each once, without what a `judge`
-- disputes and without what is above only that.
WITH lists AS (
    SELECT tags, judge FROM authored WHERE LEN(tags) > 0
    UNION
    SELECT tags, judge FROM answered
),
named AS (
    SELECT DISTINCT l.tags AS tags, l.judge AS judge, t.topic AS topic
    FROM (SELECT tags, judge, UNNEST(tags) AS tag FROM lists) AS l
    JOIN tagged AS t ON t.tag = l.tag
    ANTI JOIN disputed AS d ON d.author = l.judge AND d.topic = t.topic
)
SELECT DISTINCT n.tags AS tags, n.judge AS judge, a.above AS topic
FROM named AS n
JOIN above AS a ON a.topic = n.topic
ANTI JOIN disputed AS d ON d.author = n.judge AND d.topic = a.above
