-- For everybody who was reacted to: the sums over their reactors r of freshness d, of d times strength s, and of d s
-- times trust t (DESIGN section 4). Sums are of decimals, so that they do not depend on the order of rows.
WITH weighed AS (
    SELECT
        e.author AS author,
        e.reactions AS reactions,
        COALESCE(t.trust, 0) AS trust,
        POWER(2, (e.last - $until) / $half_life) AS fresh,
        POWER(2, (e.last - $until) / $half_life) * LEAST(LOG2(1 + e.weight), $most) AS strong
    FROM edges AS e
    LEFT JOIN trust AS t ON t.account = e.reactor
)
SELECT
    author AS id,
    COUNT(*) AS reactors,
    CAST(SUM(reactions) AS BIGINT) AS reactions,
    COUNT(*) FILTER (WHERE trust > 0) AS trusted_reactors,
    SUM(CAST(fresh AS DECIMAL(18, 12))) AS fresh,
    SUM(CAST(strong AS DECIMAL(18, 12))) AS strong,
    SUM(CASE WHEN trust > 0 THEN CAST(strong AS DECIMAL(18, 12)) ELSE 0 END) AS reached,
    SUM(CAST(strong * trust AS DECIMAL(18, 12))) AS trusted
FROM weighed
GROUP BY author
