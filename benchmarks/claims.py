"""Topics on real activity: who is heard on them next, whose claims chance makes, and who together reach most.

Reads RENOWN_DATA (default ../shared/data), which is not part of the project: the Lean chat, whose streams are topics,
the Higgs reactions, the beer site, and Klout's ontology. Besides it makes up a community.

*Forecast*: in every stream where at least 20 people had been reacted to, the order that a method gives them against how
many different people reacted to them there in the next 28 days; the mean over streams of Spearman's rho and NDCG@100.
*False claims*: every post goes to somebody else, with the reactions to it (what names people in others' posts is dealt
out anew, too), and the claims are made again: whatever is then claimed is chance. *Sets*: as many people as differ,
chosen greedily or by score, and how many different people reacted to any of them in the next horizon.
"""

import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, median
from typing import Any, Final

import duckdb
import numpy as np

from benchmarks.truth import DATA, _run, sets
from renown import parts
from renown.lake import FolderLake
from renown.scoring import engine, topical
from renown.scoring.agreement import ndcg, spearman
from renown.scoring.coverage import together
from renown.scoring.engine import Sources
from renown.scoring.formula import Formula, load
from renown.topics.ontology import Ontology
from renown.topics.reading import File, read

MOMENTS: Final = ("2022-01-01", "2022-07-01", "2023-01-01", "2023-07-01", "2024-01-01", "2024-07-01", "2024-12-01")
BEER: Final = ("2015-01-01", "2016-01-01", "2017-01-01", "2019-01-01")
SHUFFLES: Final = 3
SIZES: Final = (5, 10, 25, 50)
FEWEST: Final = 20
HEARD: Final = 5
WHEN: Final = 'COALESCE("at", seen_at)'


def main() -> int:
    """Prints the figures; 0 whatever they say: it is a measurement, not a test."""
    if not DATA.is_dir():
        print(f"{DATA}: no data there; RENOWN_DATA names the folder", file=sys.stderr)
        return 2
    formula = load()
    with tempfile.TemporaryDirectory(prefix="renown-claims-") as folder:
        known = {one.name: one for one in sets(Path(folder))}
        lakes = {name: _lake(Path(folder, name), *known[name].imports) for name in ("lean", "beer", "higgs")}
        _run(Path(folder, "made-up"), "simulate", "--seed", "7")
        lakes["made up"] = FolderLake(Path(folder, "made-up") / "lake")
        _forecast(lakes["lean"], formula)
        _false(lakes, formula)
        _sets("lean", lakes["lean"], [_unix(day) for day in MOMENTS], formula)
        _sets("higgs", lakes["higgs"], [_unix(moment) for moment in known["higgs"].cutoffs], formula.over(1))
    return 0


def _lake(home: Path, *imported: str) -> FolderLake:
    _run(home, "import", *imported)
    return FolderLake(home / "lake")


def _unix(moment: str) -> int:
    return int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp())


def _sources(lake: FolderLake) -> Sources:
    keys = parts.keys(lake)
    return Sources(lake.local(keys), parts.overlapping(keys))


def _found(sources: Sources, formula: Formula, until: int, terms: topical.Terms) -> engine.Outcome:
    outcome = engine.score(sources, formula, until)
    topical.find(outcome, formula, until, terms)
    return outcome


def _forecast(lake: FolderLake, formula: Formula) -> None:
    """Who is heard in a stream next, and whether the unit, the interval and the voice of its points are true."""
    methods = ("points", "the score", "reactions in it", "people in it", "posts in it")
    rho: dict[str, list[float]] = defaultdict(list)
    gain: dict[str, list[float]] = defaultdict(list)
    voices: dict[str, list[float]] = defaultdict(list)
    said, happened, held, streams = [], [], [], 0
    for moment in map(_unix, MOMENTS):
        with _found(_sources(lake), formula, moment, topical.Terms()).tables as con:
            _next(con, moment, formula.freshness.horizon)
            rows = con.execute(_FORECAST).fetchnumpy()
        names = rows["topic"].astype(str)
        values = {name: rows[name].astype(np.float64) for name in (*methods, "happened")}
        claimed = rows["claimed"].astype(bool)
        said.append(values["points"][claimed].mean())
        happened.append(values["happened"][claimed].mean())
        within = (values["happened"] >= rows["fewest"]) & (values["happened"] <= rows["most"])
        held.append(within[claimed].mean())
        for word in ("legitimate", "steady", "could improve"):
            voices[word] += [float(ratio) for ratio in rows["later"][rows["word"] == word] if np.isfinite(ratio)]
        here: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for topic in np.unique(names):
            some = names == topic
            if some.sum() >= FEWEST and (values["happened"][some] > 0).sum() >= HEARD:
                streams += 1
                for name in methods:
                    pair = values[name][some], values["happened"][some]
                    here[name].append((spearman(*pair), ndcg(*pair)))
        for name in methods:
            rho[name].append(mean(one for one, _ in here[name]))
            gain[name].append(mean(other for _, other in here[name]))
    print(
        f"forecast: {streams} streams at {len(MOMENTS)} moments; mean rho, NDCG@100; moments at which points are better"
    )
    for name in methods:
        better = [sum(a > b for a, b in zip(own["points"], own[name], strict=True)) for own in (rho, gain)]
        print(f"  {name:16} {mean(rho[name]):.3f} {mean(gain[name]):.3f}   {better[0]} {better[1]}")
    print(f"claims: expected {mean(said):.2f} people, came {mean(happened):.2f}; in the 80% interval {mean(held):.1%}")
    for word, ratios in voices.items():
        share = mean(ratio > 1 for ratio in ratios)
        print(
            f"voice {word:14} {len(ratios):4}: next share of response / of posts {median(ratios):.2f},"
            f" above 1 {share:.0%}"
        )


