"""The Stack Exchange data dump: a folder of Posts.xml, Comments.xml, Votes.xml and Users.xml, or the .7z they come in.

| in the dump | verb |
|---|---|
| a question, an answer | Create, with the question's tags, and the topics of its text, as topics |
| an answer | Reply of the answerer to the asker |
| a comment | Reply to the post's author |
| `@name` in a comment | Mention of the one person it can mean of those who had taken part in the post or its thread |
| the accepted answer | Accept by the asker; when: the vote (known by its day), but never before the answer |
| votes and views | Observations of their totals: the dump does not say whose they are |

`@name` is the beginning of a display name, without spaces and case; the post's author is not mentioned beside the
Reply. Deleted users and the site's own (numbers below 1) are nobody. The network is `stackexchange`, an account
`stackexchange:<site>/<number>`, where the site is the name of the folder or archive: beer.stackexchange.com.7z is
`beer`. Text is not kept: where topics are to be found in it, that is done when it is read.

The dump is staged on disk, in the folder for temporary files (TMPDIR): a .7z needs as much room there as it unpacks
to, and both about an eighth of the XML besides.
"""

import re
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .. import activity
from ..activity import Activity, Observation, Reject, topics
from ..errors import BadInput, NotOfFormat
from . import Batch, Find, files

if TYPE_CHECKING:
    import duckdb

    from .stackexchange_stage import Row

NETWORK: Final = "stackexchange"

_FILES: Final = ("Posts.xml", "Comments.xml", "Votes.xml", "Users.xml")
_SITE: Final = re.compile(r"[a-z0-9]+(\.[a-z0-9]+)*")
_OWN_DOMAINS: Final = {
    "askubuntu": "com",
    "mathoverflow": "net",
    "serverfault": "com",
    "stackapps": "com",
    "stackoverflow": "com",
    "superuser": "com",
}


class StackExchangeFormat:
    """Reads the dump of one site; `find` finds the topics of questions and answers in their text."""

    name = "stackexchange"

    def __init__(self, find: Find | None = None) -> None:
        self._find = find

    def sources(self, path: Path) -> list[Path]:
        """The archive, or the folder with a Posts.xml; or all of these that lie in the folder `path`.

        Raises NotOfFormat where there is none, BadInput where one is not called as its site.
        """
        if not path.exists():
            raise BadInput(f"{path}: there is no such file or folder")
        found = [path] if _is_dump(path) else sorted(p for p in path.glob("*") if _is_dump(p))
        if not found:
            raise NotOfFormat(f"{path}: neither a .7z of the Stack Exchange dump nor a folder with its Posts.xml")
        for one in found:
            site(one)
        return found

    def fingerprint(self, source: Path) -> str:
        """Stands for the content of the files that are read, and the site."""
        if source.is_file():
            return files.fingerprint(source, site(source))
        return activity.fingerprint(site(source), *(files.fingerprint(path) for path in _in_folder(source).values()))

    def read(self, source: Path, *, latest: int, start: int = 0) -> Iterator[Batch]:
        """Posts, comments, then counts, each by number, behind row `start`; see Format.

        While the dump is being staged, batches are empty. Raises BadInput for an archive that unpacks to too much.
        """
        from .stackexchange_stage import connected, stage

        with tempfile.TemporaryDirectory(prefix="renown-") as name:
            folder = Path(name)
            dump = _files(source, folder)
            with connected(folder) as con:
                staging = stage(con, source, dump, latest, self._find)
                yield from _batches(con, source, dump, staging, start)


def site(source: Path) -> str:
    """The site whose dump `source` is; raises BadInput where its name is not that of a site.

    >>> site(Path("bicycles.meta.stackexchange.com.7z"))
    'bicycles.meta'
    """
    name = re.sub(r"\.(stackexchange\.com|com|net)$", "", re.sub(r"\.7z$", "", source.resolve().name.lower()))
    if not _SITE.fullmatch(name):
        raise BadInput(
            f"{source}: name it after the site, as beer.stackexchange.com (or .7z), so that people are known"
        )
    return name


def address(of: str) -> str:
    """The address of a site.

    >>> address("beer"), address("meta.askubuntu")
    ('https://beer.stackexchange.com', 'https://meta.askubuntu.com')
    """
    return f"https://{of}.{_OWN_DOMAINS.get(of.rpartition('.')[2], 'stackexchange.com')}"


def _is_dump(path: Path) -> bool:
    if path.is_dir():
        return "Posts.xml" in _in_folder(path)
    return path.suffix.lower() == ".7z"


