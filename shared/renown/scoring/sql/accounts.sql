-- Sums as points (DESIGN section 4). Strangers, whom no trusted attention reaches, add at most $stranger_share of what
-- the trusted ones add. Whose (trusted) reactors together are less than $least is forgotten and has no response, and no
-- stranger brings them back; everybody counts as $forgotten at least. The audience is $people for each 1 of it.
-- Points are decimals: the pillars sum to the score exactly.
WITH responses AS (
    SELECT
        *,
        CASE
            WHEN CASE WHEN $defended THEN trusted ELSE strong END < $least THEN 0
            WHEN $defended
            THEN trusted + LEAST(strong - trusted, CAST($stranger_share * trusted AS DECIMAL(38, 12)))
            ELSE strong
        END AS response,
        -- How much of what strangers do counts; those who have nobody else count whole among themselves.
        CASE
            WHEN $defended AND trusted > 0 AND strong > trusted
            THEN LEAST(1, $stranger_share * CAST(trusted AS DOUBLE) / CAST(strong - trusted AS DOUBLE))
            ELSE 1
        END AS let_in
    FROM sums
),
audiences AS (
    SELECT
        *,
        $people * CASE WHEN response = 0 THEN $forgotten ELSE GREATEST(fresh, $forgotten) END AS fresh_audience,
        $people * CASE WHEN response = 0 THEN $forgotten ELSE GREATEST(strong, $forgotten) END AS strong_audience,
        $people * GREATEST(response, $forgotten) AS audience
    FROM responses
),
points AS (
    SELECT
        *,
        CAST(LEAST($ceiling, $points * LOG2(1 + audience)) AS DECIMAL(9, 6)) AS score,
        CAST($points * LOG2(1 + fresh_audience) AS DECIMAL(9, 6)) AS reach,
        CAST($points * LOG2(1 + strong_audience) AS DECIMAL(9, 6)) AS engagement
    FROM audiences
)
SELECT
    p.id AS id,
    CASE WHEN p.reactors >= $floor THEN p.score END AS score,
    CASE WHEN p.reactors >= $floor THEN p.reach END AS reach,
    CASE WHEN p.reactors >= $floor THEN p.engagement - p.reach END AS amplification,
    CASE WHEN p.reactors >= $floor THEN p.score - p.engagement END AS network,
    CASE WHEN p.reactors >= $floor THEN CAST(p.audience AS DECIMAL(18, 6)) END AS audience,
    CASE
        WHEN p.reactors >= $floor
        THEN CAST(GREATEST(0, ROUND(POWER(2, LOG2(1 + p.audience) + s.low) - 1)) AS BIGINT)
    END AS fewest,
    CASE
        WHEN p.reactors >= $floor
        THEN CAST(GREATEST(0, ROUND(POWER(2, LOG2(1 + p.audience) + s.high) - 1)) AS BIGINT)
    END AS most,
    p.reactors AS reactors,
    p.reactions AS reactions,
    p.trusted_reactors AS trusted_reactors,
    CAST(COALESCE(p.trusted / NULLIF(p.strong, 0), 0) AS DECIMAL(7, 6)) AS trusted,
    CAST(p.response AS DECIMAL(18, 6)) AS response,
    p.let_in AS let_in,
    CAST(p.audience AS DECIMAL(24, 12)) AS expected  -- the audience also of those below the floor, for the backtest
FROM points AS p
LEFT JOIN strata AS s ON p.response >= s.bottom AND p.response < s.top
ORDER BY p.id
