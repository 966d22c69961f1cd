"""A table of activity, CSV or Parquet: the way in for data that no other format fits.

Columns: `at` (unix seconds or RFC 3339; empty where it is not known), `verb`, `actor`, `author` (may be empty for
Create), and optionally `object`, `topics` (separated by `;`), `network`, `url`. Accounts are written with or without
their `network:`; the network is the row's, else the one that the user named.
"""

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from ..activity import EARLIEST, VERBS, Activity, account, check_time, clean, fingerprint, parse_account, topics
from ..errors import BadInput
from . import Batch, files
from .batches import batches
from .rows import Row, rows
from .times import seconds

_VERBS: Final = {verb: verb for verb in VERBS} | {verb.lower(): verb for verb in VERBS}
_NUMBER: Final = re.compile(r"[+-]?\d{1,20}(\.\d{0,20})?([eE][+-]?\d{1,3})?", re.ASCII)
_MOST_SECONDS: Final = 10**11


class TableFormat:
    """Reads tables; `network` is the one of rows that name none."""

    name = "table"

    def __init__(self, network: str | None) -> None:
        if network is not None:
            account(network, "anybody")
        self.network = network

    def sources(self, path: Path) -> list[Path]:
        """The file, or the `.csv`, `.tsv` (also `.gz`) and `.parquet` files of the folder."""
        return files.find(path, self.name, (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet"))

    def fingerprint(self, source: Path) -> str:
        """Stands for the file's content and the network: named anew, the same file holds other accounts."""
        return files.fingerprint(source, self.network)

    def read(self, source: Path, *, latest: int, start: int = 0) -> Iterator[Batch]:
        """The activity behind position `start`: a line of CSV, a row of Parquet; see Format."""

        def take(row: Row, batch: Batch) -> None:
            batch.activity.append(_activity(row, self.network, latest))

        with rows(source, start) as table:
            yield from batches(table, table, take, self.name, recognised=True)


FORMAT: Final = TableFormat(None)


def _activity(row: Row, named: str | None, latest: int) -> Activity:
    time, verb_text, actor_name, author_name, object_text, topics_value, network_text, url_text = row
    verb = _VERBS.get(verb_text) or _VERBS.get((verb_text or "").strip().lower())
    if verb is None:
        raise BadInput(f"verb {(verb_text or '')[:40]!r}: not one of {', '.join(VERBS)}")
    network = network_text.strip().lower() if network_text else named
    actor_network, actor = _account(actor_name or "", network)
    if author_name and not author_name.isspace():
        author = _account(author_name, network)[1]
    elif verb == "Create":
        author = actor
    else:
        raise BadInput("author is empty: only Create can be without")
    at = _time(time)
    if at is not None and not EARLIEST <= at <= latest:
        check_time(at, latest)
    object_ = clean(object_text) if object_text else None
    url = clean(url_text) if url_text else None
    identity = fingerprint(f"{verb}\x1f{actor}\x1f{author}\x1f{object_ or url}\x1f{at}")
    return Activity(
        f"{actor_network}:table:{identity}",
        actor_network,
        verb,
        actor,
        author,
        object_,
        at,
        latest if at is None else at,
        _topics(topics_value) if topics_value else (),
        url,
    )


def _account(name: str, network: str | None) -> tuple[str, str]:
    """The network and the account that `name` stands for, in a row of `network`."""
    name = name.strip()
    if network is None:
        if ":" not in name:
            raise BadInput(f"account {name[:80]!r}: no network; add a column network, or name one with --network")
        network, name = parse_account(name)
    return network, account(network, name.removeprefix(network + ":"))


def _time(value: Any) -> int | None:
    """Unix seconds, rounded down; None for an empty value."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        if value.isdecimal() and len(value) < 12:
            return int(value)
        value = value.strip()
        if not _NUMBER.fullmatch(value):
            return seconds(value)
        value = float(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise BadInput(f"time {value}: not a number of seconds")
        value = math.floor(value)
    if abs(value) > _MOST_SECONDS:
        raise BadInput(f"time {value:.6g}: write seconds, not milliseconds")
    return int(value)


def _topics(value: str | list[str | None]) -> tuple[str, ...]:
    if isinstance(value, str):
        return _split_topics(value) if len(value) < 256 else topics(value.split(";"))
    return topics(text for text in value if text)


@lru_cache(maxsize=4096)
def _split_topics(text: str) -> tuple[str, ...]:
    return topics(text.split(";"))
