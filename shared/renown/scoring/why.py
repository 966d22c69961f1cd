"""Why scores changed from one run to another: parts that sum to the difference, each by scoring again with one thing
changed.

The steps lead from the score before to the score after; a part is the difference that its step makes:

corrections  what is known by now about the time up to the earlier run: reactions that were deleted or came in late,
             accounts that were linked or unlinked
formula      the later run's formula
ageing       the same reactions seen from the later moment; also what is too old to count by then
reactions    what came since; whoever had not reacted to this author before comes with the trust of the later run
trust        the later run's trust for everybody else, and its verdict on whether trust can be applied

Until the last step trust is held as the earlier run found it, so what other people did shows only there.
"""

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import numpy as np

from ..database import connect
from . import engine
from .engine import Count, Sight, Sources, files, sql
from .formula import Formula


@dataclass(frozen=True)
class Run:
    """A finished run: its name, its moment (unix seconds and as text), what it was made with and what it found.

    `owners` and `seeds` are as in `Sources`; `counts` are those of its outcome; `accounts` and `trust` are Parquet
    files of its tables of these names.
    """

    name: str
    at: int
    moment: str
    formula: Formula
    owners: Mapping[str, str]
    seeds: Sequence[str]
    counts: Mapping[str, Count]
    accounts: Path
    trust: Path


@dataclass(frozen=True)
class Explained:
    """How many changes were written, and how many could not be: the lake gives other scores than the later run's."""

    written: int
    inexact: int


def explain(lake: Sources, before: Run, after: Run, ids: Sequence[str], path: Path) -> Explained:
    """Writes why the scores of `ids` (accounts or profiles) changed as gzipped JSON Lines to `path`, by id.

    `lake` are the parts of both runs' windows; its owners and seeds are not used. Temporary files are put beside
    `path`. Whom neither run knows is left out. A line is {"id", "from", "to", "change", "parts"}: `from` and `to` are
    {"run", "at", "formula", "defended", "score", "missing"}; `change` is in points, None where a run has no score;
    `parts` maps each part's name to its `points`, which sum to `change` as decimals of six digits, and its counts.
    """
    if not lake.parts:
        path.write_bytes(gzip.compress(b"", mtime=0))
        return Explained(0, 0)
    with connect() as con:
        con.execute("SET temp_directory = $work", {"work": str(path.parent)})
        _names(con, before, after, ids)
        sources = replace(lake, parts=[_asked(con, lake, after.at, path.parent)], owners=after.owners)
        _steps(con, sources, before, _reformed(lake, before, after.formula, path.parent), after)
        con.execute(f"CREATE TABLE changes AS {sql('why')}", _parameters(before, after))
        con.execute(
            f"COPY (SELECT * EXCLUDE (exact) FROM changes WHERE exact ORDER BY id) TO '{path}'"
            " (FORMAT json, COMPRESSION gzip)"
        )
        ((written, inexact),) = con.execute(
            "SELECT COUNT(*) FILTER (WHERE exact), COUNT(*) FILTER (WHERE NOT exact) FROM changes"
        ).fetchall()
    return Explained(written, inexact)


def _steps(con: duckdb.DuckDBPyConnection, sources: Sources, before: Run, reformed: Run, after: Run) -> None:
    """Makes what each step counts (`_seen`) and the points that follow from it (`_points`)."""
    for name, file in (
        ("accounts_before", before.accounts),
        ("accounts_after", after.accounts),
        ("later", after.trust),
    ):
        con.execute(f"CREATE VIEW {name} AS FROM {files([file])}")
    now, past = Sight(known=after.at, now=after.at), Sight(known=after.at, now=before.at)
    _seen(con, "before", replace(sources, owners=before.owners), before.formula, before.at)
    _seen(con, "corrected", sources, before.formula, before.at, past)
    _held(con, "held_before", before)
    _points(con, "corrected", "FROM corrected_edges", "FROM held_before", before, before.at)
    if reformed is before:
        con.execute("CREATE VIEW reformed_edges AS FROM corrected_edges")
        con.execute("CREATE VIEW reformed_points AS FROM corrected_points")
        con.execute("CREATE VIEW held AS FROM held_before")
    else:
        _seen(con, "reformed", sources, after.formula, before.at, past)
        _held(con, "held", reformed)
        _points(con, "reformed", "FROM reformed_edges", "FROM held", reformed, before.at)
    _seen(con, "aged", sources, after.formula, before.at, now)
    _points(con, "aged", "FROM aged_edges", "FROM held", reformed, after.at)
    _seen(con, "after", sources, after.formula, after.at)
    # Whoever an author had not met goes by another name, under which `mixed` has the later run's trust. A control
    # character stands in no stored text.
    new = "CONCAT({}, CHR(31))".format
    met = "(author, reactor) IN (SELECT (author, reactor) FROM reformed_edges)"
    named = f"SELECT * REPLACE (CASE WHEN {met} THEN reactor ELSE {new('reactor')} END AS reactor) FROM after_edges"
    mixed = f"SELECT * FROM held UNION ALL SELECT {new('account')} AS account, trust FROM later"
    _points(con, "renewed", named, mixed, reformed, after.at)
    _points(con, "after", "FROM after_edges", "FROM later", after, after.at)


