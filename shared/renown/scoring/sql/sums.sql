-- For everybody who was reacted to: the sums over their reactors r of freshness d, of d times strength s, and of d s
-- times trust t. Sums are of decimals, so that they do not depend on the order of rows.
SELECT
    author AS id,
    COUNT(*) AS reactors,
    CAST(SUM(reactions) AS BIGINT) AS reactions,
    COUNT(*) FILTER (WHERE trust > 0) AS trusted_reactors,
    SUM(CAST(fresh AS DECIMAL(18, 12))) AS fresh,
    SUM(CAST(strong AS DECIMAL(18, 12))) AS strong,
    SUM(CAST(strong * trust AS DECIMAL(18, 12))) AS trusted
FROM weighed
GROUP BY author