def _in_folder(folder: Path) -> dict[str, Path]:
    """The files of the dump in `folder`; old dumps write their names in lower case."""
    there = {path.name.lower(): path for path in folder.iterdir() if path.is_file()}
    return {name: there[name.lower()] for name in _FILES if name.lower() in there}


def _files(source: Path, folder: Path) -> dict[str, Path]:
    if source.is_dir():
        return _in_folder(source)
    try:
        from .sevenzip import unpack
    except ImportError:
        raise BadInput(f"{source}: py7zr is not installed; unpack the archive and import the folder") from None
    found = unpack(source, _FILES, folder)
    if "Posts.xml" not in found:
        raise NotOfFormat(f"{source}: holds no Posts.xml, so it is not a .7z of the Stack Exchange dump")
    return found


def _batches(
    con: "duckdb.DuckDBPyConnection", source: Path, dump: dict[str, Path], staging: Iterator[int], start: int
) -> Iterator[Batch]:
    from . import stackexchange_stage as staged

    size = sum(path.stat().st_size for path in dump.values()) or 1
    for read in staging:
        yield Batch(start, 0.5 * min(1.0, read / size))
    position, total, take = 0, staged.total(con), _Take(site(source))
    kinds = (
        (staged.REJECTS, take.reject),
        (staged.POSTS, take.post),
        (staged.COMMENTS, take.comment),
        (staged.COUNTS, take.count),
    )
    for query, take_row in kinds:
        for rows in staged.rows(con, query):
            behind = rows[max(0, start - position) :]
            position += len(rows)
            if behind:
                batch = Batch(position, 0.5 + 0.5 * min(1.0, position / total))
                for row in behind:
                    take_row(row, batch)
                yield batch
    yield Batch(max(position, start), 1.0)


class _Take:
    """Adds to a batch what a row of the staged dump of a site says."""

    def __init__(self, of: str) -> None:
        self._prefix = f"{NETWORK}:{of}"
        self._url = address(of)

    def reject(self, row: "Row", batch: Batch) -> None:
        batch.rejects.append(Reject(*row))

    def post(self, row: "Row", batch: Batch) -> None:
        """A question, or an answer and what it is to the asker; `question` is None where the thread is not there."""
        post, owner, at, question, asker, tags, accepted_at = row
        answer = question is not None and question != post
        url = f"{self._url}/{'a' if answer else 'q'}/{post}"

        def did(verb: str, actor: int, author: int, about: int, when: int) -> None:
            people, key = (self._account(actor), self._account(author)), f"{self._post(post)}:{verb}"
            batch.activity.append(
                Activity(key, NETWORK, verb, *people, self._post(about), when, when, _topics(tags), url)
            )

        did("Create", owner, owner, post, at)
        if answer and _is_person(asker):
            did("Reply", owner, asker, question, at)
            if accepted_at is not None:
                did("Accept", asker, owner, post, accepted_at)

    def comment(self, row: "Row", batch: Batch) -> None:
        """A comment: a Reply to the post's author, and a Mention of everybody else it names."""
        comment, person, at, post, owner, tags, people_named = row
        url = f"{self._url}/posts/comments/{comment}"

        def did(verb: str, whose: int, *native: str) -> None:
            people, key = (self._account(person), self._account(whose)), f"{self._prefix}/comments/{comment}:{verb}"
            batch.activity.append(
                Activity(":".join((key, *native)), NETWORK, verb, *people, self._post(post), at, at, _topics(tags), url)
            )

        if _is_person(owner):
            did("Reply", owner)
        for named in people_named or ():
            if named != owner:
                did("Mention", named, str(named))

    def count(self, row: "Row", batch: Batch) -> None:
        """A post's totals, as of the newest time in the dump."""
        post, owner, up, down, views, newest = row
        for kind, number in (("upvotes", up), ("downvotes", down), ("views", views)):
            if number:
                batch.observations.append(
                    Observation(
                        f"{self._post(post)}:{kind}:{newest}",
                        NETWORK,
                        kind,
                        self._account(owner) if _is_person(owner) else None,
                        self._post(post),
                        number,
                        newest,
                        newest,
                    )
                )

    def _account(self, number: int) -> str:
        return f"{self._prefix}/{number}"

    def _post(self, number: int) -> str:
        return f"{self._prefix}/posts/{number}"


def _is_person(number: int | None) -> bool:
    return number is not None and number > 0


@lru_cache(maxsize=1 << 14)
def _topics(tags: str | None) -> tuple[str, ...]:
    from .stackexchange_stage import tags_in

    return topics(tags_in(tags or ""))


FORMAT: Final = StackExchangeFormat()
