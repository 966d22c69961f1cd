-- How everybody's score moves from one pass to another of the same moment: of who has a score in either, most first.
SELECT
    COALESCE(b.id, a.id) AS id,
    b.score AS before,
    a.score AS after,
    a.score - b.score AS change,
    a.reach - b.reach AS reach,
    a.amplification - b.amplification AS amplification,
    a.network - b.network AS network,
    CASE
        WHEN b.score IS NULL THEN 'gains a score'
        WHEN a.score IS NULL THEN 'loses its score'
    END AS evidence
FROM (SELECT * FROM before WHERE score IS NOT NULL) AS b
FULL JOIN (SELECT * FROM after WHERE score IS NOT NULL) AS a ON a.id = b.id
ORDER BY ABS(COALESCE(a.score, 0) - COALESCE(b.score, 0)) DESC, id