def _names(con: duckdb.DuckDBPyConnection, before: Run, after: Run, ids: Sequence[str]) -> None:
    """Makes `asked` (id), and `owners_before` and `owners_after` (account, profile)."""
    columns = {
        "asked": {"id": sorted(set(ids))},
        "owners_before": {"account": list(before.owners), "profile": list(before.owners.values())},
        "owners_after": {"account": list(after.owners), "profile": list(after.owners.values())},
    }
    for name, values in columns.items():
        con.register("columns", {column: np.array(some, dtype=object) for column, some in values.items()})
        con.execute(f"CREATE TABLE {name} AS SELECT COLUMNS(*)::VARCHAR FROM columns")
        con.unregister("columns")


def _asked(con: duckdb.DuckDBPyConnection, lake: Sources, until: int, work: Path) -> Path:
    """A part with all that the lake holds of reactions to those asked for, and with all deletions."""
    path = work / "asked.parquet"
    con.execute(
        "CREATE TABLE authors AS SELECT id AS account FROM asked"
        " UNION SELECT account FROM (FROM owners_before UNION FROM owners_after) JOIN asked ON id = profile"
    )
    con.execute(
        f"COPY (SELECT * FROM {files(lake.parts)} WHERE seen_at <= {until}"
        f" AND (verb = 'Delete' OR author IN (SELECT account FROM authors))) TO '{path}' (FORMAT parquet)"
    )
    return path


def _reformed(lake: Sources, run: Run, formula: Formula, work: Path) -> Run:
    """`run` with the trust that it would have found with another formula."""
    if formula == run.formula:
        return run
    sources = replace(lake, owners=run.owners, seeds=run.seeds)
    outcome = engine.score(sources, formula, run.at, work=work)
    path = work / "reformed.parquet"
    outcome.tables.execute(f"COPY trust TO '{path}' (FORMAT parquet)")
    outcome.tables.close()
    return replace(run, formula=formula, counts=outcome.counts, trust=path)


def _seen(
    db: duckdb.DuckDBPyConnection, name: str, sources: Sources, formula: Formula, until: int, sight: Sight | None = None
) -> None:
    """Makes `<name>_edges`, and for `before` and `corrected` the ids of all that was `kept` and of the `reactions`."""
    with db.cursor() as con:  # the engine's temporary tables are a cursor's own, other tables are everybody's
        engine.edges(con, sources, formula, until, sight)
        con.execute(f"CREATE TABLE {name}_edges AS FROM edges")
        if name in ("before", "corrected"):
            con.execute(f"CREATE TABLE {name}_kept AS SELECT id FROM kept")
            con.execute(
                f"CREATE TABLE {name}_reactions AS SELECT r.id AS id, r.author AS author, r.actor AS actor"
                " FROM reactions AS r JOIN verbs AS v ON v.verb = r.verb WHERE r.author <> r.actor"
            )


def _held(con: duckdb.DuckDBPyConnection, name: str, run: Run) -> None:
    con.execute(f"CREATE OR REPLACE VIEW earlier_trust AS FROM {files([run.trust])}")
    con.execute(f"CREATE TABLE {name} AS {sql('held_trust')}")


def _points(db: duckdb.DuckDBPyConnection, name: str, edges: str, trust: str, run: Run, now: int) -> None:
    """Makes `<name>_points` (id, score), of everybody however little evidence there is, by the formula of `run`."""
    formula = run.formula.model_copy(update={"evidence": run.formula.evidence.model_copy(update={"floor": 1})})
    with db.cursor() as con:
        con.execute(f"CREATE TEMP VIEW edges AS {edges}")
        con.execute(f"CREATE TEMP VIEW trust AS {trust}")
        engine.accounts(con, formula, now, run.counts)
        con.execute(f"CREATE TABLE {name}_points AS SELECT id, score FROM accounts")


def _parameters(before: Run, after: Run) -> dict[str, Count]:
    parameters: dict[str, Count] = {"seconds": after.at - before.at}
    for name, run in (("before", before), ("after", after)):
        parameters |= {
            f"run_{name}": run.name,
            f"at_{name}": run.moment,
            f"formula_{name}": run.formula.version,
            f"defended_{name}": run.counts["defended"],
            f"floor_{name}": run.formula.evidence.floor,
        }
    return parameters
