"""What a link to a profile unfolds to elsewhere: oEmbed, and the addresses that its page names for previews.

A photo in oEmbed's words: the picture is all there is to show, and who embeds it needs to trust no markup of ours.
"""

import json
from typing import Any, Final
from urllib.parse import quote, unquote

from aws_lambda_powertools.event_handler import Response

from ..errors import BadInput, NotFound
from ..shown import brief
from ..table import Doc, Reader
from . import picture
from .address import base
from .badge import CACHE_SECONDS
from .site import Event, Find, Site, parameter

_OPEN: Final = {"Access-Control-Allow-Origin": "*"}


def add(site: Site, table: Reader, find: Find, public: str | None) -> None:
    """Adds oEmbed to `site`; `find` and `public` are as for `klout.add`."""

    @site.get("/oembed", "url", "format", "maxwidth", "maxheight")
    def oembed() -> Response[str]:
        event, here = site.event, base(site.event, public)
        if parameter(event, "format") not in (None, "json"):
            text = json.dumps({"error": "only format=json is answered"})
            return Response(501, "application/json; charset=utf-8", text, {**_OPEN})
        card = find(table, f"@{_handle(parameter(event, 'url'), here)}")
        wide, high = (_pixels(event, name) for name in ("maxwidth", "maxheight"))
        return Response(200, "application/json; charset=utf-8", json.dumps(embedded(card, here, wide, high)), {**_OPEN})


def embedded(card: Doc, site: str, wide: int | None, high: int | None) -> dict[str, Any]:
    """The oEmbed document of a profile: a picture of at most `wide` by `high` pixels, or a link where none is so small.

    `site` is the site's whole address.
    """
    scale = picture.SHARPEST
    for most, dots in ((wide, picture.WIDTH), (high, picture.HEIGHT)):
        scale = min(scale, picture.SHARPEST if most is None else most // dots)
    about = {
        "version": "1.0",
        "title": title(card),
        "author_name": f"@{card['handle']}",
        "author_url": f"{site}/@{card['handle']}",
        "provider_name": "Renown",
        "provider_url": f"{site}/",
        "cache_age": CACHE_SECONDS,
    }
    if scale < 1:
        return {"type": "link", **about}
    width, height = picture.WIDTH * scale, picture.HEIGHT * scale
    url = f"{site}/badge/{card['handle']}.png?width={width}"
    return {"type": "photo", **about, "url": url, "width": width, "height": height}


def addresses(card: Doc, site: str) -> dict[str, Any]:
    """What the page of a profile says for previews; `site` is the site's whole address."""
    page = f"{site}/@{card['handle']}"
    return {
        "title": title(card),
        "page": page,
        "picture": f"{site}/badge/{card['handle']}.png",
        "width": picture.WIDTH * picture.SHARPEST,
        "height": picture.HEIGHT * picture.SHARPEST,
        "oembed": f"{site}/oembed?url={quote(page, safe='')}&format=json",
        "feeds": {"application/feed+json": f"{page}/feed.json", "application/atom+xml": f"{page}/feed.xml"},
    }


def title(card: Doc) -> str:
    """A profile and its score in a line."""
    said = "no score yet" if card["score"] is None else f"{card['score']:.0f} of 100"
    made_up = ", made up" if card["made_up"] else ""
    return f"{brief(card['name'] or card['id'])} (@{card['handle']}{made_up}): {said}"


def _handle(url: str | None, site: str) -> str:
    """The handle in the address of a profile's page; raises NotFound for any other address."""
    if url is None:
        raise BadInput("parameter 'url': the address of a profile's page is missing")
    path, start = (each.partition("://")[2] or each for each in (url, f"{site}/@"))
    if not path.startswith(start):
        raise NotFound(f"{url[:200]} is no page of a profile here: that is {site}/@handle")
    return unquote(path.removeprefix(start).partition("?")[0].partition("#")[0].rstrip("/"))


def _pixels(event: Event, name: str) -> int | None:
    text = parameter(event, name)
    if text is not None and not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise BadInput(f"parameter {name!r}: {text[:20]!r} is no number of pixels")
    return None if text is None else int(text)
