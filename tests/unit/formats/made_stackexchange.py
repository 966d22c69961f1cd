"""Dumps of a made-up Stack Exchange site, as the site writes them."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.sax.saxutils import quoteattr

ROOTS = {"Posts.xml": "posts", "Comments.xml": "comments", "Votes.xml": "votes", "Users.xml": "users"}

Row = Mapping[str, object]


def day(number: int, clock: str = "12:00:00.000") -> str:
    """A moment of January 2020 as the dump writes it."""
    return f"2020-01-{number:02}T{clock}"


def question(number: int, owner: int | None = 1, **more: object) -> Row:
    """A question; None leaves an attribute out."""
    base = {"Id": number, "PostTypeId": 1, "CreationDate": day(number), "OwnerUserId": owner, "Tags": "<ale><hops>"}
    return base | more


def answer(number: int, parent: int, owner: int | None = 2, **more: object) -> Row:
    """An answer to the question `parent`."""
    base = {"Id": number, "PostTypeId": 2, "ParentId": parent, "CreationDate": day(number), "OwnerUserId": owner}
    return base | more


def comment(number: int, post: int, person: int | None = 3, text: str = "Indeed.", **more: object) -> Row:
    """A comment on `post`."""
    return {"Id": number, "PostId": post, "Text": text, "CreationDate": day(20), "UserId": person} | more


def vote(number: int, post: int, kind: int, at: str = "2020-01-15T00:00:00.000") -> Row:
    """A vote: 1 accepts, 2 up, 3 down."""
    return {"Id": number, "PostId": post, "VoteTypeId": kind, "CreationDate": at}


def user(number: int, name: str) -> Row:
    """Somebody with a display name."""
    return {"Id": number, "DisplayName": name, "CreationDate": day(1), "AboutMe": "<p>&amp;</p>"}


def xml(root: str, rows: Iterable[Row], *, head: str = "") -> bytes:
    """A file of the dump: with its byte order mark, a row on every line."""
    lines = ["\ufeff" + '<?xml version="1.0" encoding="utf-8"?>' + head, f"<{root}>"]
    for row in rows:
        attributes = " ".join(f"{name}={quoteattr(str(value))}" for name, value in row.items() if value is not None)
        lines.append(f"  <row {attributes} />")
    return "\r\n".join([*lines, f"</{root}>"]).encode()


def dump(folder: Path, **rows: Iterable[Row]) -> Path:
    """A dump in `folder` with the rows of `posts`, `comments`, `votes` and `users`; all four files are there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, root in ROOTS.items():
        (folder / name).write_bytes(xml(root, rows.get(root, ())))
    return folder
