"""Segments: an audience by community and by topic, how each grows, who bridges to it, and whom it does not reach."""

from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np

from .communities import Ties, find
from .engine import Outcome, document, sql
from .formula import Formula
from .told import tell

NEEDED: Final = 20
"""People in an audience that is split; as many in a community that may be called unreached."""

FEWEST: Final = 5
"""People of an audience in a segment that is shown; smaller ones are summed up, so that nobody is singled out."""

MOST: Final = 20
"""Communities of an audience that are shown, the largest; and `SOME` topics, and communities that it does not reach."""

SOME: Final = 10

HARDLY: Final = 0.1
"""An audience hardly reaches a community with fewer than this share of the people that chance would bring it."""

NAMES: Final = 3
"""Topics, and people who opted in, that a community is called by."""

BRIDGES: Final = 5
"""People who opted in that are named as bridges to a segment."""


def write(outcome: Outcome, formula: Formula, until: int, path: Path) -> None:
    """Writes the segments of everybody that `tell` was called for, as gzipped JSON Lines by id.

    A line is {"id", "audience", "needed", "everybody", "communities", "others", "topics", "unreached"}: `audience` are
    the people who reacted to them, `others` those of them in communities that are not shown, `everybody` says how
    communities were found. With an audience smaller than `needed` all lists are empty. An entry of a list is
    {"segment" (a number or a topic), "people" (of everybody), "size", "share" and "lift" (of the audience), "lately"
    and "before" (who of them reacted to it in the last horizon, and in the one before), "stability", "topics",
    "voices" and "bridges"}; what would speak of fewer than `FEWEST` people is null. Needs `topic_edges`: `edges` by
    topic.
    """
    _make(outcome, formula, until)
    outcome.tables.execute(f"COPY segments TO '{path}' (FORMAT json, COMPRESSION gzip)")


def segments(outcome: Outcome, formula: Formula, until: int, name: str) -> dict[str, Any]:
    """The segments of the profile or account `name`, as `write` describes them."""
    tell(outcome, [name])
    _make(outcome, formula, until)
    return document(outcome, "segments")


def _make(outcome: Outcome, formula: Formula, until: int) -> None:
    con = outcome.tables
    largest = "SELECT COUNT(*) AS people FROM edges JOIN told_of ON id = author GROUP BY id HAVING people >= $needed"
    found = _communities(con, wanted=bool(con.execute(largest, {"needed": NEEDED}).fetchall()))
    con.execute(f"CREATE OR REPLACE TEMP TABLE heard AS {sql('segments_groups')}")
    con.execute(
        "CREATE OR REPLACE TEMP TABLE listeners AS"
        " SELECT author, kind, segment, COUNT(*) AS people FROM heard GROUP BY author, kind, segment"
    )
    con.execute("CREATE OR REPLACE TEMP TABLE members AS SELECT DISTINCT kind, segment, person FROM heard")
    con.execute(f"CREATE OR REPLACE TEMP TABLE about AS {sql('segments_about')}", {"fewest": FEWEST, "names": NAMES})
    parameters = {
        "until": until,
        "horizon": round(formula.freshness.horizon),
        "needed": NEEDED,
        "fewest": FEWEST,
        "most": MOST,
        "some": SOME,
        "hardly": HARDLY,
        "bridges": BRIDGES,
        **found,
    }
    con.execute(f"CREATE OR REPLACE TEMP TABLE segments AS {sql('segments')}", parameters)


def _communities(con: duckdb.DuckDBPyConnection, *, wanted: bool) -> dict[str, float | None]:
    """Makes `membership` and `communities`, empty unless they are `wanted`, and returns how they were found.

    They are of everybody who reacts or is reacted to; a tie is as strong as the occasions on it, both ways together.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE membership (account VARCHAR, community BIGINT)")
    con.execute("CREATE OR REPLACE TEMP TABLE communities (community BIGINT, stability DOUBLE)")
    if not wanted:
        return dict.fromkeys(("modularity", "ties", "searched"))
    con.execute(
        "CREATE OR REPLACE TEMP TABLE tied AS SELECT account, ROW_NUMBER() OVER (ORDER BY account) - 1 AS code"
        " FROM (SELECT author AS account FROM edges UNION SELECT reactor FROM edges)"
    )
    columns = con.execute(
        "SELECT LEAST(a.code, r.code) AS one, GREATEST(a.code, r.code) AS other,"
        " CAST(SUM(e.occasions) AS DOUBLE) AS weight"
        " FROM edges AS e JOIN tied AS a ON a.account = e.author JOIN tied AS r ON r.account = e.reactor"
        " GROUP BY 1, 2 ORDER BY 1, 2"
    ).fetchnumpy()
    ((size,),) = con.execute("SELECT COUNT(*) FROM tied").fetchall()
    found = find(Ties(columns["one"], columns["other"], columns["weight"], size))
    con.register("columns", {"code": np.arange(size), "community": found.of})
    con.execute("INSERT INTO membership SELECT account, community FROM tied JOIN columns USING (code)")
    con.register("columns", {"community": np.arange(len(found.stability)), "stability": found.stability})
    con.execute("INSERT INTO communities FROM columns")
    con.unregister("columns")
    return {"modularity": found.modularity, "ties": found.ties, "searched": found.searched}
