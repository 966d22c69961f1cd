"""What the API answers, field by field: the models that its description (OpenAPI) and its tests are made from.

The function that answers imports none of this: it gives what was published as it is.
"""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ..activity import VERBS
from ..runs import Population
from ..scoring.formula import Formula

Id = Annotated[str, Field(description="`@handle` of a profile, or an account as `network:id`.")]
Run = Annotated[str, Field(description="The name of a run; it begins with the run's moment.")]
Moment = Annotated[AwareDatetime, Field(description="RFC 3339, in UTC.")]
Version = Annotated[str, Field(description="The version of the formula.")]
Points = Annotated[float, Field(description="Points of the score.")]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$", description="A day in UTC.")]
Count = Annotated[int, Field(ge=0)]
Score = Annotated[float | None, Field(ge=0, le=100, description="0 to 100; null where there is too little evidence.")]
Missing = Annotated[str | None, Field(description="What a score lacks, in words; null where there is one.")]
Next = Annotated[str | None, Field(description="The address of what follows in the list; null at its end.")]
Url = Annotated[str | None, Field(description="Where the post can be seen; a stranger's text: check it is http(s).")]
Verb = Annotated[str, Field(json_schema_extra={"enum": sorted(VERBS)}, description="As in ActivityStreams 2.0.")]


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Interval(_Answer):
    """What happened in that `share` of such cases: how many people reacted, and the score that is."""

    share: float
    people: tuple[int, int]
    score: tuple[float, float]


class _Pillars(_Answer):
    score: Score
    reach: Points | None
    amplification: Points | None
    network: Points | None


class Evidence(_Answer):
    """What a score rests on: people who reacted, how many it takes, and the share of their attention that is trusted.

    `defended` says whether there is enough trusted attention in the community to tell people from made-up accounts.
    """

    reactors: Count
    needed: Count
    reactions: Count
    trusted: float | None
    defended: bool


class OnCard(_Answer):
    """A topic that somebody can claim, in short."""

    topic: str
    name: str
    points: Points
    voice: Literal["legitimate", "steady", "could improve"] | None
    common: bool


class Scorecard(_Pillars):
    """One profile, or one account of nobody's profile, in one run."""

    id: Id
    handle: str | None
    name: Annotated[str | None, Field(description="What the profile calls itself: a stranger's text.")]
    made_up: bool
    accounts: list[str]
    run: Run
    at: Moment
    formula: Version
    audience: Annotated[float | None, Field(description="People expected to react in the next 28 days.")]
    interval: Interval | None
    ten_more: Annotated[int | None, Field(description="Genuine people whom ten points more would take.")]
    evidence: Evidence
    missing: Missing
    topics: Annotated[list[OnCard], Field(description="The first ten topics that can be claimed.")]


class Profiles(_Answer):
    """The scorecards that were asked for, in their order, and the ids that have none."""

    run: Run
    at: Moment
    formula: Version
    profiles: list[Scorecard]
    missing: list[Id]


class Compared(_Pillars):
    """One of the profiles that are compared."""

    id: Id
    handle: str | None
    name: str | None
    made_up: bool
    audience: float | None
    interval: Interval | None
    missing: Missing


class Pair(_Answer):
    """Two of them: `a`'s score less `b`'s, how many `times` as many people are expected to react to `a`, and whether
    they can be told apart: where their intervals overlap, they cannot.
    """

    a: Id
    b: Id
    difference: Points | None
    times: float | None
    told_apart: bool
    text: str


class Comparison(_Answer):
    """Two to five profiles side by side."""

    run: Run
    at: Moment
    formula: Version
    profiles: list[Compared]
    pairs: list[Pair]


class Point(_Pillars):
    """One day of a history; `new_formula` marks that the day before was computed by another formula."""

    run: Run
    at: Moment
    formula: Version
    new_formula: bool
    interval: Interval | None


class History(_Answer):
    """A profile's scores, the last one of each day, oldest first, over up to two years."""

    id: Id
    run: Run
    at: Moment
    formula: Version
    points: list[Point]


class Entry(_Pillars):
    """One place on the leaderboard; nobody is on it without a score."""

    rank: Annotated[int, Field(ge=1)]
    id: Id
    handle: str | None
    name: str | None
    account: str | None


