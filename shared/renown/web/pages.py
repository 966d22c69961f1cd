"""The pages: rendered here, with no script and nothing from anywhere else."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote

from aws_lambda_powertools.event_handler import Response

from ..changes import in_words, signed, telling
from ..published import Pointer, called
from ..shown import brief, shown
from .advice import advice
from .chart import chart
from .method import calibration, ranks
from .site import Event, prefix

if TYPE_CHECKING:
    from jinja2 import Environment

HERE: Final = Path(__file__).parent

HTML: Final = "text/html; charset=utf-8"

FILES: Final = {"style.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml; charset=utf-8"}
"""What pages need, and how it is called."""

PILLARS: Final = (
    ("reach", "how many people react"),
    ("amplification", "how much they do"),
    ("network", "who they are"),
)


VERBS: Final = {
    "Like": "liked",
    "Announce": "passed on",
    "Reply": "answered",
    "Mention": "mentioned",
    "Quote": "quoted",
    "Follow": "began to follow",
    "Accept": "accepted",
}


def home(event: Event, pointer: Pointer, entries: list[dict[str, Any]], moved: dict[str, Any] | None) -> Response[str]:
    """The front page: what this is, who is heard most, and whose score `moved` most."""
    return _page(event, 200, "home", pointer=pointer, entries=entries, moved=moved)


def search(event: Event, text: str, found: list[dict[str, Any]]) -> Response[str]:
    """Who is called by the words of `text`."""
    return _page(event, 200, "search", text=text, found=found)


def unknown(event: Event, name: str, detail: str, found: list[dict[str, Any]]) -> Response[str]:
    """There is nobody by this name: why that may be, and who is called alike."""
    return _page(event, 404, "unknown", asked=name, detail=detail, found=found)


def compare(event: Event, doc: dict[str, Any] | None) -> Response[str]:
    """Some people side by side, and what can be said of them; without any, whom to name."""
    return _page(event, 200, "compare", doc=doc, pillars=PILLARS)


KINDS: Final = (
    ("mutual", "react, and are reacted to"),
    ("to_you", "react, and were never answered"),
    ("by_you", "are reacted to, and do not react back"),
    ("new", "are new since four weeks"),
    ("lapsed", "came back once, and have been silent for two months"),
    ("unanswered", "kept reacting lately, and never heard back"),
    ("bridges", "lead on to people who do not react yet"),
)


VOICES: Final = {
    "legitimate": "legitimate voice",
    "steady": "steady voice",
    "could improve": "could improve",
}


class Known(NamedTuple):
    """What is known of somebody beside their scorecard: why it differs from the run before, the biggest receipts, the
    relationships, the topics, the segments of the audience, the addresses for previews (`unfurl.addresses`), and the
    points of the history."""

    changed: dict[str, Any] | None = None
    receipts: dict[str, Any] | None = None
    ties: dict[str, Any] | None = None
    on: dict[str, Any] | None = None
    audience: dict[str, Any] | None = None
    unfold: dict[str, Any] | None = None
    points: list[dict[str, Any]] | None = None


NOTHING: Final = Known()

SECTIONS: Final = (
    ("history", "History"),
    ("changes", "Why it changed"),
    ("topics", "Topics"),
    ("relationships", "Relationships"),
    ("segments", "Segments"),
    ("receipts", "Receipts"),
    ("advice", "What would raise it, honestly"),
)
"""The parts of a profile's page, each with its template in `of_profile`; those without anything to say are left out."""


def scorecard(event: Event, card: dict[str, Any], known: Known = NOTHING) -> Response[str]:
    """One scorecard, in words and as a picture, with what else is `known`."""
    said = known.changed and in_words(known.changed)
    context: dict[str, Any] = {"card": card, "pillars": PILLARS, "bars": _bars(card), "verbs": VERBS, "kinds": KINDS}
    context |= {"who": brief(card["name"] or card["id"]), "sections": SECTIONS}
    context |= known._asdict() | {"voices": VOICES, "changed": said, "parts": telling(said["parts"]) if said else []}
    context |= {"advice": advice(card, known.on, known.ties), "chart": chart(known.points or [])}
    return _page(event, 200, "scorecard", **context)


