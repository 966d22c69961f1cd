-- The trust of an earlier run under later names: who linked an account since then brings the account's trust along.
SELECT COALESCE(now.profile, was.account) AS account, MAX(was.trust) AS trust
FROM (
    SELECT COALESCE(o.account, t.account) AS account, t.trust AS trust
    FROM earlier_trust AS t
    LEFT JOIN owners_before AS o ON o.profile = t.account
) AS was
LEFT JOIN owners_after AS now ON now.account = was.account
GROUP BY COALESCE(now.profile, was.account)
