-- Sums as points (DESIGN section 4). Strangers, whom no trusted attention reaches, add at most $stranger_share of what
-- the trusted ones add. Points are decimals: the pillars sum to the score exactly.
WITH audiences AS (
    SELECT
        *,
        CASE
            WHEN fresh < $least THEN 0
            WHEN $defended
            THEN trusted + LEAST(strong - trusted, CAST($stranger_share * trusted AS DECIMAL(38, 12)))
            ELSE strong
        END AS audience
    FROM sums
),
points AS (
    SELECT
        *,
        CAST(LEAST($ceiling, $points * LOG2(1 + audience)) AS DECIMAL(9, 6)) AS score,
        CAST($points * LOG2(1 + fresh) AS DECIMAL(9, 6)) AS reach,
        CAST($points * LOG2(1 + strong) AS DECIMAL(9, 6)) AS engaged
    FROM audiences
)
SELECT
    id,
    CASE WHEN reactors >= $floor THEN score END AS score,
    CASE WHEN reactors >= $floor THEN reach END AS reach,
    CASE WHEN reactors >= $floor THEN engaged - reach END AS amplification,
    CASE WHEN reactors >= $floor THEN score - engaged END AS network,
    CASE WHEN reactors >= $floor THEN CAST(audience AS DECIMAL(18, 6)) END AS audience,
    reactors,
    reactions,
    trusted_reactors,
    CAST(COALESCE(trusted / NULLIF(strong, 0), 0) AS DECIMAL(7, 6)) AS trusted,
    CAST(audience AS DECIMAL(24, 12)) AS expected  -- the audience also of those below the floor; for backtest and receipts
FROM points
ORDER BY id
