-- Who reacts to whom in each segment of everybody: in a community its people, to anybody; on a topic whoever responds
-- to it. Nothing where nobody asks for communities. Accounts of networks are people here as much as profiles.
SELECT 'community' AS kind, CAST(m.community AS VARCHAR) AS segment, e.author AS author, e.reactor AS person
FROM edges AS e
JOIN membership AS m ON m.account = e.reactor
UNION ALL
SELECT DISTINCT 'topic', topic, author, reactor
FROM topic_edges
WHERE (SELECT COUNT(*) FROM membership) > 0
