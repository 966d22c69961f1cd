"""Formulas: versioned files that hold every weight and constant of the score."""

import tomllib
from importlib import resources
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ..activity import VERBS
from ..errors import BadInput
from . import CURRENT as CURRENT  # noqa: PLC0414 - belongs to formulas, and stands where it costs no import

VERSION: Final = "[0-9a-z][0-9a-z.-]*"
"""What a version looks like."""

DAY: Final = 86_400
"""Seconds."""

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]
Fraction = Annotated[float, Field(gt=0, lt=1)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Points(_Section):
    """How an audience becomes points: `points_per_doubling * log2(1 + audience)`, at most `ceiling`."""

    points_per_doubling: Positive
    ceiling: Positive


class Freshness(_Section):
    """How a reaction ages: it counts half after `half_life_horizons * horizon_days` days."""

    horizon_days: Positive
    half_life_horizons: Positive
    window_horizons: Positive

    @property
    def half_life(self) -> float:
        """Seconds after which a reaction counts half."""
        return self.half_life_horizons * self.horizon_days * DAY

    @property
    def horizon(self) -> int:
        """Seconds in which the audience is expected to react."""
        return round(self.horizon_days * DAY)

    @property
    def window(self) -> int:
        """Seconds of activity that a run reads."""
        return round(self.window_horizons * self.horizon_days * DAY)


class Strength(_Section):
    """How much more somebody counts who reacts again: 1 + per_doubling * log2((1 + n) / 2), at most `most`.

    n is the number of occasions (spans of `occasion_horizons` horizons) on which they reacted.
    """

    occasion_horizons: Positive
    per_doubling: NotNegative
    most: Annotated[float, Field(ge=1, allow_inf_nan=False)]


class Evidence(_Section):
    """How many distinct reactors a score needs; whose reactors together, by freshness and strength, are less than
    `least` has no response, and everybody counts as a response of `forgotten` at least."""

    floor: Annotated[int, Field(ge=1)]
    least: NotNegative
    forgotten: NotNegative


class Calibration(_Section):
    """From the response to people, as the backtest found them: the audience is `people` for each 1 of response.

    80% of outcomes lie between log2(1 + audience) + `low` and + `high`, as log2(1 + people), in the strata of
    response that `bounds` separate; there is one stratum more than bounds.
    """

    people: Positive
    bounds: tuple[Positive, ...] = ()
    low: tuple[Finite, ...] = ()
    high: tuple[Finite, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> "Calibration":
        if self.low and not len(self.low) == len(self.high) == len(self.bounds) + 1:
            raise ValueError("low and high need one number more than bounds")
        if list(self.bounds) != sorted(set(self.bounds)):
            raise ValueError("bounds must rise")
        return self


class Trust(_Section):
    """Constants of personalised PageRank, of who is fully trusted, and of what strangers may add."""

    restart: Fraction
    people: Positive
    tolerance: Positive
    iterations: Annotated[int, Field(ge=1)]
    vouchers: Positive
    voucher_share: Fraction
    stranger_share: Share
    defended_from: Share
    automatic_seeds: Fraction


class Topics(_Section):
    """What a claim to a topic needs, and how much people who are heard elsewhere are heard on it.

    `posts` and `reactors` are the proof. A topic is one's own, not the community's, where so many of one's posts on it
    would come about with less than `chance` by writing as the others do, of whom there are `others` at least. Each
    doubling of the response to one's other topics adds `elsewhere` to the response; `again` is the chance that a fresh
    reactor reacts in the next horizon.
    """

    posts: Annotated[int, Field(ge=1)]
    reactors: Annotated[int, Field(ge=1)]
    peers: Annotated[int, Field(ge=1)]
    elsewhere: NotNegative
    chance: Fraction
    others: Annotated[int, Field(ge=1)]
    again: Fraction


class Verb(_Section):
    """How much one reaction of a verb counts, and why in a line of prose."""

    weight: NotNegative
    why: Annotated[str, Field(min_length=1)]


class Formula(_Section):
    """A whole formula."""

    version: Annotated[str, Field(pattern=f"^{VERSION}$")]
    score: Points
    freshness: Freshness
    strength: Strength
    evidence: Evidence
    calibration: Calibration
    trust: Trust
    topics: Topics
    verbs: dict[str, Verb]

    def over(self, horizon_days: float) -> "Formula":
        """The same formula for the audience of another number of days: ageing and window scale with it."""
        return self.model_copy(update={"freshness": self.freshness.model_copy(update={"horizon_days": horizon_days})})


def parse(text: str, source: str) -> Formula:
    """The formula in the TOML `text`; `source` names it in messages.

    Raises BadInput, in one line, for what is no TOML, misses a value or the version, has an unknown verb or a
    negative weight.
    """
    try:
        formula = Formula.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadInput(f"{source}: not TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"{source}: {where}: {first['msg']}") from error
    reactions = [verb for verb in VERBS if verb not in ("Create", "Delete")]
    for verb in formula.verbs:
        if verb not in reactions:
            raise BadInput(f"{source}: verbs.{verb}: unknown verb; reactions are {', '.join(reactions)}")
    if not any(verb.weight for verb in formula.verbs.values()):
        raise BadInput(f"{source}: verbs: no reaction has a weight")
    return formula


def versions() -> list[str]:
    """The versions that Renown ships, sorted."""
    folder = resources.files(__package__) / "formulas"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def load(version: str = CURRENT) -> Formula:
    """The formula that Renown ships under `version`; raises BadInput that lists the versions there are."""
    if version not in versions():
        raise BadInput(f"formula {version!r}: there are {', '.join(versions())}")
    text = (resources.files(__package__) / "formulas" / f"{version}.toml").read_text("utf-8")
    return parse(text, f"formula {version}")
