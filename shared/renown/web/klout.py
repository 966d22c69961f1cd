"""Klout's API, version 2, as its clients know it: they need another host and nothing else.

The shapes are those of Klout's own answers, as its clients' tests kept them. What people are known by is their number
(`renown.numbers`). docs/klout.md says what stands for what, and what differs.
"""

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Response

from ..activity import account, topic
from ..errors import BadInput, NotFound
from ..numbers import candidates, handle_of, number_of
from ..published import changes_since, relationships
from ..table import Doc, Reader
from .address import base
from .site import ANY, Event, Find, Site, parameter

NETWORKS: Final = {"tw": "x", "twitter": "x", "fb": "facebook", "ig": "instagram"}
"""Klout's names of networks, and ours; others have the same name, and Klout's others are not here."""

OURS: Final = ("ks", "klout")
"""Klout's names for itself."""

CHANGES: Final = {"dayChange": 1, "weekChange": 7, "monthChange": 30}
"""Days that each of a score's changes looks back."""

LOOK_BACK: Final = timedelta(days=45)
"""How far the run from before those days may lie; runs are daily or weekly."""

SHOWN: Final = 5
"""Influencers, and influencees, that are listed: Klout showed as many."""

_CALLBACK: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$.]{0,99}")


def add(site: Site, table: Reader, find: Find, public: str | None) -> None:
    """Adds the routes under /v2 to `site`.

    `find` gives a published scorecard by its id or raises NotFound; `public` is the site's address, where it has one.
    """

    def found(number: str) -> Doc:
        handle = handle_of(table, number)
        if handle is None:
            raise NotFound(f"{number[:40]}: nobody has this kloutId")
        return find(table, f"@{handle}")

    site.fail("/v2/", failed)
    _add_identities(site, table, find, found)

    @site.get("/v2/user.json/<number>", ANY)
    def user(number: str) -> Response[str]:
        return _answer(site.event, _user(table, number, found(number)))

    @site.get("/v2/user.json/<number>/score", ANY)
    def score(number: str) -> Response[str]:
        card = _scored(found(number))
        points = card["score"]
        return _answer(site.event, {"score": points, "scoreDelta": _deltas(table, card), "bucket": bucket(points)})

    @site.get("/v2/user.json/<number>/topics", ANY)
    def topics(number: str) -> Response[str]:
        picture = f"{base(site.event, public)}/topic.png"
        return _answer(site.event, [_topic(entry, picture) for entry in found(number).get("topics") or []])

    @site.get("/v2/user.json/<number>/influence", ANY)
    def influence(number: str) -> Response[str]:
        return _answer(site.event, _influence(table, find, found(number)))


def _add_identities(site: Site, table: Reader, find: Find, found: Callable[[str], Doc]) -> None:
    @site.get("/v2/identity.json/twitter", ANY)
    def by_screen_name() -> Response[str]:
        name = (parameter(site.event, "screenName") or "").strip().removeprefix("@")
        if not name:
            raise BadInput("parameter 'screenName': whose kloutId?")
        return _answer(site.event, _identity(table, _by_screen_name(table, find, name)))

    @site.get("/v2/identity.json/<network>/<native_id>", ANY)
    def by_account(network: str, native_id: str) -> Response[str]:
        network, native_id = unquote(network), unquote(native_id)
        if network in OURS:
            return _answer(site.event, _identity(table, found(native_id)))
        return _answer(site.event, _identity(table, find(table, account(NETWORKS.get(network, network), native_id))))

    @site.get("/v2/identity.json/klout/<number>/<network>", ANY)
    def to_account(number: str, network: str) -> Response[str]:
        return _answer(site.event, _account(found(number), unquote(network)))


def failed(event: Event, status: int, title: str, detail: str) -> Response[str]:
    """An error as Klout told it."""
    return _answer(event, {"error": status, "description": detail}, status)


