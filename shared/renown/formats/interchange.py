"""Renown's own activity as ActivityStreams 2.0: what `renown export` writes, and exactly read back.

What ActivityStreams lacks stands under the prefix `k:`. A reply, mention or quote is a Create there, of a note that
replies, mentions or quotes; `k:verb` says which of them the record is.
"""

from typing import Any, Final

from ..activity import VERBS, Activity, account, check_time, clean, parse_account, topics
from ..errors import BadInput
from .jsontext import Doc, inside, text
from .times import rfc3339, seconds

CONTEXT: Final = ["https://www.w3.org/ns/activitystreams", {"k": "urn:renown:"}]

_WHERE: Final = {"Reply": "inReplyTo", "Quote": "quoteUrl"}
"""Under which key of the actor's own note the post stands that these verbs react to."""


def to_activitystreams(activity: Activity) -> Doc:
    """The activity as a JSON object of ActivityStreams 2.0, one line of an export."""
    verb = activity.verb
    post: Doc = {"id": activity.object, "type": "Note", "attributedTo": activity.author, "url": activity.url}
    hashtags: list[Doc] = [{"type": "Hashtag", "name": f"#{topic}"} for topic in activity.topics]
    mentions: list[Doc] = []
    if verb == "Mention":
        mentions.append({"type": "Mention", "href": activity.author})
        post["attributedTo"] = activity.actor
    elif verb == "Follow":
        post |= {"id": activity.author, "type": "Person", "attributedTo": None, "k:object": activity.object}
    elif verb == "Delete":
        post["type"] = "Tombstone"
    post = {key: value for key, value in (*post.items(), ("tag", mentions + hashtags)) if value}
    if verb in _WHERE:
        post = {"type": "Note", "attributedTo": activity.actor, _WHERE[verb]: post}
    doc: Doc = {
        "@context": CONTEXT,
        "id": f"k:{activity.id}",
        "type": "Create" if verb in ("Reply", "Quote", "Mention") else verb,
        "actor": activity.actor,
        "object": post,
        "k:verb": verb,
        "k:network": activity.network,
        "k:observed": rfc3339(activity.seen_at),
    }
    return doc if activity.at is None else {**doc, "published": rfc3339(activity.at)}


def from_activitystreams(doc: Doc, latest: int) -> Activity:
    """The activity that `to_activitystreams` wrote; raises BadInput where it is damaged."""
    verb, network, actor, given = (text(doc, key) for key in ("k:verb", "k:network", "actor", "id"))
    if verb not in VERBS:
        raise BadInput(f"k:verb {(verb or '')[:40]!r}: not one of {', '.join(VERBS)}")
    if not given or not given.startswith("k:") or clean(given[2:]) != given[2:]:
        raise BadInput("id: must be k: and the id of the activity")
    if not network or not actor:
        raise BadInput(f"{'k:network' if actor else 'actor'}: missing")
    account(network, "anybody")
    post = inside(doc, "object")
    if verb in _WHERE:
        post = inside(post, _WHERE[verb])
    author = text(post, "id" if verb == "Follow" else "attributedTo")
    if verb == "Mention":
        author = next((text(tag, "href") for tag in tags(post, "Mention")), None)
    published = inside(doc, "published")
    at = None if published is None else time(published, latest)
    observed = inside(doc, "k:observed")
    return Activity(
        given[2:],
        network,
        verb,
        ":".join(parse_account(actor)),
        author and ":".join(parse_account(author)),
        clean(text(post, "k:object" if verb == "Follow" else "id")),
        at,
        time(observed, latest) if observed is not None else latest if at is None else at,
        hashtags(post),
        clean(text(post, "url")),
    )


def time(value: Any, latest: int) -> int:
    """A time of ActivityStreams as unix seconds; raises BadInput where it is none, or not between 1990 and `latest`."""
    if not isinstance(value, str):
        raise BadInput(f"time {str(value)[:40]!r}: not a text")
    return check_time(seconds(value), latest)


def tags(post: Any, kind: str) -> list[Doc]:
    """The tags of `post` that have this type."""
    given = inside(post, "tag")
    listed = given if isinstance(given, list) else [given]
    return [tag for tag in listed if isinstance(tag, dict) and tag.get("type") == kind]


def hashtags(post: Any) -> tuple[str, ...]:
    """The normalised topics of `post`."""
    return topics(text(tag, "name") or "" for tag in tags(post, "Hashtag"))