def topics(event: Event, pointer: Pointer, entries: list[dict[str, Any]]) -> Response[str]:
    """The topics that somebody here is heard on."""
    return _page(event, 200, "topics", pointer=pointer, entries=entries)


def topic(event: Event, pointer: Pointer, found: dict[str, Any]) -> Response[str]:
    """Who is heard on a topic."""
    return _page(event, 200, "topic", pointer=pointer, topic=found, voices=VOICES)


def method(event: Event, doc: dict[str, Any]) -> Response[str]:
    """How the score comes about, and how well it does."""
    graded = doc["backtest"]
    pictures = {"ranks": ranks(graded), "calibration": calibration(graded)} if graded else {}
    return _page(event, 200, "method", method=doc, **pictures)


def error(event: Event, status: int, title: str, detail: str) -> Response[str]:
    """What went wrong, and where to go from there."""
    return _page(event, status, "error", title=title, detail=detail)


def file(name: str) -> Response[str]:
    """One of the `FILES`."""
    return Response(200, FILES[name], (HERE / name).read_text("utf-8"), {})


def address(card_id: str) -> str:
    """The path of the page of `@handle` or `network:id`."""
    if card_id.startswith("@"):
        return f"/{card_id}"
    network, _, native_id = card_id.partition(":")
    return f"/accounts/{network}/{quote(native_id, safe='@.')}"


def data(card_id: str) -> str:
    """The path of the scorecard of `@handle` or `network:id` as JSON."""
    return f"/v1/profiles/{card_id[1:]}" if card_id.startswith("@") else f"/v1{address(card_id)}"


def change(points: float) -> str:
    """Points that are added or taken away, with their sign; nothing has none.

    >>> change(4.32), change(-0.04), change(-1.5)
    ('+4.3', '0.0', '−1.5')
    """
    return signed(points, 1)


def people(expected: float) -> str:
    """An expected number of people in words.

    >>> people(0.3), people(2.44), people(1234.5)
    ('fewer than one', '2.4', '1,234')
    """
    if expected < 1:
        return "fewer than one"
    return f"{expected:,.1f}" if expected < 10 else f"{expected:,.0f}"


def subject(topic: str) -> str:
    """The path of the page of a topic."""
    return f"/topics/{quote(topic, safe='')}"


def percent(share: float | None) -> str:
    """A share in words.

    >>> percent(0.314), percent(0.004), percent(0.0)
    ('31%', '0.4%', '0%')
    """
    share = share or 0.0
    return f"{100 * share:.1f}%" if 0 < share < 0.01 else f"{100 * share:.0f}%"


def span(seconds: float) -> str:
    """A time that something takes, in words.

    >>> span(40), span(5400), span(200000)
    ('a minute', '1.5 hours', '2.3 days')
    """
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.1f} {unit}".replace(".0 ", " ")
    return "a minute"


def steady(stability: float) -> str:
    """The stability of a community in words, with the bounds of Hennig (2007).

    >>> steady(0.9), steady(0.6), steady(0.3)
    ('firm', 'fair', 'loose')
    """
    return "firm" if stability >= 0.75 else "fair" if stability >= 0.5 else "loose"


def _bars(card: dict[str, Any]) -> list[tuple[str, float, float, bool]]:
    """Each pillar as (name, start, width, less) in points from 0 to 100; `less` takes points away from those before."""
    bars, position = [], 0.0
    for name, _ in PILLARS:
        points = card[name] or 0.0
        bars.append((name, min(position, position + points), abs(points), points < 0))
        position += points
    return bars


def _page(event: Event, status: int, name: str, **context: Any) -> Response[str]:
    text = _templates().get_template(f"{name}.html").render(base=prefix(event), **context)
    return Response(status, HTML, text, {})


@cache
def _templates() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        finalize=lambda value: shown(value) if type(value) is str else value,  # what is Markup was here before
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["brief"] = brief
    environment.globals.update(address=address, data=data, change=change, people=people, signed=signed)
    environment.globals.update(subject=subject, percent=percent, span=span, called=called, steady=steady)
    return environment
