"""The price of gaming: what made-up attackers gain for a median account, by the score and by simpler methods."""

import math
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np

from ..database import connect
from ..errors import BadInput
from . import engine
from .agreement import Floats, kendall
from .attacks import PREFIX, Attack, Scene, attacks
from .engine import Outcome, Sources
from .formula import DAY, Formula
from .price import genuine
from .ranks import Ranks

FEWEST: Final = 10
"""Seeds with a score from which on they stand for all honest accounts."""


def redteam(sources: Sources, formula: Formula, until: int, rng: np.random.Generator) -> dict[str, Any]:
    """What attackers gain for the median account of those with a score as of `until` (unix seconds).

    A JSON-ready document: `target` (the account, its score, audience and reactors), `ten_more` (genuine people that
    ten more points take), `seeds` (where trust starts: "named" or "automatic"), `defended`, `vouched` and its
    `threshold`, `off` (accounts that would switch trust off; 0 where it is off, None where nothing can), `tau`
    (Kendall's tau-b of the scores of `honest` accounts with trust and without: of named seeds, else of everybody),
    and `attacks`: `kind`, `sybils`, `bought`, whether the run was `defended`, and the points gained: `gain` by the
    score, `by_count` with the number of distinct reactors as the audience, `by_pagerank` with PageRank in its place,
    scaled so that honest accounts have the audience together that they have without trust.

    The attacks meet the seeds that there were before, as an operator names them. Automatic seeds that are picked
    again can be captured: `capture` says what aged rings gain then, with how many seeds of their own.

    Raises BadInput where nobody has a score.
    """
    base = prepared(sources, formula, until, rng)
    named = replace(sources, seeds=base.seeds)
    before = {"by_count": float(base.reactors), "by_pagerank": base.ranks.audience(base.target)}
    found: list[dict[str, Any]] = []
    capture: list[dict[str, Any]] = []
    for attack in attacks(base.scene, rng):
        after = attacked(named, formula, base, attack)
        audiences = {
            "by_count": float(after.reactors),
            "by_pagerank": base.ranks.audience(base.target, attack.reactions),
        }
        found.append(
            {
                "kind": attack.kind,
                "sybils": attack.sybils,
                "bought": attack.bought,
                "defended": after.defended,
                "gain": after.gain,
                **{
                    name: round(_points(audience, formula) - _points(before[name], formula), 3)
                    for name, audience in audiences.items()
                },
            }
        )
        if attack.kind == "aged ring" and not attack.bought and base.defended and not sources.seeds:
            after = attacked(sources, formula, base, attack)
            capture.append({"sybils": attack.sybils, "seeds": after.captured, "gain": after.gain})
    threshold = formula.trust.defended_from
    return {
        "target": {"account": base.target, "score": base.score, "audience": base.audience, "reactors": base.reactors},
        "ten_more": genuine(base.audience, formula),
        "seeds": {"from": "named" if sources.seeds else "automatic", "count": len(base.seeds)},
        "defended": base.defended,
        "vouched": round(base.reached / base.people, 6),
        "threshold": threshold,
        "off": max(0, math.floor(base.reached / threshold - base.people) + 1) if threshold else None,
        "tau": round(kendall(*base.honest), 6),
        "honest": {"who": base.judged, "n": len(base.honest[0])},
        "attacks": found,
        "capture": capture,
    }


@dataclass(frozen=True)
class Base:
    """The run without attackers; `honest` are the scores with trust and without of those whom `judged` names."""

    scene: Scene
    target: str
    score: float
    audience: float
    reactors: int
    seeds: tuple[str, ...]
    defended: bool
    reached: int
    people: int
    judged: str
    honest: tuple[Floats, Floats]
    ranks: Ranks


