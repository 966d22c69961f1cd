"""Badges: a profile's rounded score as a small SVG, for shields.io as JSON, and as a PNG for previews of links."""

import base64
import json
from typing import Any, Final
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Response

from ..errors import BadInput, NotFound
from ..table import Reader
from . import picture
from .markup import xml
from .problem import NothingPublished
from .site import Find, Site, parameter

LABEL: Final = "renown"
LEFT: Final = "#343a42"
COLOUR: Final = "#1f5fa8"
GRAY: Final = "#5c6570"
"""White on each of these has a contrast of 6 to 1 at least, and the badge brings its own ground, light page or dark."""

HEIGHT: Final = 20
LETTER: Final = 6.9
NARROW: Final = 4.9
"""Widths of most letters and of those in `_NARROW`; texts are stretched to what they were given, whatever the font."""
_NARROW: Final = frozenset(" rtsc")
PADDING: Final = 6

CACHE_SECONDS: Final = 3600
"""How long shields.io keeps a badge; scores change once a day."""

_OPEN: Final = {"Access-Control-Allow-Origin": "*"}
_SOON: Final = {**_OPEN, "Cache-Control": "public, max-age=60"}


def add(site: Site, table: Reader, find: Find) -> None:
    """Adds the badges to `site`; `find` gives a published scorecard by its id or raises NotFound."""

    @site.get("/badge/<file>", "width")
    def badge(file: str) -> Response[str]:
        handle, _, kind = unquote(file).rpartition(".")
        width = parameter(site.event, "width")
        if kind not in ("svg", "json", "png"):
            raise NotFound(f"there is nothing at /badge/{file[:80]}; a badge is /badge/handle.svg, .json or .png")
        if kind == "png":
            return _png(picture.of_score(find(table, f"@{handle}"), _scale(width)))
        if width is not None:
            raise BadInput("parameter 'width': only of a .png")
        try:
            card = find(table, f"@{handle}")
        except NothingPublished:
            raise
        except NotFound:
            card = None
        status, headers = (200, _OPEN) if card else (404, _SOON)
        if kind == "svg":
            return Response(status, "image/svg+xml; charset=utf-8", svg(card), {**headers})
        return Response(status, "application/json; charset=utf-8", json.dumps(shield(card)), {**headers})

    @site.get("/topic.png")
    def topic() -> Response[str]:
        return _png(picture.of_topic())


def svg(card: dict[str, Any] | None) -> str:
    """The badge of the scorecard `card`, gray without a score; None for a handle that nobody has."""
    message, title = _said(card)
    left, right = (
        round(2 * PADDING + sum(NARROW if letter in _NARROW else LETTER for letter in text))
        for text in (LABEL, message)
    )
    title, colour = xml(title), COLOUR if card and card["score"] is not None else GRAY

    def word(x: int, width: int, text: str) -> str:
        return f'<text x="{x + PADDING}" y="14" textLength="{width - 2 * PADDING}">{xml(text)}</text>'

    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{HEIGHT}" role="img"'
        f' aria-label="{title}"><title>{title}</title>'
        f'<rect width="{left + right}" height="{HEIGHT}" rx="3" fill="{colour}"/>'
        f'<path d="M3 0h{left - 3}v{HEIGHT}H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z" fill="{LEFT}"/>'
        f'<g fill="#fff" font-family="Verdana,DejaVu Sans,system-ui,sans-serif" font-size="11" aria-hidden="true">'
        f"{word(0, left, LABEL)}{word(left, right, message)}</g></svg>"
    )


def shield(card: dict[str, Any] | None) -> dict[str, Any]:
    """What shields.io's endpoint badge reads (schema version 1)."""
    scored = card is not None and card["score"] is not None
    return {
        "schemaVersion": 1,
        "label": LABEL,
        "message": _said(card)[0],
        "color": COLOUR if scored else "lightgrey",
        "cacheSeconds": CACHE_SECONDS,
        **({} if card else {"isError": True}),
    }


def _said(card: dict[str, Any] | None) -> tuple[str, str]:
    """What stands on a badge, and the same in words."""
    if card is None:
        return "unknown", "Renown: nobody by this name has opted in"
    made_up = ", a made-up person" if card["made_up"] else ""
    if card["score"] is None:
        return "no score yet", f"Renown of @{card['handle']}{made_up}: no score yet"
    return f"{card['score']:.0f}", f"Renown of @{card['handle']}{made_up}: {card['score']:.0f} of 100"


def _scale(width: str | None) -> int:
    widths = [str(picture.WIDTH * scale) for scale in range(1, picture.SHARPEST + 1)]
    if width is None:
        return picture.SHARPEST
    if width not in widths:
        raise BadInput(f"parameter 'width': {width[:20]!r} is none of {', '.join(widths)}")
    return 1 + widths.index(width)


def _png(data: bytes) -> Response[str]:
    answer = Response(200, "image/png", base64.b64encode(data).decode(), {**_OPEN})
    answer.base64_encoded = True
    return answer
