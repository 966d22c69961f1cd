"""Activity of the fediverse and other speakers of ActivityStreams 2.0, as our records.

Whose post a reaction is to must be said by the document, or be readable from the post's address.
"""

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from ..activity import Activity, Observation, account, clean, fingerprint, topics
from ..errors import BadInput, NotOfFormat
from . import Find
from .html_text import bare_text
from .interchange import hashtags, tags, time
from .jsontext import Doc, inside, text

Record = Activity | Observation

_ADDRESS: Final = re.compile(r"https?://([\w.-]+(?::\d+)?)(/[^?#\s]*)?(?:[?#]\S*)?", re.IGNORECASE)
_PERSON: Final = re.compile(r"/(?:users/|@)([^/@]+)(?:@([^/@]+))?/?")
_POST: Final = re.compile(
    r"(https?://[^/?#\s@]+(?:(?:/ap)?/users/[^/?#\s]+(?=/statuses/)|/@[^/?#\s]+(?=/\d)))/", re.IGNORECASE
)
_DID: Final = re.compile(r"did:[a-z0-9]+:[A-Za-z0-9._:%-]+")
_QUOTES: Final = ("quote", "quoteUrl", "quoteUri", "_misskey_quote")
_COUNTS: Final = ("likes", "shares", "replies")
_OTHERS: Final = frozenset({
    "Activity", "Add", "Arrive", "Block", "Dislike", "Flag", "Ignore", "IntransitiveActivity", "Invite", "Join",
    "Leave", "Listen", "Move", "Offer", "Question", "Read", "Reject", "Remove", "TentativeAccept", "TentativeReject",
    "Travel", "Update", "View",
})  # fmt: skip
"""Activity that says nothing about who is heard: passed over."""


class _Said(NamedTuple):
    """What every activity says: its id as ours, whose it is and when it was."""

    id: str
    network: str
    actor: str
    at: int | None
    seen_at: int
    find: Find | None = None

    def about(self, note: Any) -> tuple[str, ...]:
        """The topics of a post: its hashtags, and those that are found in its text."""
        given, body = hashtags(note), bare_text(text(note, "content") or "")
        said = "\n".join(each for each in (text(note, "name") or text(note, "summary"), body) if each)
        return topics((*given, *self.find(said, given))) if self.find and said else given

    def deed(self, verb: str, author: str, about: Any, topics: tuple[str, ...] = (), also: str = "") -> Activity:
        """The activity itself, or (`also`) a further one that it says; `about` is the post or its address."""
        id_ = _shortened(self.network, self.id + also)
        post = clean(_id(about))
        url = clean(text(about, "url")) or (post if post and post.startswith("http") else None)
        return Activity(id_, self.network, verb, self.actor, author, post, self.at, self.seen_at, topics, url)


def records(doc: Doc, latest: int, find: Find | None = None) -> Iterator[Record]:
    """What an activity says, as records; nothing for a kind of activity that is passed over.

    `find` finds topics in texts.

    Raises BadInput where it lacks something, NotOfFormat where it is no activity.
    """
    kind = _type(doc)
    if kind in _OTHERS:
        return iter(())
    if kind not in _READERS:
        raise NotOfFormat(f"type {(kind or '')[:40]!r} is no activity of ActivityStreams")
    return _READERS[kind](doc, _said(doc, kind, latest)._replace(find=find))


def name(reference: Any, network: str | None = None) -> str:
    """The account that an actor's address (or object with an id, or list of them) stands for.

    `network` is the one whose accounts are written as `network:id` here. Raises BadInput where it stands for none.
    """
    given = _id(reference)
    if given is None:
        raise BadInput("an actor is missing, or has no id")
    if network and given.startswith(f"{network}:"):
        return account(network, given.removeprefix(f"{network}:"))
    if _DID.fullmatch(given):
        return account("bluesky", given)
    if given.startswith("acct:"):
        return account("mastodon", given.removeprefix("acct:").lower())
    address = _ADDRESS.fullmatch(given)
    if not address:
        raise BadInput(f"actor {given[:80]!r}: neither an address nor a name that is known")
    host, path = address[1].lower(), address[2] or ""
    person = _PERSON.fullmatch(path)
    if person:
        return account("mastodon", f"{person[1]}@{person[2] or host}".lower())
    return account("web", host + path.rstrip("/"))


def _author(post: Any, network: str | None) -> str | None:
    """Whose the post (an address, or an object) is; None where that cannot be known."""
    owner = inside(post, "attributedTo") or inside(post, "actor")
    if owner:
        return name(owner, network)
    given = _id(post) or ""
    if given.startswith("at://"):
        owner = given.removeprefix("at://").partition("/")[0]
    elif match := _POST.match(given):
        owner = match[1]
    return name(owner) if owner else None


