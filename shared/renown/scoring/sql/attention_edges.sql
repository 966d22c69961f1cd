-- The edges along which attention can move: those of reactors who can get some, being reacted to themselves or seeds.
-- It goes to people, not to reactions: whoever is reacted to more often gets no more of it.
SELECT r.code AS reactor, a.code AS author, LEAST(1, e.weight) AS weight
FROM edges AS e
JOIN nodes AS a ON a.account = e.author
JOIN nodes AS r ON r.account = e.reactor
ORDER BY r.code, a.code
