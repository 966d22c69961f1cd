-- Without what was deleted: a post by its author, a reaction by its actor.
SELECT k.*
FROM known AS k
WHERE NOT EXISTS (SELECT 1 FROM deleted AS d WHERE d.object = k.object AND d.actor = k.author)
  AND NOT EXISTS (SELECT 1 FROM deleted AS d WHERE d.object = k.id AND d.actor = k.actor)