_FORECAST: Final = """
    SELECT
        c.topic AS topic, c.claimed AS claimed, c.word AS word, c.fewest AS fewest, c.most AS most,
        CAST(c.audience AS DOUBLE) AS points, CAST(a.expected AS DOUBLE) AS "the score",
        e.reactions AS "reactions in it", e.people AS "people in it", c.posts AS "posts in it",
        COALESCE(n.people, 0) AS happened,
        (n.share / t.people) / NULLIF(w.posts / t.posts, 0) AS later
    FROM claims AS c
    JOIN accounts AS a ON a.id = c.author
    JOIN (SELECT author, topic, SUM(reactions) AS reactions, COUNT(*) AS people FROM topic_edges GROUP BY ALL) AS e
        ON e.author = c.author AND e.topic = c.topic
    LEFT JOIN next_heard AS n ON n.author = c.author AND n.topic = c.topic
    LEFT JOIN next_posts AS w ON w.author = c.author AND w.topic = c.topic
    LEFT JOIN (
        SELECT p.topic AS topic, SUM(p.posts) AS posts, ANY_VALUE(h.people) AS people
        FROM next_posts AS p
        JOIN (SELECT topic, SUM(share) AS people FROM next_heard GROUP BY topic) AS h ON h.topic = p.topic
        GROUP BY p.topic
    ) AS t ON t.topic = c.topic
    ORDER BY c.author, c.topic
"""


def _next(con: duckdb.DuckDBPyConnection, moment: int, horizon: int) -> None:
    """Makes what happened in the horizon after `moment`: `next_heard` and `next_posts`, by author and stream."""
    rows = f"(SELECT *, UNNEST(topics) AS topic FROM parts WHERE {WHEN} > {moment} AND {WHEN} <= {moment + horizon})"
    con.execute(
        f"CREATE TEMP TABLE next_heard AS WITH pairs AS (SELECT DISTINCT author, topic, actor FROM {rows}"
        " WHERE verb <> 'Create' AND author <> actor)"
        " SELECT author, topic, COUNT(*) AS people, SUM(1.0 / several) AS share FROM pairs"
        " JOIN (SELECT topic, actor, COUNT(*) AS several FROM pairs GROUP BY ALL) USING (topic, actor) GROUP BY ALL"
    )
    con.execute(
        f"CREATE TEMP TABLE next_posts AS SELECT author, topic, COUNT(*) AS posts FROM {rows}"
        " WHERE verb = 'Create' GROUP BY ALL"
    )


def _false(lakes: dict[str, FolderLake], formula: Formula) -> None:
    files = [File(path.name, path.read_bytes()) for path in sorted((DATA / "klout_topics").glob("*.csv"))]
    klout = _terms(read(files).ontology)
    lean, beer = [_unix(day) for day in MOMENTS], [_unix(day) for day in BEER]
    newest = engine.newest(_sources(lakes["made up"]).parts)
    assert newest is not None
    cases = [
        ("lean", lakes["lean"], lean, topical.Terms()),
        ("beer", lakes["beer"], beer, topical.Terms()),
        ("beer, Klout's", lakes["beer"], beer, klout),
        ("made up", lakes["made up"], [newest], topical.Terms()),
    ]
    print(f"false claims: of one's own (and of all that are proved), after {SHUFFLES} shuffles; the rate of one's own")
    real, false = 0.0, 0.0
    for name, lake, moments, terms in cases:
        own, every, own_false, every_false = 0, 0, 0.0, 0.0
        for moment in moments:
            sources = _sources(lake)
            found = _claims(sources, formula, moment, terms)
            own, every = own + found[0], every + found[1]
            for seed in range(SHUFFLES):
                with tempfile.TemporaryDirectory() as folder:
                    path = _shuffled(sources, formula, moment, np.random.default_rng(seed), Path(folder, "shuffled"))
                    chance = _claims(Sources([path]), formula, moment, terms)
                own_false, every_false = own_false + chance[0] / SHUFFLES, every_false + chance[1] / SHUFFLES
        real, false = real + own, false + own_false
        print(
            f"  {name:14} {own:5} ({every:5}) -> {own_false:6.1f} ({every_false:7.1f})  {own_false / max(own, 1):.2%}"
        )
    print(f"  together       {false / real:.2%}")


