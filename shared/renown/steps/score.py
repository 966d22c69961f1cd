"""Score: one run over the lake. The same lake, people, formula and moment give the same run with the same bytes."""

import hashlib
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from .. import formulas, parts, people, runs
from ..activity import parse_account
from ..costs import scoring
from ..errors import NotFound, TooLarge
from ..lake import Lake
from ..people import People
from ..published import PAGE
from ..runs import Population, Report
from ..scoring import engine, receipts, relationships, segments, topical, voices
from ..scoring.formula import CURRENT, Formula
from ..scoring.told import tell
from ..topics import store
from ..topics.ontology import Ontology
from .simulate import NETWORK

PROCESSOR: Final = 1769
"""MB of a Lambda function for which it has a whole processor."""

LONGEST: Final = 800
"""Seconds that scoring may be expected to take in a function: it has 900."""


@dataclass(frozen=True)
class Recipe:
    """What decides a run: its files follow from it and from the activity in the lake.

    `at` is in unix seconds; `ontology` is the digest of one in the lake.
    """

    run: str
    at: int
    population: Population
    formula: Formula
    people: People
    ontology: str | None


def score(
    lake: Lake, *, at: int | None = None, population: Population = "accounts", version: str = CURRENT
) -> tuple[Report, bool]:
    """Scores the lake as of `at` (unix seconds; None: the newest activity in it) and writes the run into it.

    `version` names the formula, as `formulas.find` describes. Returns the report, and whether the run was made now
    (False: it was there already). Raises NotFound where the lake holds no activity, BadInput for an unknown formula.
    """
    formula = formulas.find(lake, version)
    known = people.load(lake).as_scored(store.meaning(store.installed(lake)))
    recipe = prepare(lake, _newest(lake) if at is None else at, population, formula, known)
    report, made = kept(lake, recipe)
    runs.name_latest(lake, report.run)
    return report, made


def fits(lake: Lake, memory: int) -> None:
    """Raises TooLarge where a Lambda function of so many MB will not do, by what scoring was measured to take.

    Reactions are those that the last run counted: before the first, everything fits.
    """
    last = json.loads(lake.read(runs.LATEST) or b"{}").get("run")
    report = runs.report(lake, last) if last else None
    reactions = report.reactions if report else 0
    seconds, needed = scoring(len(people.load(lake).profiles), reactions)
    seconds /= max(1.0, memory / PROCESSOR)
    if needed > memory * 2**20 or seconds > LONGEST:
        takes = f"{needed / 2**30:,.1f} GB and {seconds / 60:,.0f} minutes"
        raise TooLarge(f"scoring takes {takes}: too much for a function of {memory} MB")


def prepare(lake: Lake, at: int, population: Population, formula: Formula, known: People) -> Recipe:
    """The run over what the lake holds now; its name stands for all that it is made of."""
    keys = _keys(lake, formula, at)
    ontology = store.digest(lake)
    inputs = [population, formula.model_dump_json(), known.model_dump_json(), str(ontology), parts.fingerprint(keys)]
    digest = hashlib.sha256("\n".join(inputs).encode()).hexdigest()[:10]
    name = f"{runs.moment(at).replace(':', '')}-{formula.version}-{population}-{digest}"
    return Recipe(name, at, population, formula, known, ontology)


def again(lake: Lake, done: Report) -> Recipe:
    """The recipe of a run that was made before; raises NotFound where it did not keep what it was made with."""
    formula, known = runs.inputs(lake, done.run)
    return Recipe(done.run, runs.unix(done.at), done.population, formula, known, done.ontology)


def asked(lake: Lake, name: str, run: str | None) -> tuple[Report, Recipe, str]:
    """The report of `run` (None: the latest), how it was made, and the id that `name` has in it.

    `name` is `network:id`, or the `@handle` of a profile. Raises NotFound for an unknown run or profile, BadInput for
    what is neither.
    """
    done = runs.named(lake, run)
    recipe = again(lake, done)
    card_id = recipe.people.owners().get(name, name)
    if not card_id.startswith("@"):
        parse_account(card_id)
    elif recipe.people.named(card_id[1:]) is None:
        raise NotFound(f"{name[:200]}: there is no such profile in run {done.run}")
    return done, recipe, card_id


