"""Pinterest: the pins of the token's owner, and counts. Who saves, clicks, comments and follows is told as numbers.

The API shows an account to its owner only: the operator collects their own account, with the token that they gave
themselves (scopes user_accounts:read, pins:read and boards:read), and no other one. A pin's topics are the hashtags
of its title and description; pins that were saved from others are not the owner's posts, secret ones nobody's: a
pin does not say that it is secret, so they stay unseen only with a token that has no scope ending in _secret.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ..activity import parse_account
from ..errors import BadInput, FatalError, Gone, Renamed, SkippableError, Unwanted
from ..formats.jsontext import Doc, inside, text
from .answer import Answer
from .base import Batch, Cursor, Found, Proof, Secret, bearer, hashtags_in, is_count, links_in, objects
from .budget import Rate
from .client import Client, Params
from .window import FRESH, Page, forget, note_totals, walk_posts

HOST: Final = "api.pinterest.com"
SITE: Final = "https://www.pinterest.com"
RATE: Final = Rate(1.0, 5)
"""Trial access has 1,000 requests a day, and a visit is a few."""

_USER: Final = re.compile(r"[a-z0-9_]{2,50}")
_ID: Final = re.compile(r"[0-9]{1,30}")
_OFFSET: Final = re.compile(r"(?:[Zz]|[+-]\d\d:\d\d)$")
_NOT_ME: Final = re.compile(r"#(?:nobots?|noindex)\b", re.IGNORECASE)
_TOTALS: Final = {
    "followers": "follower_count",
    "following": "following_count",
    "pins": "pin_count",
    "views": "monthly_views",
}
_COUNTS: Final = {
    "likes": "reaction",
    "replies": "comment",
    "saves": "save",
    "clicks": "pin_click",
    "views": "impression",
}
_PINS: Final = 100
_TAGS: Final = 20


class Pinterest:
    """Pinterest's connector; an account is `pinterest:<user>` in lower case, and has to be the token's own."""

    name = "pinterest"
    collects = "followers and views, pins with counts: of the token's own account"
    secret: Secret | None = Secret(HOST, bearer)

    def host(self, account: str) -> str:
        """The API's."""
        return HOST

    def resolve(self, given: str, client: Client) -> str:
        """The account, if the token is its owner's."""
        user = _user(given)
        _profile(user, None, client)
        return f"{self.name}:{user}"

    def proof(self, account: str, client: Client) -> Proof:
        """The profile's website and words; Pinterest itself verifies the websites that somebody claims."""
        user = _user(account)
        doc = _profile(user, None, client)
        claimed = objects(inside(_asked("user_account/websites", client, {"page_size": _PINS}).json(), "items"))
        verified = links_in(
            " ".join(_address(text(each, "website")) for each in claimed if each.get("status") == "success")
        )
        named = links_in(f"{_address(text(doc, 'website_url'))} {text(doc, 'about') or ''}")
        links = tuple(dict.fromkeys((*named, *verified)))
        return Proof(f"{self.name}:{user}", f"{SITE}/{user}", links, verified, (SITE.replace("www.", "") + f"/{user}",))

    def collect(self, account: str, cursor: Cursor | None, client: Client, now: int) -> Iterator[Batch]:
        """The account's counts, and its pins with theirs."""
        user, found = _user(account), Found(self.name, now, client.find)
        state: Cursor = {**FRESH, "id": None, **(cursor or {})}
        doc = _profile(user, state["id"], client)
        if _NOT_ME.search(text(doc, "about") or ""):
            raise Unwanted(f"{self.name}:{user}: the profile asks not to be read by bots")
        state["id"] = doc["id"]
        note_totals(state, found, user, {kind: doc.get(name) for kind, name in _TOTALS.items()})
        _look_at_pins(user, state, found, client)
        yield found.batch(state, complete=True)