class Leaderboard(_Answer):
    """Some places of the leaderboard, highest score first."""

    run: Run
    at: Moment
    entries: list[Entry]
    next: Next


class Split(_Answer):
    """How many reactions, and how many points they are."""

    reactions: Count
    points: Points


class Receipt(_Answer):
    """The points that one reaction contributes; `reactor` is null for people who did not opt in."""

    points: Points
    verb: Verb
    at: Moment | None
    object: str | None
    url: Url
    reactor: Id | None


class Receipts(_Answer):
    """Some receipts, biggest first, and what the reactions before, among and after them sum to."""

    id: Id
    run: Run
    at: Moment
    formula: Version
    score: Score
    missing: Missing
    reactions: Count
    before: Split
    here: Split
    after: Split
    entries: list[Receipt]
    next: Next


class Person(_Answer):
    """Somebody who opted in: how often they reacted, and were reacted to, and how many people they lead on to."""

    who: Id
    they: Count
    you: Count
    first: Day | None
    last: Day | None
    reached: Count


class Waiting(_Answer):
    """Somebody who keeps reacting and never heard back, and the post where they did so last."""

    who: Id | None
    they: Count
    last: Day | None
    verb: Verb
    object: str | None
    url: Url


class Ties(_Answer):
    """People by kind."""

    people: Count
    mutual: Count
    to_you: Count
    by_you: Count
    new: Count
    lapsed: Count
    unanswered: Count
    bridges: Count
    beyond: Annotated[int, Field(ge=0, description="People whom the bridges lead on to.")]


class Named(_Answer):
    """Those of each kind who opted in; the others are counted, not named."""

    mutual: list[Person]
    to_you: list[Person]
    by_you: list[Person]
    new: list[Person]
    lapsed: list[Person]
    unanswered: list[Person]
    bridges: list[Person]


class Relationships(_Answer):
    """With whom a profile has to do."""

    id: Id
    run: Run
    at: Moment
    formula: Version
    counts: Ties
    named: Named
    answer: list[Waiting]


class State(_Answer):
    """One of the runs between which a score changed."""

    run: Run
    at: Moment
    formula: Version
    defended: bool
    score: Score
    missing: Missing


class Part(BaseModel):
    """One reason of a change, its points and what it counts; null points where there was no score."""

    model_config = ConfigDict(frozen=True, extra="allow")

    part: Literal["corrections", "formula", "ageing", "reactions", "trust"]
    points: Points | None
    text: str


class Change(_Answer):
    """Why a score changed from one run to another: parts that sum to the change."""

    id: Id
    from_: Annotated[State, Field(alias="from")]
    to: State
    change: Points | None
    text: str
    parts: list[Part]


class Method(_Answer):
    """How scores come about: the formula, what it forecast (`renown backtest`), and what gaming it costs."""

    formula: Formula
    backtest: dict[str, Any] | None
    redteam: dict[str, Any] | None


class Current(_Answer):
    """The run that readers see."""

    run: Run
    at: Moment
    formula: Version
    population: Population
    scorecards: Count
    scored: Count
    mean: float | None
    made_up: bool
    topics: Annotated[int, Field(ge=0, description="Topics that somebody can claim.")]
    previous: Run | None
    published_at: Moment | None
    next_at: Annotated[AwareDatetime | None, Field(description="When the next run is expected.")]


class Health(_Answer):
    """That there is something to be read."""

    status: Literal["ok"]
    run: Run


class Problem(_Answer):
    """An error (RFC 9457); `type` is stable, the words are not."""

    type: str
    title: str
    status: int
    detail: str
    instance: str


Reached = Annotated[
    tuple[float | None, float, float | None],
    Field(
        description="People expected to react in the next 28 days; in four of five cases from the first to the last."
    ),
]
Share = Annotated[float | None, Field(ge=0, description="A share of 1.")]
Voice = Annotated[
    Literal["legitimate", "steady", "could improve"] | None,
    Field(description="Whether more is heard than said (docs/topics.md)."),
]
Slug = Annotated[str, Field(description="A topic as activity writes it.")]
Name = Annotated[str, Field(description="What it is called; a stranger's text where no ontology is installed.")]
Ratio = Annotated[
    tuple[float, float, float],
    Field(
        description="The share of response over that of posts: the least and the most of its 80% interval around it."
    ),
]