def bucket(score: float) -> str:
    """The ten points that a score is in, the last of them eleven.

    >>> bucket(55.7), bucket(9.99), bucket(90.0), bucket(100.0)
    ('50-59', '0-9', '90-100', '90-100')
    """
    low = min(int(score) // 10 * 10, 90)
    return f"{low}-{low + 9 if low < 90 else 100}"


def _answer(event: Event, body: Any, status: int = 200) -> Response[str]:
    """`body` as JSON, or, for old pages, as the script that they ask for: a call of their `callback`."""
    text, kind = json.dumps(body, separators=(",", ":")), "application/json"
    callback = parameter(event, "callback") if status == 200 else None
    if callback is not None:
        if not _CALLBACK.fullmatch(callback):
            raise BadInput("parameter 'callback': not the name of a function")
        text, kind = f"/**/{callback}({text});", "application/javascript"
    return Response(status, f"{kind}; charset=utf-8", text, {"Access-Control-Allow-Origin": "*"})


def _by_screen_name(table: Reader, find: Find, name: str) -> Doc:
    """Whom a Twitter name means: who has an account on X by that name, else the profile with that handle."""
    try:
        return find(table, account("x", name))
    except NotFound:
        return find(table, f"@{name.lower()}")


def _number(table: Reader, card: Doc) -> str:
    number = number_of(table, card["handle"]) if card["handle"] else None
    if number is None:
        raise NotFound(f"{card['id'][:200]} has no kloutId: nobody who opted in, or published by an earlier Renown")
    return number


def _identity(table: Reader, card: Doc) -> Doc:
    return {"id": _number(table, card), "network": "ks"}


def _account(card: Doc, network: str) -> Doc:
    """The account of a profile on a network, as Klout named that."""
    start = f"{NETWORKS.get(network, network)}:"
    native = next((each.removeprefix(start) for each in card["accounts"] if each.startswith(start)), None)
    if native is None:
        raise NotFound(f"{card['id']} has linked no account on {network[:40]}")
    return {"id": native, "network": network}


def _scored(card: Doc) -> Doc:
    if card["score"] is None:
        raise NotFound(f"{card['id']} has no score yet: {card['missing']}")
    return card


def _deltas(table: Reader, card: Doc) -> dict[str, float]:
    """What the score gained since the run published closest before each of `CHANGES`; 0.0 where there is none."""
    now = datetime.fromisoformat(card["at"])
    before = [doc["from"] for doc in changes_since(table, card["run"], card["id"], f"{now - LOOK_BACK:%Y-%m-%d}")]
    earlier = [(now - datetime.fromisoformat(run["at"]), run["score"]) for run in before if run["score"] is not None]
    gained = {}
    for name, days in CHANGES.items():
        _, score = min(((age, score) for age, score in earlier if age >= timedelta(days)), default=(None, None))
        gained[name] = 0.0 if score is None else round(card["score"] - score, 6)
    return gained


def _user(table: Reader, number: str, card: Doc) -> Doc:
    score = _scored(card)["score"]
    return {
        "kloutId": number,
        "nick": card["handle"],
        "score": {"score": score, "bucket": bucket(score)},
        "scoreDeltas": _deltas(table, card),
    }


def _topic(entry: Doc, picture: str) -> Doc:
    """A topic; Klout's kinds of topics (super, sub, entity) are not known here: all are entities."""
    slug, name = topic(entry["topic"]), entry.get("name") or entry["topic"]
    number = candidates(f"#{slug}")[0]
    kind = {"imageUrl": picture, "topicType": "entity"}
    return {"id": number, "displayName": name, "name": name, "slug": slug, **kind}


def _influence(table: Reader, find: Find, card: Doc) -> Doc:
    """Influencers are whom a profile reacts to, influencees who react to it: all are counted, who opted in is named."""
    ties = relationships(table, card["run"], card["id"]) or {"named": {}, "counts": {}}
    users: dict[str, Doc | None] = {}

    def named(*kinds: str) -> list[Doc]:
        people = [person for kind in kinds for person in ties["named"].get(kind, [])]
        people.sort(key=lambda person: -person["they"] - person["you"])
        names = [person["who"] for person in people][:SHOWN]
        for name in names:
            if name not in users:
                users[name] = _named(table, find, name)
        shown = [user for name in names if (user := users[name])]
        shown.sort(key=lambda user: -user["score"]["score"])
        return [{"entity": {"id": user["kloutId"], "payload": user}} for user in shown]

    counts = ties["counts"]
    mutual = counts.get("mutual", 0)
    return {
        "myInfluencers": named("mutual", "by_you"),
        "myInfluencees": named("mutual", "to_you"),
        "myInfluencersCount": mutual + counts.get("by_you", 0),
        "myInfluenceesCount": mutual + counts.get("to_you", 0),
    }


def _named(table: Reader, find: Find, name: str) -> Doc | None:
    """The user for one who is named in relationships; None for who has no score or is gone since."""
    try:
        card = find(table, name)
        return _user(table, _number(table, card), card)
    except NotFound:
        return None