def _user(account: str) -> str:
    name = parse_account(account.strip().lower())[1].removeprefix("@")
    if not account.strip().lower().startswith("pinterest:") or not _USER.fullmatch(name):
        raise BadInput(f"account {account[:80]!r}: write it as pinterest:ada")
    return name


def _address(website: str | None) -> str:
    """A website as Pinterest names it, which may be a domain only, as an address."""
    return website if website and website.startswith(("https://", "http://")) else f"https://{website or ''}"


def _asked(path: str, client: Client, params: Params | None = None) -> Answer:
    """The answer of the API; of status 403 or 404 where it shows the token's owner nothing."""
    if not client.opens(HOST):
        raise FatalError("pinterest: there is no token; make one with user_accounts:read, pins:read and boards:read")
    return client.get(f"https://{HOST}/v5/{path}", params, rate=RATE, allow={403, 404})


def _shown(answer: Answer, what: str) -> Any:
    """What the answer says, which has to be there."""
    if answer.status != 200:
        raise (Gone if answer.status == 404 else SkippableError)(f"{what}: {answer.url}: HTTP {answer.status}")
    return answer.json()


def _profile(user: str, known: str | None, client: Client) -> Doc:
    """The profile of the token's owner, if that is the account; `known` is the number that the account had."""
    doc = _shown(_asked("user_account", client), f"pinterest:{user}")
    name, number = (text(doc, "username") or "").lower(), text(doc, "id") or ""
    if not _USER.fullmatch(name) or not _ID.fullmatch(number):
        raise SkippableError(f"pinterest:{user}: the API answered without a profile")
    if name == user and known in (None, number):
        return dict(doc)
    if number == known:
        raise Renamed(f"pinterest:{user}", f"pinterest:{name}")
    raise SkippableError(f"pinterest:{user}: the token is another account's, and shows only that one")


def _look_at_pins(user: str, state: Cursor, found: Found, client: Client) -> None:
    def ask(token: str | None, _: Mapping[str, str]) -> Answer:
        asked: Params = {"pin_metrics": "true", "pin_filter": "exclude_repins", "page_size": _PINS}
        return _asked("pins", client, {**asked, "bookmark": token} if token else asked)

    def read(answer: Answer) -> Page:
        doc = _shown(answer, f"pinterest:{user}")
        posts, oldest = {}, found.now
        for pin in objects(inside(doc, "items")):
            key, at = text(pin, "id") or "", _time(found, pin)
            oldest = min(oldest, at or oldest)
            if (
                at is not None
                and _ID.fullmatch(key)
                and pin.get("is_owner") is not False
                and not pin.get("parent_pin_id")
            ):
                posts[key] = _pin(user, found, pin, at)
        return Page(posts, oldest, text(doc, "bookmark"))

    for key in walk_posts(state, found, user, ask, read):
        if _asked(f"pins/{key}", client).status != 200:
            forget(state, key, found, user)
    state["posts"] = {key: {**post, "owed": {}} for key, post in state["posts"].items()}  # there is nobody to look up


def _time(found: Found, pin: Doc) -> int | None:
    """When a pin was made; Pinterest leaves UTC's offset away at times."""
    at = text(pin, "created_at") or ""
    return found.time(at if not at or _OFFSET.search(at) else f"{at}Z")


def _pin(user: str, found: Found, pin: Doc, at: int) -> Doc:
    """Adds a pin; what is remembered of it."""
    key, title, said = pin["id"], text(pin, "title"), text(pin, "description")
    tags = found.about(hashtags_in(f"{title or ''} {said or ''}")[:_TAGS], title, said)
    uri, url = f"pinterest:pins/{key}", f"{SITE}/pin/{key}/"
    found.post(user, uri, native=f"pins/{key}", at=at, tags=tags, url=url)
    metrics = inside(pin, "pin_metrics", "lifetime_metrics")
    counts = {kind: total for kind, name in _COUNTS.items() if is_count(total := inside(metrics, name))}
    return {"at": at, "uri": uri, "url": url, "tags": tags, "counts": counts}
