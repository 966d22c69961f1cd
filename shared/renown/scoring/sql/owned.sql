-- A person's accounts are one: the profile stands for all of them, as author and as reactor; `account` is the reactor's
-- own.
SELECT
    k.id AS id,
    k.verb AS verb,
    k.object AS object,
    k.url AS url,
    k.topics AS topics,
    k.moment AS moment,
    COALESCE(a.profile, k.author) AS author,
    COALESCE(r.profile, k.actor) AS actor,
    k.actor AS account
FROM kept AS k
LEFT JOIN owners AS a ON a.account = k.author
LEFT JOIN owners AS r ON r.account = k.actor