def _terms(ontology: Ontology) -> topical.Terms:
    return topical.Terms(lambda tag: ontology.of_tag(tag) or tag, ontology.ancestors)


def _claims(sources: Sources, formula: Formula, moment: int, terms: topical.Terms) -> tuple[int, int]:
    """How many claims to topics of one's own there are, and how many that are proved."""
    with _found(sources, formula, moment, terms).tables as con:
        query = "SELECT COUNT(*) FILTER (NOT common), COUNT(*) FROM claims WHERE claimed AND NOT repeated"
        ((own, every),) = con.execute(query).fetchall()
    return int(own), int(every)


def _shuffled(sources: Sources, formula: Formula, moment: int, rng: np.random.Generator, path: Path) -> Path:
    """The activity of the window with everybody's posts, and the reactions to each, given to others at random."""
    with duckdb.connect() as con:
        con.execute(
            f"CREATE TABLE rows_ AS SELECT * FROM {engine.files(sources.parts)}"
            f" WHERE {WHEN} <= {moment} AND {WHEN} > {moment - formula.freshness.window}"
        )
        # What is dealt out: posts, and reactions in posts that are not the author's.
        con.execute(
            "CREATE TABLE dealt AS SELECT COALESCE(p.id, r.id) AS id, MIN(r.author) AS author FROM rows_ AS r"
            " LEFT JOIN rows_ AS p ON p.verb = 'Create' AND p.object = r.object AND p.author = r.author"
            " GROUP BY ALL ORDER BY id"
        )
        rows = con.execute(
            "SELECT d.id, d.author, r.verb FROM dealt AS d JOIN rows_ AS r USING (id) ORDER BY d.id"
        ).fetchall()
        new: dict[str, str] = {}
        for verbs in ({"Create"}, None):
            some = [(id_, author) for id_, author, verb in rows if (verb in verbs if verbs else verb != "Create")]
            order = rng.permutation(len(some))
            new |= {id_: some[other][1] for (id_, _), other in zip(some, order, strict=True)}
        con.register("given", {"id": np.array(list(new), object), "other": np.array(list(new.values()), object)})
        con.execute(
            "COPY (SELECT r.* REPLACE (g.other AS author, CASE WHEN r.verb = 'Create' THEN g.other ELSE r.actor END"
            " AS actor) FROM rows_ AS r LEFT JOIN rows_ AS p ON p.verb = 'Create' AND p.object = r.object"
            " AND p.author = r.author JOIN given AS g ON g.id = COALESCE(p.id, r.id))"
            f" TO '{path}' (FORMAT parquet)"
        )
    return path


def _sets(name: str, lake: FolderLake, moments: Sequence[int], formula: Formula) -> None:
    """Different people reached in the next horizon by those with the most points, and by sets chosen greedily."""
    reached: dict[tuple[int, str], list[int]] = defaultdict(list)
    for moment in moments:
        outcome = engine.score(_sources(lake), formula, moment)
        with outcome.tables as con:
            top = [
                row[0]
                for row in con.execute(
                    "SELECT id FROM accounts WHERE score IS NOT NULL ORDER BY audience DESC, id"
                ).fetchall()
            ]
            trust = "trust" if outcome.counts["defended"] else "1"
            chance = f"{formula.topics.again} * fresh * {trust}"
            query = f"SELECT author, reactor, {chance}, 1.0::DOUBLE FROM weighed ORDER BY ALL"
            chances: dict[str, dict[str, dict[str, float]]] = {"chance": defaultdict(dict), "people": defaultdict(dict)}
            for author, reactor, each, whole in con.execute(query).fetchall():
                if each:
                    chances["chance"][author][reactor] = each
                chances["people"][author][reactor] = whole
            later = _later(con, moment, formula.freshness.horizon)
        scored = set(top)
        for size in SIZES:
            chosen = {"top": top[:size]}
            for how, each in chances.items():
                of = {author: people for author, people in each.items() if author in scored}
                chosen[how] = [who for who, _ in together(of, size)]
            for how, some in chosen.items():
                reached[size, how].append(len(set[str]().union(*(later.get(who, set()) for who in some))))
    print(f"sets, {name}: different people in the next horizon, means over {len(moments)} moments (against the top)")
    for size in SIZES:
        base = mean(reached[size, "top"])
        others = {"chance": "greedy by chance", "people": "greedy by people so far"}
        said = "; ".join(
            f"{label} {mean(reached[size, how]):.0f} ({mean(reached[size, how]) / base - 1:+.1%})"
            for how, label in others.items()
        )
        print(f"  {size:3} people: top {base:.0f}; {said}")


def _later(con: Any, moment: int, horizon: int) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    query = (
        f"SELECT DISTINCT author, actor FROM parts WHERE verb NOT IN ('Create', 'Delete') AND author <> actor"
        f" AND {WHEN} > {moment} AND {WHEN} <= {moment + horizon}"
    )
    for author, actor in con.execute(query).fetchall():
        found[author].add(actor)
    return found


if __name__ == "__main__":
    sys.exit(main())
