-- Every reactor of every author (and topic) with freshness d, d times strength s, and trust t (DESIGN section 4).
SELECT
    e.*,
    COALESCE(t.trust, 0) AS trust,
    POWER(2, (e.last - $until) / $half_life) AS fresh,
    POWER(2, (e.last - $until) / $half_life)
        * LEAST(1 + $per_doubling * (LOG2(1 + e.occasions) - 1), $most) AS strong
FROM $edges AS e
LEFT JOIN trust AS t ON t.account = e.reactor