def kept(lake: Lake, recipe: Recipe) -> tuple[Report, bool]:
    """The run's report, and whether it was made now: its files are in the lake afterwards. It is not yet the latest."""
    done = runs.report(lake, recipe.run)
    if done is not None:
        return done, False
    with tempfile.TemporaryDirectory(prefix="renown-") as folder:
        done = make(lake, recipe, Path(folder))
        runs.save(lake, done, Path(folder))
    return done, True


def make(lake: Lake, recipe: Recipe, folder: Path) -> Report:
    """Writes the run's files into the empty `folder`, from the lake's activity, and returns its report."""
    heading = engine.Heading(recipe.run, runs.moment(recipe.at), recipe.formula)
    profiles = recipe.people.profiles
    owners = [engine.Owner(p.id, p.handle, p.name, p.made_up, p.accounts) for p in profiles]
    everybody = recipe.population == "accounts"
    with passed(lake, recipe) as (outcome, keys):
        for name in ("accounts", "trust"):
            path = folder / f"{name}.parquet"
            outcome.tables.execute(f"COPY (FROM {name} ORDER BY 1) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
        topical.find(outcome, recipe.formula, recipe.at, terms(lake, recipe))
        cards = engine.scorecards(outcome, heading, owners, folder / "scorecards.jsonl.gz", everybody=everybody)
        ids = [profile.id for profile in profiles]
        tell(outcome, ids)
        pages = receipts.write(outcome, ids, folder / "receipts.jsonl.gz", PAGE)
        relationships.write(outcome, recipe.formula, recipe.at, folder / "relationships.jsonl.gz")
        voices.write_topics(outcome, recipe.formula, folder / "topics.jsonl.gz")
        topics = voices.write_voices(outcome, recipe.formula, folder / "voices.jsonl.gz")
        segments.write(outcome, recipe.formula, recipe.at, folder / "segments.jsonl.gz")
    counted: dict[str, Any] = dict(outcome.counts)
    done = Report(
        run=recipe.run,
        at=heading.at,
        formula=recipe.formula.version,
        population=recipe.population,
        made_up=bool(keys) and all(parts.network(key) == NETWORK for key in keys),
        scorecards=cards,
        receipts=pages,
        topics=topics,
        hidden=sum(map(len, recipe.people.said("hide").values())),
        disputed=sum(map(len, recipe.people.said("dispute").values())),
        ontology=recipe.ontology,
        floor=recipe.formula.evidence.floor,
        **counted,
    )
    (folder / runs.TIMINGS).write_text(json.dumps({**outcome.timings, "parts": len(keys)}))
    runs.write(folder, done, recipe.formula, recipe.people)
    return done


def terms(lake: Lake, recipe: Recipe) -> topical.Terms:
    """What tags mean in a run, by its ontology, and what people said of their topics."""
    ontology = Ontology() if recipe.ontology is None else store.of(lake, recipe.ontology)
    return topical.Terms(
        topic=lambda tag: ontology.of_tag(tag) or tag,
        above=ontology.ancestors,
        name=lambda topic: ontology.topics[topic].name if topic in ontology.topics else topic,
        hidden=recipe.people.said("hide"),
        disputed=recipe.people.said("dispute"),
    )


@contextmanager
def passed(lake: Lake, recipe: Recipe) -> Iterator[tuple[engine.Outcome, list[str]]]:
    """Gives the pass itself, with its tables, and the keys of the parts that it read."""
    keys = _keys(lake, recipe.formula, recipe.at)
    known = recipe.people
    sources = engine.Sources(lake.local(keys), parts.overlapping(keys), known.owners(), known.trusted())
    with tempfile.TemporaryDirectory(prefix="renown-") as work:
        outcome = engine.score(sources, recipe.formula, recipe.at, work=Path(work))
        with outcome.tables:
            yield outcome, keys


def _keys(lake: Lake, formula: Formula, at: int) -> list[str]:
    return parts.keys(lake, since=at - formula.freshness.window, until=at)


def _newest(lake: Lake) -> int:
    keys = parts.keys(lake)
    last = max(map(parts.month, keys), default="0001-01")
    a_year_before = f"{int(last[:4]) - 1:04}{last[4:]}"  # what is older does not count, whenever it was seen
    newest = engine.newest(lake.local([key for key in keys if parts.month(key) >= a_year_before]))
    if newest is None:
        raise NotFound("the lake holds no activity: `renown import` reads some in, `renown simulate` makes some up")
    return newest
