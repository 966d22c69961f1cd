"""A profile's changes as JSON Feed 1.1 and as Atom (RFC 4287): one entry for every run that moved the score."""

import json
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Response

from ..changes import in_words, telling
from ..errors import NotFound
from ..published import changes_since
from ..shown import brief
from ..table import Doc, Reader
from .address import base
from .markup import xml
from .site import Find, Site

MOST: Final = 30
"""Entries in a feed."""

LOOK_BACK: Final = timedelta(days=60)
"""How far a feed looks back, whatever the number."""


def add(site: Site, table: Reader, find: Find, public: str | None) -> None:
    """Adds the feeds to `site`; `find` and `public` are as for `klout.add`."""

    def moved(at_handle: str) -> tuple[Doc, list[Doc], str]:
        name = unquote(at_handle)
        if not name.startswith("@"):
            raise NotFound(f"there is nothing at /{name[:80]}/; a profile's feed is at /@handle/feed.json")
        card = find(table, name)
        since = f"{datetime.fromisoformat(card['at']) - LOOK_BACK:%Y-%m-%d}"
        found = [in_words(doc) for doc in changes_since(table, card["run"], card["id"], since)]
        return card, [doc for doc in found if _moved(doc)][: -MOST - 1 : -1], base(site.event, public)

    @site.get("/<at_handle>/feed.json")
    def as_json(at_handle: str) -> Response[str]:
        feed = json.dumps(json_feed(*moved(at_handle)), ensure_ascii=False)
        return Response(200, "application/feed+json; charset=utf-8", feed, {"Access-Control-Allow-Origin": "*"})

    @site.get("/<at_handle>/feed.xml")
    def as_xml(at_handle: str) -> Response[str]:
        return Response(200, "application/atom+xml; charset=utf-8", atom(*moved(at_handle)), {})


def json_feed(card: Doc, found: list[Doc], site: str) -> Doc:
    """The changes `found` (of `changes.in_words`, newest first) of the profile with scorecard `card` as JSON Feed."""
    page = f"{site}/{card['id']}"
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _title(card),
        "home_page_url": page,
        "feed_url": f"{page}/feed.json",
        "description": "Why the score changed.",
        "language": "en",
        "authors": [{"name": _name(card), "url": page}],
        "items": [
            {
                "id": _id(card, doc["to"]["run"]),
                "url": page,
                "title": doc["text"],
                "content_text": _text(doc),
                "date_published": doc["to"]["at"],
            }
            for doc in found
        ],
    }


def atom(card: Doc, found: list[Doc], site: str) -> str:
    """The same as an Atom feed."""
    page = f"{site}/{card['id']}"
    entries = [
        f"<entry>{_heads(_id(card, doc['to']['run']), doc['text'], doc['to']['at'], page)}"
        f'<content type="text">{xml(_text(doc))}</content></entry>'
        for doc in found
    ]
    updated = found[0]["to"]["at"] if found else card["at"]
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">'
        f"{_heads(_id(card), _title(card), updated, page)}"
        f'<link rel="self" type="application/atom+xml" href="{xml(page)}/feed.xml"/>'
        f"<author><name>{xml(_name(card))}</name></author>{''.join(entries)}</feed>\n"
    )


def _heads(name: str, title: str, updated: str, page: str) -> str:
    return (
        f"<id>{xml(name)}</id><title>{xml(title)}</title><updated>{xml(updated)}</updated>"
        f'<link rel="alternate" type="text/html" href="{xml(page)}"/>'
    )


def _moved(change: Doc) -> bool:
    """Whether a reader would see a change: two digits are shown."""
    return change["change"] is None or round(change["change"], 2) != 0


def _id(card: Doc, run: str | None = None) -> str:
    """What a feed, or the entry of a run, is known by, wherever it is read."""
    return f"urn:renown:changes:{card['handle']}{f':{run}' if run else ''}"


def _name(card: Doc) -> str:
    return brief(card["name"] or card["id"])


def _title(card: Doc) -> str:
    return f"{_name(card)} ({card['id']}) on Renown{': made up' if card['made_up'] else ''}"


def _text(change: Doc) -> str:
    return "\n".join([change["text"], *(part["text"] for part in telling(change["parts"]))])
