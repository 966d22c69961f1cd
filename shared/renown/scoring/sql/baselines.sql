-- What simple methods say of everybody who was reacted to, beside the score's own expectation.
SELECT
    a.id AS id,
    CAST(a.expected AS DOUBLE) AS score,
    CAST(a.response AS DOUBLE) AS response,
    CAST(e.persistence AS DOUBLE) AS persistence,
    CAST(a.reactors AS DOUBLE) AS "distinct",
    CAST(a.reactions AS DOUBLE) AS count,
    e.fresh_half AS "fresh-0.5",
    e.fresh_one AS "fresh-1",
    e.fresh_two AS "fresh-2",
    a.reactors >= $floor AS scored,
    e.first > $until - $horizon AS newcomer
FROM accounts AS a
JOIN (
    SELECT
        author,
        MIN(first) AS first,
        COUNT(*) FILTER (WHERE last > $until - $horizon) AS persistence,
        SUM(CAST(POWER(2, (last - $until) / (0.5 * $horizon)) AS DECIMAL(18, 12)))::DOUBLE AS fresh_half,
        SUM(CAST(POWER(2, (last - $until) / (1.0 * $horizon)) AS DECIMAL(18, 12)))::DOUBLE AS fresh_one,
        SUM(CAST(POWER(2, (last - $until) / (2.0 * $horizon)) AS DECIMAL(18, 12)))::DOUBLE AS fresh_two
    FROM edges
    GROUP BY author
) AS e ON e.author = a.id
ORDER BY a.id