class Best(_Answer):
    """One of the posts that most people reacted to."""

    post: str | None
    url: Url
    at: Moment
    people: Count


class Resonance(_Answer):
    """Seconds in which half of the reactions come, and the share of them by people who had not reacted before."""

    half_life: Count | None
    beyond: Share


class Claim(_Answer):
    """A topic that somebody can claim, with its proof; `common` is what everybody here could."""

    topic: Slug
    name: Name
    points: Points
    people: Reached
    common: bool
    since: Day
    posts: Count
    voice: Voice
    against_others: Annotated[bool, Field(description="Whether shares are of all who post on it, or of one's own.")]
    heard_share: Share
    posted_share: Share
    reach: Annotated[int, Field(ge=0, description="Distinct trusted people who reacted.")]
    resonance: Resonance
    relevance: Ratio
    best: list[Best]
    reactors: list[Id]


class Improve(_Answer):
    """A topic on which somebody speaks more than they are heard."""

    topic: Slug
    name: Name
    posts: Count
    against_others: bool
    reach: Count
    heard_share: Share
    posted_share: Share
    relevance: Ratio


class Untried(_Answer):
    """A topic that so many `of` somebody's people respond to from others, and its `usual` share of everybody."""

    topic: Slug
    name: Name
    people: Count
    of: Count
    usual: Share


class ProfileTopics(_Answer):
    """The topics of a profile; how many it hides and disputes."""

    id: Id
    run: Run
    at: Moment
    formula: Version
    claims: list[Claim]
    improve: list[Improve]
    untried: list[Untried]
    hidden: Count
    disputed: Count


class Listed(_Answer):
    """A topic: how many people react to posts on it, and how many are heard on it."""

    topic: Slug
    name: Name
    people: Count
    heard: Count


class TopicList(_Answer):
    """Some of the topics that somebody can claim; what most people react to first."""

    run: Run
    at: Moment
    topics: Count
    entries: list[Listed]
    next: Next


class Heard(_Answer):
    """Somebody who is heard on a topic."""

    id: Id
    handle: str | None
    name: str | None
    points: Points
    people: Reached
    reach: Count
    voice: Voice


class Chosen(_Answer):
    """One of the set, and how many more people are expected with them."""

    id: Id
    handle: str | None
    name: str | None
    adds: float


class Together(_Answer):
    """The few who are `expected` to reach the most different people; as many with the most points reach `top`."""

    people: list[Chosen]
    expected: float
    top: float


class Topic(Listed):
    """Who is heard on a topic, most points first: a hundred at most."""

    run: Run
    at: Moment
    voices: list[Heard]
    together: Together


class Standing(_Answer):
    """A topic that stands out in a community."""

    topic: Slug
    lift: float


class Bridge(_Answer):
    """Somebody who leads on to so many people who do not react yet."""

    who: Id
    beyond: Count


class Bridges(_Answer):
    """How many there are, and those of them who opted in."""

    people: Count | None
    named: list[Bridge]


class Segment(_Answer):
    """A part of an audience: a community by its number, or a topic; null where it would speak of fewer than five."""

    segment: str
    people: Count | None
    size: Count | None
    share: Share
    lift: float | None
    lately: Count | None
    before: Count | None
    stability: Share
    topics: list[Standing]
    voices: list[Id]
    bridges: Bridges


class Everybody(_Answer):
    """How the communities were found."""

    people: Count
    modularity: float | None
    ties: Count
    searched: Count


class Segments(_Answer):
    """An audience by community and topic, and communities that it hardly reaches; empty where it is too small."""

    id: Id
    run: Run
    at: Moment
    formula: Version
    audience: Count
    needed: Count
    everybody: Everybody
    communities: list[Segment]
    others: Count | None
    topics: list[Segment]
    unreached: list[Segment]


class Found(_Answer):
    """Somebody who is called so."""

    id: Id
    handle: str | None
    name: str | None
    score: Score
    account: str | None


class Search(_Answer):
    """Who is called by the words that were asked for, highest score first."""

    run: Run
    at: Moment
    entries: list[Found]
