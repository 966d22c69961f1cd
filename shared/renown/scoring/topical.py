"""Topics: who is heard on what, with which proof. The tables that everything said of topics is made from."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import duckdb
import numpy as np

from .engine import Outcome, sql, table, weighed
from .formula import Formula

ON_CARD: Final = 10
"""Topics on a scorecard."""


def _itself(tag: str) -> str:
    return tag


def _nothing(_: str) -> Iterable[str]:
    return ()


@dataclass(frozen=True)
class Terms:
    """What tags mean: the `topic` that a tag names, the topics `above` one, and the `name` of one.

    Without an ontology tags stand for themselves. `hidden` and `disputed` are the topics that people said so of, by id.
    """

    topic: Callable[[str], str] = _itself
    above: Callable[[str], Iterable[str]] = _nothing
    name: Callable[[str], str] = _itself
    hidden: Mapping[str, Iterable[str]] = field(default_factory=dict)
    disputed: Mapping[str, Iterable[str]] = field(default_factory=dict)


def find(outcome: Outcome, formula: Formula, until: int, terms: Terms) -> None:
    """Makes the tables of topics in `outcome`: of them all `claims` (sql/claims.sql), and `card_topics`.

    Also `authored` (posts), `answered` (reactions with tags), `tag_sets`, `topic_edges` (`edges` by topic),
    `topic_weighed`, `posting`, `resonance`, `topic_names`, and `above`. `until` is as of the pass, in unix seconds.
    """
    con = outcome.tables
    _pairs(con, "hidden", ("author", "topic"), _each(terms.hidden))
    _pairs(con, "disputed", ("author", "topic"), _each(terms.disputed))
    values = {
        **formula.topics.model_dump(),
        "occasion": max(1, round(formula.strength.occasion_horizons * formula.freshness.horizon)),
        "stranger_share": formula.trust.stranger_share,
        "ceiling": formula.score.ceiling,
        "points": formula.score.points_per_doubling,
        "people": formula.calibration.people,
        "defended": outcome.counts["defended"],
        "most": ON_CARD,
    }
    for name in ("authored", "answered"):
        make(con, name, values)
    _terms(con, terms)
    for name in ("tag_sets", "topic_edges", "posting"):
        make(con, name, values)
    con.execute(f"CREATE OR REPLACE TEMP TABLE topic_weighed AS {weighed('topic_edges', formula, until)}")
    for name in ("resonance", "claims", "card_topics"):
        make(con, name, values)


def make(con: duckdb.DuckDBPyConnection, name: str, values: Mapping[str, object]) -> None:
    """Makes the temporary table `name` by the query of that name, with those of `values` that it asks for."""
    text = sql(name)
    asked = {each: values[each] for each in re.findall(r"\$(\w+)", text)}
    con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {text}", asked)


def _terms(con: duckdb.DuckDBPyConnection, terms: Terms) -> None:
    """Makes `tagged` (tag, topic), `above` (topic, above; every topic is above itself) and `topic_names`."""
    tags = "SELECT DISTINCT UNNEST(tags) AS tag FROM (SELECT tags FROM authored UNION SELECT tags FROM answered)"
    tagged = [(str(tag), terms.topic(tag)) for (tag,) in con.execute(f"{tags} ORDER BY tag").fetchall()]
    above = {topic: {topic, *terms.above(topic)} for _, topic in tagged}
    for topic in set().union(*above.values()) - above.keys():
        above[topic] = {topic, *terms.above(topic)}
    _pairs(con, "tagged", ("tag", "topic"), tagged)
    _pairs(con, "above", ("topic", "above"), _each(above))
    _pairs(con, "topic_names", ("topic", "name"), [(topic, terms.name(topic)) for topic in sorted(above)])


def _each(several: Mapping[str, Iterable[str]]) -> list[tuple[str, str]]:
    return [(one, other) for one in sorted(several) for other in sorted(several[one])]


def _pairs(con: duckdb.DuckDBPyConnection, name: str, columns: tuple[str, str], rows: list[tuple[str, str]]) -> None:
    values = [np.array(column, dtype=object) for column in zip(*rows, strict=True)] or [np.empty(0, dtype=object)] * 2
    table(con, name, dict(zip(columns, values, strict=True)))
