"""Look: the last run's numbers, straight from the lake, also of accounts that are not published."""

from typing import Any

from .. import people, runs
from ..database import connect
from ..errors import NotFound
from ..lake import Lake


def ranking(lake: Lake, *, limit: int | None = None) -> list[dict[str, Any]]:
    """Everybody in the last run by score, those without one at the end: at most `limit`.

    Each is {"account", "profile", "score", "reach", "amplification", "network", "audience", "fewest", "most",
    "reactors", "reactions"}; 80% of such cases were between the fewest and the most people. All from the score to the
    most are None below the evidence floor. The account of a profile is its first.
    """
    run = runs.latest(lake)
    suffix = "" if limit is None else f" LIMIT {int(limit)}"
    return _rows(lake, run.run, f"ORDER BY score DESC NULLS LAST, reactors DESC, id{suffix}")


def look(lake: Lake, account: str) -> dict[str, Any]:
    """One of the ranking's entries, with the run's `at` and `formula`, and what is `missing` where there is no score.

    `account` is `network:id` or the `@handle` of a profile. Raises NotFound where nobody reacted to it.
    """
    run = runs.latest(lake)
    owned = people.load(lake).owners().get(account, account)
    found = _rows(lake, run.run, "WHERE id = $id", {"id": owned})
    if not found:
        raise NotFound(f"{account}: nobody has reacted to it in the year before {run.at} (run {run.run})")
    (entry,) = found
    needed = run.floor
    missing = f"{entry['reactors']} of {needed} people needed" if entry["score"] is None else None
    return {**entry, "at": run.at, "formula": run.formula, "run": run.run, "missing": missing}


def _rows(lake: Lake, run: str, rest: str, parameters: dict[str, str] | None = None) -> list[dict[str, Any]]:
    (path,) = lake.local([runs.key(run, "accounts.parquet")])
    shown = ("score", "reach", "amplification", "network", "audience")
    columns = ", ".join(f"CAST({name} AS DOUBLE) AS {name}" for name in shown)
    first = {profile.id: next(iter(profile.accounts), None) for profile in people.load(lake).profiles}
    with connect() as con:
        query = f"SELECT id, {columns}, fewest, most, reactors, reactions FROM read_parquet($path) {rest}"
        relation = con.execute(query, {"path": str(path), **(parameters or {})})
        names = [column[0] for column in relation.description or []][1:]
        rows = [(key, dict(zip(names, values, strict=True))) for key, *values in relation.fetchall()]
    return [{"account": first.get(key) or key, "profile": key if key in first else None, **row} for key, row in rows]
