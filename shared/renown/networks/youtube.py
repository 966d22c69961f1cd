"""YouTube: a channel's videos, and who commented on them. Who likes and subscribes is secret: those are counts.

Nearly all is asked of the Data API, version 3, for a unit of the key's daily quota each: the channel, the newest
videos, their counts, and the newest comments on all videos at once. The channel's feed would cost none, but YouTube's
robots.txt asks programs to leave it alone. Titles, descriptions and comments are not asked for.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import unquote

from ..activity import parse_account
from ..errors import BadInput, FatalError, Gone, RetriableError, SkippableError, Unwanted
from ..formats.jsontext import Doc, inside, text
from .answer import Answer
from .base import BACKFILL, DAY, Batch, Cursor, Found, Proof, Secret, links_in, objects, pages
from .budget import Rate
from .client import TRIES, Access, Client, Params
from .window import FRESH, Page, forget, note_totals, walk_posts

HOST: Final = "youtube.googleapis.com"
SITE: Final = "https://www.youtube.com"
RATE: Final = Rate(5.0, 10)

_CHANNEL: Final = re.compile(r"UC[A-Za-z0-9_-]{22}")
_HANDLE: Final = re.compile(r"@[\w.·-]{3,30}")
_KEY: Final = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_TOTAL: Final = re.compile(r"[0-9]{1,15}")
_NOT_ME: Final = re.compile(r"#(?:nobots?|noindex)\b", re.IGNORECASE)
_TOTALS: Final = {"subscribers": "subscriberCount", "videos": "videoCount", "views": "viewCount"}
_COUNTS: Final = {"views": "viewCount", "likes": "likeCount", "replies": "commentCount"}
_CHANNELS: Final = (
    "items(id,snippet(description,customUrl),statistics(subscriberCount,videoCount,viewCount),"
    "contentDetails/relatedPlaylists)"
)
_UPLOADS: Final = "nextPageToken,items/contentDetails(videoId,videoPublishedAt)"
_VIDEO: Final = (
    "items(id,snippet(channelId,publishedAt,tags,title,description),"
    "statistics(viewCount,likeCount,commentCount),topicDetails/topicCategories,status/privacyStatus)"
)
_COMMENT: Final = "id,snippet(authorChannelId,publishedAt)"
_THREAD: Final = (
    f"nextPageToken,items(snippet(channelId,videoId,topLevelComment({_COMMENT})),replies/comments({_COMMENT}))"
)
_VIDEOS: Final = 50
_THREADS: Final = 100
_TAGS: Final = 20
_REFUSED: Final = (400, 403, 404)
_USED_UP: Final = {"quotaExceeded", "dailyLimitExceeded", "rateLimitExceeded", "userRateLimitExceeded"}
_BAD_KEY: Final = {"keyInvalid", "keyExpired", "accessNotConfigured", "ipRefererBlocked", "API_KEY_INVALID"}
_NEW_QUOTA: Final = 8 * 3600
"""When a day's quota begins, in seconds of the day of UTC: midnight of the Pacific, in summer an hour after it."""


class YouTube:
    """YouTube's connector; an account is `youtube:<id of the channel>`, and a person may write `youtube:@ada`."""

    name = "youtube"
    collects = "subscribers and views, videos with counts, who commented and whom the channel answered"
    secret: Secret | None = Secret(HOST, lambda key: Access({"x-goog-api-key": key}))

    def host(self, account: str) -> str:
        """The API's: it is one for all."""
        return HOST

    def resolve(self, given: str, client: Client) -> str:
        """The account of the channel that has the handle or the id."""
        name = parse_account(given.strip())[1]
        if not given.strip().startswith(f"{self.name}:") or not (_CHANNEL.fullmatch(name) or _HANDLE.fullmatch(name)):
            raise BadInput(f"account {given[:80]!r}: write it as youtube:@ada, or the channel's id: youtube:UC…")
        return f"{self.name}:{_channel(name, client)['id']}"

    def proof(self, account: str, client: Client) -> Proof:
        """The addresses in the channel's description."""
        channel = _channel(_id(account), client)
        about, handle = text(channel, "snippet", "description") or "", text(channel, "snippet", "customUrl") or ""
        pages = [f"channel/{channel['id']}", *([handle] if _HANDLE.fullmatch(handle) else [])]
        own = tuple(f"{site}/{page}" for page in pages for site in (SITE, SITE.replace("www.", "")))
        return Proof(account, own[0], links_in(about), (), own[1:])

    def collect(self, account: str, cursor: Cursor | None, client: Client, now: int) -> Iterator[Batch]:
        """Counts and videos, then the comments, a page at a time."""
        me = _id(account)
        state: Cursor = {**FRESH, "commented": now - BACKFILL, **(cursor or {})}
        found = Found(self.name, now, client.find)
        channel = _channel(me, client)
        if _NOT_ME.search(text(channel, "snippet", "description") or ""):
            raise Unwanted(f"youtube:{me}: the channel's description asks not to be read by bots")
        note_totals(state, found, me, _numbers(channel, _TOTALS))
        _look_at_videos(me, state, found, client, channel)
        yield found.batch(state)
        for _ in _look_at_comments(me, state, found, client):
            yield found.batch(state)
        yield found.batch(state, complete=True)


