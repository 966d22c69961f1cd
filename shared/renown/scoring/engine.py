"""One scoring pass: from the lake's parts to everybody's score. The same input gives the same result, bit by bit."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any

import duckdb
import numpy as np

from ..database import connect
from .formula import DAY, Calibration, Formula
from .price import POINTS
from .trust import attention, trust

Count = int | float | str | bool | None


@dataclass(frozen=True)
class Sources:
    """What a pass reads.

    `parts` are Parquet files of activity; with `overlapping` an id may stand in more than one of them. `owners` maps
    an account to the id of the profile it belongs to; `seeds` are ids (accounts or profiles) trusted from the start.
    """

    parts: Sequence[Path]
    overlapping: bool = True
    owners: Mapping[str, str] = field(default_factory=dict)
    seeds: Sequence[str] = ()


@dataclass(frozen=True)
class Outcome:
    """A finished pass and what it counted.

    Its tables in a DuckDB connection: `reactions` (one row each), `edges` (an author and a reactor), `weighed` (edges
    with freshness, strength and trust), `trust`, `sums` and `accounts` (everybody's points).
    """

    tables: duckdb.DuckDBPyConnection
    counts: dict[str, Count]
    timings: dict[str, float]


@dataclass(frozen=True)
class Sight:
    """Until when something had to be known to count, and the moment that it is seen from (unix seconds)."""

    known: int
    now: int


def newest(parts: Sequence[Path]) -> int | None:
    """The moment (unix seconds) at which the last activity in `parts` was seen; None where there is none."""
    if not parts:
        return None
    moment = _one(connect(), f"SELECT MAX(seen_at) FROM {files(parts)}")
    return None if moment is None else int(moment)


def reacted(sources: Sources, formula: Formula, since: int, until: int) -> dict[str, int]:
    """How many distinct people reacted to everybody after `since` and until `until` (unix seconds)."""
    span = formula.freshness.model_copy(update={"horizon_days": (until - since) / DAY, "window_horizons": 1.0})
    with connect() as con:
        edges(con, sources, formula.model_copy(update={"freshness": span}), until)
        return dict(con.execute("SELECT author, COUNT(*) FROM edges GROUP BY author ORDER BY author").fetchall())


def score(
    sources: Sources,
    formula: Formula,
    until: int,
    *,
    work: Path | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Outcome:
    """Scores everybody who was reacted to in the formula's window before `until` (unix seconds, inclusive).

    `work` is a folder where DuckDB may put what does not fit in memory; `clock` only measures the timings.
    """
    con = connect()
    if work is not None:
        con.execute("SET temp_directory = $work", {"work": str(work)})
    timings: dict[str, float] = {}

    @contextmanager
    def timed(stage: str) -> Iterator[None]:
        start = clock()
        yield
        timings[stage] = round(clock() - start, 4)

    with timed("edges"):
        edges(con, sources, formula, until)
    with timed("trust"):
        counts = _trust(con, sources, formula)
    with timed("accounts"):
        counts |= accounts(con, formula, until)
        counts |= _counts(con)
    return Outcome(con, counts, timings)


@dataclass(frozen=True)
class Owner:
    """A profile as scorecards show it."""

    id: str
    handle: str
    name: str
    made_up: bool
    accounts: tuple[str, ...]


@dataclass(frozen=True)
class Heading:
    """What is the same on every scorecard of a run."""

    run: str
    at: str
    formula: Formula


def scorecards(outcome: Outcome, heading: Heading, owners: Sequence[Owner], path: Path, *, everybody: bool) -> int:
    """Writes the scorecards as gzipped JSON Lines to `path`, highest score first, and returns their number.

    Every one of `owners` gets one; with `everybody` so does every other account that has a score. `topical.find` was
    called before.
    """
    con = outcome.tables
    table(
        con,
        "listed",
        {
            "id": np.array([owner.id for owner in owners], dtype=object),
            "handle": np.array([owner.handle for owner in owners], dtype=object),
            "name": np.array([owner.name for owner in owners], dtype=object),
            "made_up": np.array([owner.made_up for owner in owners], dtype=bool),
            "accounts": np.array(["\n".join(owner.accounts) for owner in owners], dtype=object),
        },
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE profiles AS"
        " SELECT * REPLACE (STRING_SPLIT(accounts, CHR(10)) AS accounts) FROM listed"
    )
    parameters = {
        "run": heading.run,
        "at": heading.at,
        "formula": heading.formula.version,
        "ceiling": heading.formula.score.ceiling,
        "points": heading.formula.score.points_per_doubling,
        "people": heading.formula.calibration.people,
        "more": POINTS,
        "floor": heading.formula.evidence.floor,
        "defended": outcome.counts["defended"],
        "everybody": everybody,
    }
    con.execute(f"CREATE OR REPLACE TEMP TABLE scorecards AS {sql('scorecards')}", parameters)
    con.execute(f"COPY scorecards TO '{path}' (FORMAT json, COMPRESSION gzip)")
    return int(_one(con, "SELECT COUNT(*) FROM scorecards"))


def document(outcome: Outcome, name: str) -> dict[str, Any]:
    """The only row of the table `name`, as its file would have it."""
    ((text,),) = outcome.tables.execute(f"SELECT CAST(TO_JSON(t) AS VARCHAR) FROM {name} AS t").fetchall()
    found: dict[str, Any] = json.loads(text)
    return found


def sql(name: str) -> str:
    """The text of one of the queries in `sql/`."""
    return (resources.files(__package__) / "sql" / f"{name}.sql").read_text("utf-8")


def files(parts: Sequence[Path]) -> str:
    """What stands behind FROM to read Parquet files."""
    quoted = ", ".join("'" + str(part).replace("'", "''") + "'" for part in parts)
    return f"read_parquet([{quoted}])"


def table(
    con: duckdb.DuckDBPyConnection,
    name: str,
    columns: dict[str, np.ndarray[tuple[int], np.dtype[np.generic]]],
) -> None:
    """Makes a temporary table of columns that are arrays of one length."""
    con.register("columns", columns)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM columns")
    con.unregister("columns")


def edges(
    con: duckdb.DuckDBPyConnection, sources: Sources, formula: Formula, until: int, sight: Sight | None = None
) -> None:
    """Makes `edges` in `con`, of activity until `until` (unix seconds).

    Each step is left out where there is nothing for it to do: most lakes have no Delete.
    """
    sight = sight or Sight(known=until, now=until)
    table(
        con,
        "verbs",
        {
            "verb": np.array(list(formula.verbs), dtype=object),
            "weight": np.array([verb.weight for verb in formula.verbs.values()]),
        },
    )
    if not sources.parts:
        con.execute(
            "CREATE TEMP TABLE edges (author VARCHAR, reactor VARCHAR, first BIGINT, last BIGINT, weight DOUBLE,"
            " reactions BIGINT, occasions BIGINT)"
        )
        con.execute("CREATE TEMP TABLE followers (author VARCHAR, actor VARCHAR)")
        con.execute(
            "CREATE TEMP TABLE reactions (id VARCHAR, verb VARCHAR, actor VARCHAR, author VARCHAR, object VARCHAR,"
            " url VARCHAR, topics VARCHAR[], moment BIGINT, account VARCHAR)"
        )
        return
    con.execute(f"CREATE TEMP VIEW parts AS SELECT * FROM {files(sources.parts)}")
    con.execute("CREATE TEMP VIEW activity AS SELECT * FROM parts")
    known = sql("known_once" if sources.overlapping else "known")
    known = known.replace("$until", str(until)).replace("$known", str(sight.known))
    known = known.replace("$since", str(sight.now - formula.freshness.window))
    con.execute(f"CREATE TEMP VIEW known AS {known}")
    con.execute("CREATE TEMP TABLE deleted AS SELECT DISTINCT object, actor FROM known WHERE verb = 'Delete'")
    deletions = _one(con, "SELECT COUNT(*) FROM deleted")
    con.execute(f"CREATE TEMP VIEW kept AS {sql('kept') if deletions else 'SELECT * FROM known'}")
    table(
        con,
        "owners",
        {
            "account": np.array(list(sources.owners), dtype=object),
            "profile": np.array(list(sources.owners.values()), dtype=object),
        },
    )
    owned = sql("owned") if sources.owners else "SELECT *, actor AS account FROM kept"
    con.execute(f"CREATE TEMP VIEW reactions AS {owned}")
    occasion = max(1, round(formula.strength.occasion_horizons * formula.freshness.horizon))
    con.execute(f"CREATE TEMP TABLE edges AS {sql('edges')}", {"occasion": occasion})
    con.execute("CREATE TEMP VIEW followers AS SELECT DISTINCT author, actor FROM reactions WHERE verb = 'Follow'")


def _trust(con: duckdb.DuckDBPyConnection, sources: Sources, formula: Formula) -> dict[str, Count]:
    """Makes `trust` (account, trust) for everybody whom trusted attention reaches."""
    rules = formula.trust
    seeds = sorted(set(sources.seeds))
    if not seeds:
        count = max(1, round(rules.automatic_seeds * _one(con, "SELECT COUNT(DISTINCT author) FROM edges")))
        parameters = {"floor": formula.evidence.floor, "count": count}
        seeds = sorted(str(r[0]) for r in con.execute(sql("automatic_seeds"), parameters).fetchall())
    table(con, "seeds", {"account": np.array(seeds, dtype=object)})
    con.execute(
        "CREATE TEMP TABLE nodes AS SELECT account, ROW_NUMBER() OVER (ORDER BY account) - 1 AS code"
        " FROM (SELECT author AS account FROM edges UNION SELECT account FROM seeds)"
    )
    edges = con.execute(sql("attention_edges")).fetchnumpy()
    seed_codes = con.execute("SELECT code FROM nodes JOIN seeds USING (account) ORDER BY code").fetchnumpy()["code"]
    size = _one(con, "SELECT COUNT(*) FROM nodes")
    found = attention(edges["reactor"], edges["author"], edges["weight"], seed_codes, size, rules)
    reached = np.flatnonzero(found.value)
    table(con, "reached", {"code": reached, "trust": trust(found.value[reached], len(seeds), rules)})
    con.execute("CREATE TEMP TABLE trust AS SELECT account, trust FROM nodes JOIN reached USING (code)")
    return {
        "seeds": len(seeds),
        "seeds_from": "named" if sources.seeds else "automatic",
        "trust_steps": found.steps,
        "trust_residual": found.residual,
        "trusted_accounts": len(reached),
    }


def accounts(
    con: duckdb.DuckDBPyConnection, formula: Formula, until: int, held: Mapping[str, Count] | None = None
) -> dict[str, Count]:
    """Makes `accounts` in `con` from its `edges` and `trust`: everybody's sums and points, seen from `until`.

    `held` are the counts of another pass whose verdict on the whole community (`defended`) is to hold in this one.

    Where nearly all people who react are never reacted to themselves (an audience that only listens), attention
    cannot vouch for them. Then everybody counts and the result says that it is not defended against bought reactions.
    People are counted, not their reactions: whoever wants to switch trust off needs several times as many accounts as
    there are people.
    """
    con.execute(f"CREATE TEMP VIEW weighed AS {weighed('edges', formula, until)}")
    con.execute(f"CREATE TEMP TABLE sums AS {sql('sums')}")
    found = held or _vouched(con, formula)
    parameters = {
        "defended": found["defended"],
        "stranger_share": formula.trust.stranger_share,
        "ceiling": formula.score.ceiling,
        "points": formula.score.points_per_doubling,
        "floor": formula.evidence.floor,
        "least": formula.evidence.least,
        "forgotten": formula.evidence.forgotten,
        "people": formula.calibration.people,
    }
    _strata(con, formula.calibration)
    con.execute(f"CREATE TEMP TABLE accounts AS {sql('accounts')}", parameters)
    return dict(found)


def weighed(edges: str, formula: Formula, until: int) -> str:
    """The query that adds freshness, strength and trust, seen from `until` (unix seconds), to a table like `edges`."""
    values = {
        "edges": edges,
        "until": str(until),
        "half_life": repr(formula.freshness.half_life),
        "per_doubling": repr(formula.strength.per_doubling),
        "most": repr(formula.strength.most),
    }
    return Template(sql("weighed")).substitute(values)


def _vouched(con: duckdb.DuckDBPyConnection, formula: Formula) -> dict[str, Count]:
    reached, people = con.execute(sql("vouched")).fetchall()[0]
    vouched = reached / max(people, 1)
    return {"defended": vouched >= formula.trust.defended_from, "vouched": round(vouched, 6)}


def _strata(con: duckdb.DuckDBPyConnection, calibration: Calibration) -> None:
    """Makes `strata`: bounds of the response, and the edges of the interval inside them; empty without intervals."""
    edges = np.array([-np.inf, *calibration.bounds, np.inf])[: len(calibration.low) + 1]
    table(
        con,
        "strata",
        {
            "bottom": edges[:-1] if calibration.low else np.empty(0),
            "top": edges[1:] if calibration.low else np.empty(0),
            "low": np.array(calibration.low, dtype=float),
            "high": np.array(calibration.high, dtype=float),
        },
    )


def _counts(con: duckdb.DuckDBPyConnection) -> dict[str, Count]:
    relation = con.execute(
        "SELECT COUNT(*) AS accounts, COUNT(score) AS scored, CAST(COALESCE(SUM(reactions), 0) AS BIGINT) AS reactions,"
        " CAST(COALESCE(SUM(reactors), 0) AS BIGINT) AS edges, CAST(ROUND(AVG(score), 6) AS DOUBLE) AS mean"
        " FROM accounts"
    )
    names = [column[0] for column in relation.description or []]
    return dict(zip(names, relation.fetchall()[0], strict=True))


def _one(con: duckdb.DuckDBPyConnection, query: str) -> Any:
    rows = con.execute(query).fetchall()  # all of them: DuckDB refuses other work while a result is unread
    return rows[0][0] if rows else None
