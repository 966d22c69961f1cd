-- Receipts as pages of $size: each says how many there are, and how many points the pages before it hold.
WITH pages AS (
    SELECT
        r.id AS id,
        r.position // $size AS page,
        SUM(CAST(r.points AS DECIMAL(38, 18))) AS points,
        LIST({
            'points': r.points,
            'verb': r.verb,
            'at': r."at",
            'object': r.object,
            'url': r.url,
            'reactor': r.reactor
        } ORDER BY r.position) AS entries
    FROM receipts AS r
    GROUP BY r.id, page
)
SELECT
    p.id AS id,
    p.page AS page,
    CAST(a.score AS DOUBLE) AS score,
    a.reactions AS reactions,
    CAST(SUM(p.points) OVER (PARTITION BY p.id ORDER BY p.page) - p.points AS DOUBLE) AS before,
    p.entries AS entries
FROM pages AS p
JOIN accounts AS a ON a.id = p.id
ORDER BY p.id, p.page
