"""What is said of topics: to everybody of theirs, and of each topic who is heard on it."""

import gzip
import json
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from .coverage import expected, together
from .engine import Outcome, document
from .formula import Formula
from .told import LONGEST
from .topical import make

BEST: Final = 3
"""Posts that are shown as the proof of a claim."""

NAMED: Final = 10
"""People who reacted, and opted in, that are named with a claim."""

CLAIMS: Final = 30
"""Claims, and topics to improve on, that are listed: whoever puts 64 tags on each post could claim thousands, and the
table takes no document of more than 390 KB. These are 330 KB at most."""

UNTRIED: Final = 5

LISTED: Final = 100
"""People on the list of a topic."""

SET: Final = 5
"""People in the answer to who together reach the most."""


def write_topics(outcome: Outcome, formula: Formula, path: Path) -> None:
    """Writes the topics of everybody that `tell` was called for, as gzipped JSON Lines by id.

    A line is {"id", "claims", "improve", "untried", "hidden", "disputed"} as `sql/topic_documents.sql` says, with the
    first `CLAIMS` of claims and of what to improve on; `topical.find` was called before. Shares are of 1, `half_life`
    is in seconds.
    """
    _documents(outcome, formula)
    outcome.tables.execute(f"COPY topic_documents TO '{path}' (FORMAT json, COMPRESSION gzip)")


def topics(outcome: Outcome, formula: Formula) -> dict[str, Any]:
    """The topics of the one that `tell` was called for, as `write_topics` describes them."""
    _documents(outcome, formula)
    return document(outcome, "topic_documents")


def write_voices(outcome: Outcome, formula: Formula, path: Path) -> int:
    """Writes who is heard on each topic, of those with a scorecard, as gzipped JSON Lines; returns how many topics.

    A line is {"topic", "name", "people" (who react to it), "heard" (how many claim it), "voices" (most points first),
    "together"}. `together` is {"people", "expected", "top"}: the few who are expected to reach the most different
    people in the next horizon, with what each of them adds; how many that is; how many as many with the most points
    are expected to reach.
    """
    con = outcome.tables
    con.execute("CREATE OR REPLACE TEMP TABLE members AS SELECT id, handle, name FROM scorecards")
    values = {"defended": outcome.counts["defended"], "listed": LISTED, "again": formula.topics.again}
    make(con, "voices", values)
    make(con, "reached", values)
    rows = con.execute("FROM reached ORDER BY ALL").fetchall()
    chances = {
        topic: {
            author: {reactor: chance for _, _, reactor, chance in people}
            for author, people in groupby(some, key=itemgetter(1))
        }
        for topic, some in groupby(rows, key=itemgetter(0))
    }
    found = con.execute("SELECT CAST(TO_JSON(v) AS VARCHAR) FROM voices AS v ORDER BY topic").fetchall()
    with path.open("wb") as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as lines:
        for (text,) in found:
            doc: dict[str, Any] = json.loads(text)
            doc["together"] = _together(doc["voices"], chances.get(doc["topic"], {}))
            lines.write((json.dumps(doc, ensure_ascii=False, separators=(",", ":")) + "\n").encode())
    return len(found)


def _together(voices: list[dict[str, Any]], chances: dict[str, dict[str, float]]) -> dict[str, Any]:
    known = {voice["id"]: voice for voice in voices if voice["id"] in chances}
    chosen = together(chances, SET)
    people = [
        {**{name: known[who][name] for name in ("id", "handle", "name")}, "adds": round(adds, 2)}
        for who, adds in chosen
    ]
    return {
        "people": people,
        "expected": round(sum(adds for _, adds in chosen), 2),
        "top": round(expected(chances, list(known)[: len(chosen)]), 2),
    }


def _documents(outcome: Outcome, formula: Formula) -> None:
    values = {
        "defended": outcome.counts["defended"],
        "posts": formula.topics.posts,
        "reactors": formula.topics.reactors,
        "longest": LONGEST,
        "best": BEST,
        "named": NAMED,
        "untried": UNTRIED,
        "listed": CLAIMS,
    }
    make(outcome.tables, "topic_documents", values)
