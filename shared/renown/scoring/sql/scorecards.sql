-- The published documents: of every profile, and with $everybody of every account that has a score.
SELECT
    COALESCE(p.id, a.id) AS id,
    p.handle AS handle,
    p.name AS name,
    COALESCE(p.made_up, STARTS_WITH(a.id, 'simulated:')) AS made_up,
    COALESCE(p.accounts, [a.id]) AS accounts,
    $run AS run,
    $at AS "at",
    $formula AS formula,
    a.score AS score,
    a.reach AS reach,
    a.amplification AS amplification,
    a.network AS network,
    a.audience AS audience,
    CASE
        WHEN a.fewest IS NOT NULL
        THEN {
            'share': 0.8,
            'people': [a.fewest, a.most],
            'score': [
                CAST(LEAST($ceiling, $points * LOG2(1 + a.fewest)) AS DECIMAL(9, 6)),
                CAST(LEAST($ceiling, $points * LOG2(1 + a.most)) AS DECIMAL(9, 6))
            ]
        }
    END AS "interval",
    -- How many genuine people $more points more would take: as price.genuine.
    CASE
        WHEN a.score + $more <= $ceiling
        THEN CAST(CEIL((1 + a.audience) * (POWER(2, $more / $points) - 1) / $people) AS BIGINT)
    END AS ten_more,
    {
        'reactors': COALESCE(a.reactors, 0),
        'needed': $floor,
        'reactions': COALESCE(a.reactions, 0),
        'trusted': a.trusted,
        'defended': $defended
    } AS evidence,
    CASE
        WHEN a.score IS NULL THEN CONCAT(COALESCE(a.reactors, 0), ' of ', $floor, ' people needed')
    END AS missing,
    COALESCE(t.topics, []) AS topics
FROM accounts AS a
FULL JOIN profiles AS p ON p.id = a.id
LEFT JOIN card_topics AS t ON t.id = COALESCE(p.id, a.id)
WHERE p.id IS NOT NULL OR ($everybody AND a.score IS NOT NULL)
ORDER BY score DESC NULLS LAST, id
