-- Why everybody in `asked` has another score after than before: the steps' points as differences, and counts of what
-- is behind them. Where there was no score at one end there are no points. `exact` is false where the lake does not
-- give the later run's score any more.
WITH was AS (
    SELECT author AS id, COUNT(*) AS reactions FROM before_reactions GROUP BY author
),
differences AS (
    SELECT COALESCE(w.author, c.author) AS author, COALESCE(w.id, c.id) AS id, c.id IS NULL AS gone, w.id IS NULL AS come
    FROM before_reactions AS w
    FULL JOIN corrected_reactions AS c ON c.id = w.id AND c.author = w.author
    WHERE w.id IS NULL OR c.id IS NULL OR w.actor <> c.actor
),
corrected AS (
    SELECT
        d.author AS id,
        COUNT(*) FILTER (WHERE d.gone AND k.id IS NULL) AS deleted,
        COUNT(*) FILTER (WHERE d.come AND b.id IS NULL) AS late,
        COUNT(*) FILTER (WHERE k.id IS NOT NULL AND b.id IS NOT NULL) AS moved
    FROM differences AS d
    LEFT JOIN before_kept AS b ON b.id = d.id
    LEFT JOIN corrected_kept AS k ON k.id = d.id
    GROUP BY d.author
),
met AS (
    SELECT
        COALESCE(o.author, n.author) AS id,
        CAST(SUM(COALESCE(o.reactions, 0) - COALESCE(g.reactions, 0)) AS BIGINT) AS expired,
        COUNT(*) FILTER (WHERE o.reactor IS NULL) AS people,
        COUNT(*) FILTER (WHERE o.reactor IS NOT NULL AND n.reactions > COALESCE(g.reactions, 0)) AS again,
        CAST(SUM(COALESCE(n.reactions, 0) - COALESCE(g.reactions, 0)) AS BIGINT) AS reactions,
        COUNT(*) FILTER (
            WHERE o.reactor IS NOT NULL AND ROUND(COALESCE(l.trust, 0), 2) > ROUND(COALESCE(e.trust, 0), 2)
        ) AS more,
        COUNT(*) FILTER (
            WHERE o.reactor IS NOT NULL AND ROUND(COALESCE(l.trust, 0), 2) < ROUND(COALESCE(e.trust, 0), 2)
        ) AS less
    FROM reformed_edges AS o
    FULL JOIN after_edges AS n ON n.author = o.author AND n.reactor = o.reactor
    LEFT JOIN aged_edges AS g ON g.author = o.author AND g.reactor = o.reactor
    LEFT JOIN held AS e ON e.account = n.reactor
    LEFT JOIN later AS l ON l.account = n.reactor
    GROUP BY COALESCE(o.author, n.author)
),
steps AS (
    SELECT
        asked.id AS id,
        b.score AS before,
        a.score AS after,
        b.score IS NOT NULL AND a.score IS NOT NULL AS scored,
        COALESCE(b.reactors, 0) AS reactors_before,
        COALESCE(a.reactors, 0) AS reactors_after,
        COALESCE(w.reactions, 0) - COALESCE(b.reactions, 0) AS imported,
        COALESCE(c.score, 0) AS corrected,
        COALESCE(f.score, 0) AS reformed,
        COALESCE(g.score, 0) AS aged,
        COALESCE(n.score, 0) AS renewed,
        COALESCE(r.score, 0) AS remade
    FROM asked
    LEFT JOIN accounts_before AS b ON b.id = asked.id
    LEFT JOIN accounts_after AS a ON a.id = asked.id
    LEFT JOIN was AS w ON w.id = asked.id
    LEFT JOIN corrected_points AS c ON c.id = asked.id
    LEFT JOIN reformed_points AS f ON f.id = asked.id
    LEFT JOIN aged_points AS g ON g.id = asked.id
    LEFT JOIN renewed_points AS n ON n.id = asked.id
    LEFT JOIN after_points AS r ON r.id = asked.id
    WHERE b.id IS NOT NULL OR a.id IS NOT NULL
)
SELECT
    s.id AS id,
    {
        'run': $run_before,
        'at': $at_before,
        'formula': $formula_before,
        'defended': $defended_before,
        'score': s.before,
        'missing': CASE
            WHEN s.before IS NOT NULL THEN NULL
            WHEN STARTS_WITH(s.id, '@') AND s.id NOT IN (SELECT profile FROM owners_before) THEN 'no account was linked'
            ELSE CONCAT(s.reactors_before, ' of ', $floor_before, ' people needed')
        END
    } AS "from",
    {
        'run': $run_after,
        'at': $at_after,
        'formula': $formula_after,
        'defended': $defended_after,
        'score': s.after,
        'missing': CASE
            WHEN s.after IS NOT NULL THEN NULL
            WHEN STARTS_WITH(s.id, '@') AND s.id NOT IN (SELECT profile FROM owners_after) THEN 'no account is linked'
            ELSE CONCAT(s.reactors_after, ' of ', $floor_after, ' people needed')
        END
    } AS "to",
    s.after - s.before AS change,
    {
        'corrections': {
            'points': CASE WHEN s.scored THEN s.corrected - s.before END,
            'deleted': COALESCE(c.deleted, 0) + GREATEST(-s.imported, 0),
            'late': COALESCE(c.late, 0) + GREATEST(s.imported, 0),
            'moved': COALESCE(c.moved, 0)
        },
        'formula': {'points': CASE WHEN s.scored THEN s.reformed - s.corrected END},
        'ageing': {
            'points': CASE WHEN s.scored THEN s.aged - s.reformed END,
            'seconds': $seconds,
            'expired': COALESCE(m.expired, 0)
        },
        'reactions': {
            'points': CASE WHEN s.scored THEN s.renewed - s.aged END,
            'people': COALESCE(m.people, 0),
            'again': COALESCE(m.again, 0),
            'reactions': COALESCE(m.reactions, 0)
        },
        'trust': {
            'points': CASE WHEN s.scored THEN s.after - s.renewed END,
            'more': COALESCE(m.more, 0),
            'less': COALESCE(m.less, 0)
        }
    } AS parts,
    s.after IS NULL OR s.after = s.remade AS exact
FROM steps AS s
LEFT JOIN corrected AS c ON c.id = s.id
LEFT JOIN met AS m ON m.id = s.id
ORDER BY s.id