def _said(doc: Doc, kind: str, latest: int) -> _Said:
    given = text(doc, "k:network")
    actor = name(inside(doc, "actor") or inside(doc, "attributedTo"), given)
    network = given or actor.partition(":")[0]
    account(network, "anybody")
    published = inside(doc, "published") or (inside(doc, "object", "published") if kind == "Create" else None)
    at = None if published is None else time(published, latest)
    observed = inside(doc, "k:observed")
    seen_at = time(observed, latest) if observed is not None else latest if at is None else at
    own = text(doc, "id")
    id_ = _ours(own, network) if own else f"{network}:{fingerprint(kind, actor, _id(inside(doc, 'object')), at)}"
    return _Said(id_, network, actor, at, seen_at)


def _create(doc: Doc, said: _Said) -> Iterator[Record]:
    note = inside(doc, "object")
    post, about = clean(_id(note)), said.about(note)
    yield said.deed("Create", said.actor, note, about)
    reached = set()
    for verb, other in (("Reply", inside(note, "inReplyTo")), ("Quote", _quoted(note))):
        author = _author(other, said.network)
        if author:
            reached.add(author)
            yield said.deed(verb, author, other, hashtags(other) or about, f":{verb}")
    for mentioned in sorted(_mentioned(note, said.network) - reached):  # a reply mentions whom it answers
        yield said.deed("Mention", mentioned, note, about, f":Mention:{mentioned}")
    for kind in _COUNTS if post else ():
        total = inside(note, kind, "totalItems")
        if type(total) is int and 0 <= total < 1 << 53:
            id_ = _shortened(said.network, f"{said.network}:{post}:{kind}:{total}")
            yield Observation(id_, said.network, kind, said.actor, post, total, None, said.seen_at)


def _reaction(doc: Doc, said: _Said) -> Iterator[Record]:
    post = inside(doc, "object")
    author = _author(post, said.network)
    if author is None:
        raise BadInput("author of the object is not known")
    yield said.deed("Announce" if _type(doc) == "Announce" else "Like", author, post, hashtags(post))


def _follow(doc: Doc, said: _Said) -> Iterator[Record]:
    yield said.deed("Follow", name(inside(doc, "object"), said.network), None)


def _accept(doc: Doc, said: _Said) -> Iterator[Record]:
    accepted = inside(doc, "object")
    if _type(accepted) == "Follow":
        return  # servers accept followers by themselves
    author = _author(accepted, said.network)
    if author is None:
        raise BadInput("author of the object is not known")
    yield said.deed("Accept", author, accepted, hashtags(accepted))


def _delete(doc: Doc, said: _Said) -> Iterator[Record]:
    post = inside(doc, "object")
    if _id(post) is None:
        raise BadInput("object: does not say what is deleted")
    yield said.deed("Delete", said.actor, post)


def _undo(doc: Doc, said: _Said) -> Iterator[Record]:
    undone = _id(inside(doc, "object"))
    if undone is None:
        raise BadInput("object: does not say what is undone")
    yield said.deed("Delete", said.actor, _shortened(said.network, _ours(undone, said.network)))


_READERS: Final = {
    "Accept": _accept,
    "Announce": _reaction,
    "Create": _create,
    "Delete": _delete,
    "EmojiReact": _reaction,
    "Follow": _follow,
    "Like": _reaction,
    "Undo": _undo,
}


def _ours(given: str, network: str) -> str:
    """The id that we give an activity: its own if we made it, else with the network in front."""
    return given.removeprefix("k:") if given.startswith("k:") else f"{network}:{given}"


def _shortened(network: str, id_: str) -> str:
    """The id if it can be stored as it is, else one that stands for it."""
    return id_ if clean(id_) == id_ else f"{network}:{fingerprint(ascii(id_))}"


def _type(value: Any) -> str | None:
    kind = inside(value, "type")
    if isinstance(kind, list):
        kind = next((each for each in kind if isinstance(each, str)), None)
    return kind if isinstance(kind, str) else None


def _id(reference: Any) -> str | None:
    if isinstance(reference, list):
        reference = reference[0] if reference else None
    return text(reference, "id") if isinstance(reference, dict) else text(reference)


def _quoted(note: Any) -> Any:
    return next((inside(note, key) for key in _QUOTES if inside(note, key)), None)


def _mentioned(note: Any, network: str) -> set[str]:
    found = set()
    for tag in tags(note, "Mention"):
        try:
            found.add(name(text(tag, "href"), network))
        except BadInput:
            continue  # a mention of nobody who can be named does not make the post unreadable
    return found