def _id(account: str) -> str:
    network, name = parse_account(account)
    if network != "youtube" or not _CHANNEL.fullmatch(name):
        raise BadInput(f"account {account[:80]!r}: a channel of YouTube is youtube:UC… with 22 more letters and digits")
    return name


def _asked(method: str, part: str, fields: str, params: Params, client: Client) -> Answer:
    """The answer of the API: of status 200, or one that refuses this very call (see `_reasons`).

    A used-up quota makes the host rest for everybody; raises FatalError where the key is missing or no good.
    """
    if not client.opens(HOST):
        raise FatalError("youtube: there is no key; read about its terms in docs/networks.md, make one and set it")
    for _ in range(TRIES):
        asked: Params = {"part": part, "fields": fields, **params}
        answer = client.get(f"https://{HOST}/youtube/v3/{method}", asked, rate=RATE, allow=_REFUSED)
        if answer.status == 200:
            return answer
        reasons, said = _reasons(answer), text(answer.json(), "error", "message") or ""
        if reasons & _BAD_KEY or "API key" in said:
            raise FatalError(f"{answer.url}: the key is refused: {ascii(said)[:200]}")
        if not reasons & _USED_UP:
            return answer
        client.rest(HOST, 60 if "per minute" in said else _until_new_quota(answer))
    raise RetriableError(f"{answer.url}: refused again and again")


def _reasons(answer: Answer) -> set[str]:
    """Why the API refuses, in its words."""
    error = inside(answer.json(), "error")
    return {
        text(each, "reason") or "" for each in (*objects(inside(error, "errors")), *objects(inside(error, "details")))
    }


def _items(answer: Answer, *fine: str) -> list[Doc]:
    """What the answer lists, none where it is refused for a `fine` reason; raises SkippableError for others."""
    if answer.status != 200:
        reasons = _reasons(answer)
        if reasons.isdisjoint(fine):
            raise SkippableError(f"{answer.url}: HTTP {answer.status}: {ascii(sorted(reasons))[:100]}")
        return []
    return objects(inside(answer.json(), "items"))


def _until_new_quota(answer: Answer) -> int:
    """Seconds until the next day's quota by the server's clock; an hour where it does not say what time it is."""
    try:
        at = int(parsedate_to_datetime(answer.headers.get("date", "")).timestamp())
    except (ValueError, TypeError):
        return 3600
    return DAY - (at - _NEW_QUOTA) % DAY


def _channel(name: str, client: Client) -> Doc:
    by = "forHandle" if name.startswith("@") else "id"
    given = _items(_asked("channels", "snippet,statistics,contentDetails", _CHANNELS, {by: name}, client))
    for channel in given:
        if _CHANNEL.fullmatch(text(channel, "id") or "") and (by == "forHandle" or channel["id"] == name):
            return channel
    raise Gone(f"youtube:{name}: there is no such channel")


def _numbers(item: Doc, names: Mapping[str, str]) -> dict[str, int]:
    """The counts of a channel or video, which are texts; those that its owner hides are not there."""
    given = {kind: text(item, "statistics", name) or "" for kind, name in names.items()}
    return {kind: int(total) for kind, total in given.items() if _TOTAL.fullmatch(total)}


def _look_at_videos(me: str, state: Cursor, found: Found, client: Client, channel: Doc) -> None:
    uploads = text(channel, "contentDetails", "relatedPlaylists", "uploads") or f"UU{me[2:]}"

    def ask(token: str | None, _: Mapping[str, str]) -> Answer:
        asked: Params = {"playlistId": uploads, "maxResults": _VIDEOS, **({"pageToken": token} if token else {})}
        return _asked("playlistItems", "contentDetails", _UPLOADS, asked, client)

    def read(answer: Answer) -> Page:
        listed = [inside(item, "contentDetails") for item in _items(answer, "playlistNotFound")]
        times = [found.time(at) for each in listed if (at := text(each, "videoPublishedAt"))]
        posts = dict(_videos(me, found, client, [text(each, "videoId") for each in listed]))
        return Page(posts, min((at for at in times if at), default=found.now), text(answer.json(), "nextPageToken"))

    missing = walk_posts(state, found, me, ask, read)
    public = dict(_videos(me, found, client, missing))
    for key in missing:
        if key not in public:
            forget(state, key, found, me)
    state["posts"] = {key: {**post, "owed": {}} for key, post in state["posts"].items()}  # comments come by themselves


