"""Shadow: another formula beside the current one, and who would move, before it is switched on."""

import json
import tempfile
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np

from .. import erased, formulas, runs
from ..lake import Lake
from ..scoring import engine
from ..scoring.agreement import kendall
from ..scoring.formula import Formula
from .score import Recipe, again, kept, passed, prepare

MUCH: Final = 2.0
"""Points; who moves by more is counted."""

FOLDER: Final = "shadows/"

_FIELDS: Final = ("before", "after", "change", "reach", "amplification", "network")


def shadow(lake: Lake, version: str | Formula, *, limit: int | None = None, keep: bool = True) -> dict[str, Any]:
    """Scores by another formula, a `version` (see `formulas.find`) or one itself, what the latest run scored by its.

    The moment, the population and the people are the latest run's; both formulas read what the lake holds now. The new
    run is kept as any other, so that it can be published, but is not the latest; unless not `keep`. Returns {"run",
    "formula", "base", "base_formula", "at", "scored" (by both), "gain_a_score", "lose_their_score", "tau" (Kendall's,
    between the two orders; None where fewer than two have both scores), "mean_move", "largest_move", "more_than_2_up",
    "more_than_2_down", "moves"}: moves are at most `limit` of the people, who moves most first, as {"id", "before",
    "after", "change", "reach", "amplification", "network", "evidence"}. The change is the sum of its three pillars;
    `evidence` says who gains or loses a score, where there is no change to speak of. All moves, and the rest of the
    answer, are kept under `shadows/<run>/` in the lake.
    """
    latest = runs.latest(lake)
    base = again(lake, latest)
    formula = formulas.find(lake, version) if isinstance(version, str) else version
    recipe = prepare(lake, base.at, base.population, formula, base.people)
    if keep:
        kept(lake, recipe)
    with tempfile.TemporaryDirectory(prefix="renown-") as folder:
        after, path = _accounts(lake, recipe, Path(folder), kept=keep), Path(folder, "moves.parquet")
        with passed(lake, base) as (outcome, _):
            con = outcome.tables
            con.execute("CREATE TEMP VIEW before AS SELECT * FROM accounts")
            con.from_parquet(str(after)).create_view("after")
            con.execute(f"CREATE TEMP TABLE moves AS {engine.sql('moves')}")
            gone = erased.load(lake)  # who was erased meanwhile
            salted = {"salt": gone.salt, "gone": sorted(gone.hashes)}
            con.execute("DELETE FROM moves WHERE sha256($salt || id) IN (SELECT unnest($gone::VARCHAR[]))", salted)
            con.execute(f"COPY moves TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
            summary = {
                "run": recipe.run,
                "formula": formula.version,
                "base": latest.run,
                "base_formula": latest.formula,
                "at": runs.moment(recipe.at),
                **_summary(con),
            }
            moves = _moves(con, limit)
        lake.put(f"{FOLDER}{recipe.run}/against-{latest.run}.parquet", path)
    lake.write(f"{FOLDER}{recipe.run}/against-{latest.run}.json", (json.dumps(summary, indent=1) + "\n").encode())
    return {**summary, "moves": moves}


def _accounts(lake: Lake, recipe: Recipe, folder: Path, *, kept: bool) -> Path:
    """Where the accounts of a run are read that is in the lake, or that is scored for this alone."""
    if kept:
        (path,) = lake.local([runs.key(recipe.run, "accounts.parquet")])
        return path
    path = folder / "accounts.parquet"
    with passed(lake, recipe) as (outcome, _):
        outcome.tables.execute(f"COPY accounts TO '{path}' (FORMAT parquet)")
    return path


def _summary(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    counted = con.execute("SELECT COUNT(change), COUNT(after), COUNT(before) FROM moves").fetchall()
    ((both, scored_after, scored_before),) = counted
    found = con.execute(
        "SELECT CAST(before AS DOUBLE) AS before, CAST(after AS DOUBLE) AS after, CAST(change AS DOUBLE) AS change"
        " FROM moves WHERE change IS NOT NULL"
    ).fetchnumpy()
    move = np.abs(found["change"])
    return {
        "scored": both,
        "gain_a_score": scored_after - both,
        "lose_their_score": scored_before - both,
        "tau": round(kendall(found["before"], found["after"]), 6) if both > 1 else None,
        "mean_move": round(float(move.mean()), 6) if both else None,
        "largest_move": float(move.max()) if both else None,
        "more_than_2_up": int((found["change"] > MUCH).sum()),
        "more_than_2_down": int((found["change"] < -MUCH).sum()),
    }


def _moves(con: duckdb.DuckDBPyConnection, limit: int | None) -> list[dict[str, Any]]:
    columns = ", ".join(f"CAST({name} AS DOUBLE) AS {name}" for name in _FIELDS)
    moved = "FROM moves WHERE change <> 0 OR evidence IS NOT NULL"
    suffix = "" if limit is None else f" LIMIT {int(limit)}"
    rows = con.execute(f"SELECT id, {columns}, evidence {moved}{suffix}").fetchall()
    return [dict(zip(("id", *_FIELDS, "evidence"), row, strict=True)) for row in rows]