def prepared(sources: Sources, formula: Formula, until: int, rng: np.random.Generator) -> Base:
    """The run without attackers, and where they will attack: the median account of those with a score.

    Raises BadInput where nobody has one.
    """
    off = formula.model_copy(update={"trust": formula.trust.model_copy(update={"defended_from": math.inf})})
    with _scored(sources, off, until) as outcome:
        plain = dict(outcome.tables.execute("SELECT id, CAST(expected AS DOUBLE) FROM accounts").fetchall())
    with _scored(sources, formula, until) as outcome:
        con = outcome.tables
        scored = con.execute(
            "SELECT id, CAST(score AS DOUBLE), CAST(audience AS DOUBLE), reactors FROM accounts"
            " WHERE score IS NOT NULL ORDER BY score, id"
        ).fetchall()
        if not scored:
            raise BadInput("nobody has a score, so there is nothing to attack: import more activity")
        seeds = _column(con, "SELECT account FROM seeds ORDER BY account")
        reached, people = con.execute(engine.sql("vouched")).fetchall()[0]
        honest = _column(con, "SELECT account FROM trust WHERE account IN (SELECT reactor FROM edges) ORDER BY account")
        honest = honest or _column(con, "SELECT DISTINCT reactor FROM edges ORDER BY reactor")
        authors = _column(con, "SELECT DISTINCT author FROM edges ORDER BY author")
        pairs = con.execute("SELECT reactor, author FROM edges ORDER BY reactor, author").fetchnumpy()
    target, score, audience, reactors = scored[len(scored) // 2]
    of = {profile: account for account, profile in sorted(sources.owners.items(), reverse=True)}
    scene = Scene(
        target=of.get(target, target),
        honest=[of.get(honest[n], honest[n]) for n in rng.permutation(len(honest)) if honest[n] != target],
        seed=next((of.get(name, name) for name in seeds if name != target), target),
        authors=[of.get(name, name) for name in authors],
        until=until,
        days=max(1, formula.freshness.window // DAY),
    )
    known = [row for row in scored if row[0] in set(sources.seeds)]
    judged = known if len(known) >= FEWEST else scored
    with_trust, without = (
        np.array(values) for values in zip(*((row[1], plain[row[0]]) for row in judged), strict=True)
    )
    return Base(
        scene=scene,
        target=target,
        score=score,
        audience=audience,
        reactors=reactors,
        seeds=tuple(seeds),
        defended=bool(outcome.counts["defended"]),
        reached=reached,
        people=people,
        judged="seeds" if judged is known else "everybody with a score",
        honest=(with_trust, without),
        ranks=Ranks(pairs, sources.owners, sum(plain.values())),
    )


@dataclass(frozen=True)
class After:
    """The target after an attack: points gained, distinct reactors, how many seeds the attacker has."""

    gain: float
    reactors: int
    captured: int
    defended: bool


def attacked(sources: Sources, formula: Formula, base: Base, attack: Attack) -> After:
    """What `attack` does: a run over `sources` and the attackers' reactions, as one part more."""
    with tempfile.TemporaryDirectory(prefix="renown-") as folder:
        part = Path(folder, "attack.parquet")
        _write(attack, sources, part)
        with _scored(replace(sources, parts=[*sources.parts, part]), formula, base.scene.until) as outcome:
            con = outcome.tables
            query = "SELECT CAST(score AS DOUBLE), reactors FROM accounts WHERE id = $target"
            ((score, reactors),) = con.execute(query, {"target": base.target}).fetchall()
            captured = _column(con, f"SELECT account FROM seeds WHERE STARTS_WITH(account, '{PREFIX}')")
    return After(round(score - base.score, 3), reactors, len(captured), bool(outcome.counts["defended"]))


def _write(attack: Attack, sources: Sources, part: Path) -> None:
    """Writes the reactions of `attack` to `part`, shaped as the lake's parts are."""
    with connect() as con:
        tables = []
        for number, some in enumerate(attack.reactions):
            columns = {"actor": some.actor[some.pair], "author": some.author[some.pair], "at": some.moment}
            con.register(f"r{number}", columns)
            tables.append(f"SELECT actor, author, \"at\", '{some.verb}' AS verb FROM r{number}")
        con.execute(
            f"COPY (SELECT * FROM {engine.files(sources.parts[:1])} WHERE FALSE UNION ALL BY NAME"
            " SELECT CONCAT('redteam:', ROW_NUMBER() OVER ()) AS id, *, \"at\" AS seen_at"
            f" FROM ({' UNION ALL '.join(tables)})) TO '{part}' (FORMAT parquet)"
        )


@contextmanager
def _scored(sources: Sources, formula: Formula, until: int) -> Iterator[Outcome]:
    outcome = engine.score(sources, formula, until)
    with outcome.tables:
        yield outcome


def _points(audience: float, formula: Formula) -> float:
    return min(formula.score.ceiling, formula.score.points_per_doubling * math.log2(1 + audience))


def _column(con: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    return [row[0] for row in con.execute(query).fetchall()]