def _videos(me: str, found: Found, client: Client, keys: Iterable[str | None]) -> Iterator[tuple[str, Doc]]:
    """Adds those of the videos that the channel shows to everybody; their keys, and what is remembered of them."""
    wanted = ",".join(key for key in keys if key and _KEY.fullmatch(key))
    parts = "snippet,statistics,topicDetails,status"
    for video in _items(_asked("videos", parts, _VIDEO, {"id": wanted}, client)) if wanted else ():
        key, at = text(video, "id") or "", found.time(text(video, "snippet", "publishedAt"))
        is_own = text(video, "snippet", "channelId") == me and text(video, "status", "privacyStatus") == "public"
        if at is not None and is_own and _KEY.fullmatch(key):
            uri, url, said = f"youtube:videos/{key}", f"{SITE}/watch?v={key}", inside(video, "snippet")
            tags = found.about(_tags(video), text(said, "title"), text(said, "description"))
            found.post(me, uri, native=f"videos/{key}", at=at, tags=tags, url=url)
            yield key, {"at": at, "uri": uri, "url": url, "tags": tags, "counts": _numbers(video, _COUNTS)}


def _tags(video: Doc) -> list[str]:
    """The owner's tags, and YouTube's topics, which are addresses of Wikipedia's articles."""
    given, about = inside(video, "snippet", "tags"), inside(video, "topicDetails", "topicCategories")
    tags = [tag for tag in given if isinstance(tag, str)][:_TAGS] if isinstance(given, list) else []
    articles = [each for each in about if isinstance(each, str)][:_TAGS] if isinstance(about, list) else []
    return [*tags, *(unquote(article.rpartition("/")[2]) for article in articles)]


def _look_at_comments(me: str, state: Cursor, found: Found, client: Client) -> Iterator[None]:
    """Adds the comments since the last visit and a day before it, a page at a time."""
    since, reached = state["commented"] - DAY, max(state["commented"], found.now)

    def fetch(token: str | None) -> tuple[list[Doc], str | None]:
        nonlocal reached
        asked: Params = {"allThreadsRelatedToChannelId": me, "order": "time", "maxResults": _THREADS}
        more: Params = {"pageToken": token} if token else {}
        try:
            answer = _asked("commentThreads", "snippet,replies", _THREAD, {**asked, **more}, client)
            threads = _items(answer, "commentsDisabled")
        except SkippableError as error:  # the videos are there all the same
            found.rejects.append(str(error))
            reached = state["commented"]
            return [], None
        last = found.time(text(threads[-1], "snippet", "topLevelComment", "snippet", "publishedAt")) if threads else 0
        return threads, None if (last or 0) < since else text(answer.json(), "nextPageToken")

    for threads in pages(fetch):
        for thread in threads:
            _look_at_thread(me, state, found, thread)
        yield
    state["commented"] = reached


def _look_at_thread(me: str, state: Cursor, found: Found, thread: Doc) -> None:
    """Adds a comment on a video of the channel, and what was said between the channel and its author below it."""
    video, first = text(thread, "snippet", "videoId") or "", inside(thread, "snippet", "topLevelComment")
    key, who = text(first, "id") or "", _author(first)
    if text(thread, "snippet", "channelId") != me or not _KEY.fullmatch(key):
        return
    page, about = f"{SITE}/channel/{me}/community", None  # what is below a post of the channel that is no video
    if _KEY.fullmatch(video):
        page, about = f"{SITE}/watch?v={video}", f"youtube:videos/{video}"
    said: list[tuple[Any, str | None, str | None]] = [(first, me, about)]
    said += [(reply, who, f"youtube:comments/{key}") for reply in objects(inside(thread, "replies", "comments"))]
    tags = inside(state["posts"], video, "tags") or ()
    for comment, to, post in said:
        by, at, id_ = _author(comment), found.time(text(comment, "snippet", "publishedAt")), text(comment, "id") or ""
        if by and to and at is not None and by != to and me in (by, to) and _KEY.fullmatch(id_):
            url = f"{page}{'&' if '?' in page else '?'}lc={id_}"
            found.deed("Reply", by, to, post, at=at, native=f"comments/{id_}:Reply", tags=tags, url=url)


def _author(comment: Any) -> str | None:
    """The channel of who wrote a comment; who has none any more is nobody."""
    name = text(comment, "snippet", "authorChannelId", "value") or ""
    return name if _CHANNEL.fullmatch(name) else None
