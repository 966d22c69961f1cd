"""Topics of people: what they can claim, with which proof; who is heard on a topic; and what people say of theirs."""

from datetime import UTC, datetime
from typing import Any

from .. import people, runs
from ..errors import BadInput, NotFound
from ..lake import Lake
from ..people import MOST_WORDS, Profile, Word
from ..runs import Report
from ..scoring import topical, voices
from ..scoring.engine import Outcome
from ..scoring.told import tell
from ..topics import store
from .people import profile_named
from .score import asked, passed, terms


def claims(lake: Lake, name: str, *, run: str | None = None) -> dict[str, Any]:
    """The topics of `name` (`network:id`, or the `@handle` of a profile) in `run` (None: the latest).

    Returns {"id", "run", "at", "formula", "claims", "improve", "untried", "hidden", "disputed"}, as `scoring.voices`
    describes. Raises NotFound for an unknown run, and for whom nothing is known of in it.
    """
    done, recipe, card_id = asked(lake, name, run)
    with passed(lake, recipe) as (outcome, _):
        topical.find(outcome, recipe.formula, recipe.at, terms(lake, recipe))
        if not card_id.startswith("@"):
            _check(outcome, name, done)
        tell(outcome, [card_id])
        found = voices.topics(outcome, recipe.formula)
    return {"id": card_id, "run": done.run, "at": done.at, "formula": done.formula} | found


def heard(lake: Lake, *, run: str | None = None) -> list[dict[str, Any]]:
    """Who is heard on each topic in `run` (None: the latest), as `scoring.voices` describes; what most react to first.

    Raises NotFound for an unknown run.
    """
    found = runs.voices(lake, runs.named(lake, run))
    return sorted(found, key=lambda topic: (-topic["people"], topic["topic"]))


def heard_on(lake: Lake, topic: str, *, run: str | None = None) -> dict[str, Any]:
    """Who is heard on `topic`, a topic or a tag that names one; raises NotFound where nobody is, or for no such run."""
    done = runs.named(lake, run)
    slug = store.meaning(store.of(lake, done.ontology) if done.ontology else None)(topic)
    found = next((each for each in runs.voices(lake, done) if each["topic"] == slug), None)
    if found is None:
        raise NotFound(f"topic {topic[:80]!r}: nobody can claim it yet; `renown topics heard` lists those that are")
    return found


def say(lake: Lake, handle: str, topic: str, word: str, now: int) -> Profile:
    """Records that the profile says `word` (hide, dispute or restore) of `topic`, at `now` (unix seconds).

    It holds from the next run on. Raises NotFound for an unknown profile, BadInput for what can be no topic, and for a
    word that is their last one already.
    """
    handle = handle.removeprefix("@")
    meant = store.meaning(store.installed(lake))
    slug = meant(topic)
    if not slug:
        raise BadInput(f"topic {topic[:80]!r}: write letters, digits or hyphens, as the run's topics are written")
    new = Word.model_validate({"topic": slug, "word": word, "at": datetime.fromtimestamp(now, UTC)})

    def made(known: people.People) -> people.People:
        profile = profile_named(known, handle)
        last = {meant(each.topic): each.word for each in profile.words}
        if last.get(slug, "restore") == word:
            raise BadInput(f"topic {slug!r}: {handle} says so already" if slug in last else _nothing(slug, handle))
        if len(profile.words) >= MOST_WORDS:
            raise BadInput(f"{handle}: more than {MOST_WORDS} words on topics")
        return known.with_profiles((profile.model_copy(update={"words": (*profile.words, new)}),))

    return profile_named(people.change(lake, made), handle)


def _nothing(slug: str, handle: str) -> str:
    return f"topic {slug!r}: {handle} neither hides nor disputes it, so there is nothing to restore"


def _check(outcome: Outcome, name: str, done: Report) -> None:
    """Raises NotFound where the account `name` neither posted nor was reacted to."""
    query = "SELECT 1 FROM authored WHERE author = $id UNION ALL SELECT 1 FROM accounts WHERE id = $id LIMIT 1"
    if not outcome.tables.execute(query, {"id": name}).fetchall():
        raise NotFound(f"{name[:200]}: nothing by it, and no reaction to it, is known in run {done.run}")
