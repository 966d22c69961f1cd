"""Erase: whatever is known of a person leaves lake and table, and a tombstone keeps it from coming back.

The tombstones are written first and decide everything else: from then on nothing of these accounts is written. What is
left is found by its hash, so that the same call again ends what a killed one began. Names that only the run's files
know lead to the table's items: these go before those.
"""

import gzip
import json
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from .. import erased, parts, people, runs
from ..activity import parse_account
from ..erased import Erased
from ..errors import NotFound
from ..lake import Lake
from ..people import People
from ..published import card_key, receipts_key, top_key, why_key
from ..table import Doc, Table
from .publish import leaderboard

IsGone = Callable[[str], bool]


def erase(lake: Lake, table: Table, who: str, *, salt: str) -> Doc:
    """Removes `who`: a profile, by its handle, with every account that was ever proved to be its; or one account.

    `salt` is 32 random hex digits. Returns {"who", "accounts" (how many), "activity" (rows removed), "files"
    (rewritten), "items" (of the table), "not_theirs" (accounts that the profile claimed and never proved: they stay)}.
    The same call again changes nothing, or ends what an interrupted one began. Raises NotFound for a handle that there
    is not and was not.
    """
    who = who.removeprefix("@")
    profile = people.load(lake).named(who)
    names = _names(lake, who)
    if names == {f"@{who}"} and profile is None and f"@{who}" not in erased.load(lake):
        raise NotFound(f"{who[:80]}: there is no such profile; an account that is nobody's is written as network:id")
    gone = erased.add(lake, names, salt)
    is_gone = cache(gone.__contains__)
    files = _erase_rejects(lake, names)
    before = people.load(lake)
    if people.change(lake, lambda known: known.without(is_gone)) != before:
        files += 1
    activity = parts.erase(lake, gone)
    items = 0
    for run in sorted({key.split("/")[1] for key in lake.keys("runs/") if key.count("/") > 1}):
        items += _erase_items(lake, table, run, is_gone)
        files += _erase_run(lake, run, gone, is_gone)
    for key in lake.keys("whys/"):
        files += _rewrite(lake, key, lambda doc: None if is_gone(doc["id"]) else doc)
    for key in lake.keys("shadows/"):
        files += key.endswith(".parquet") and _without_rows(lake, key, gone, "id")
    left = [link.account for link in profile.links if link.account not in names] if profile else []
    return {
        "who": who,
        "accounts": len(names - {f"@{who}"}),
        "activity": activity,
        "files": files,
        "items": items,
        "not_theirs": left,
    }


def _names(lake: Lake, who: str) -> set[str]:
    """The names that somebody is known by: `@handle`, and the accounts that were proved to be theirs at any time."""
    if ":" in who:
        network, native_id = parse_account(who)
        return {f"{network}:{native_id}"}
    now = people.load(lake)
    past = [_people(lake, key) for key in lake.keys("runs/") if key.endswith("/people.json")]
    profiles = [profile for known in (now, *past) if (profile := known.named(who))]
    proved = {link.account for profile in profiles for link in profile.links if link.proved_at}
    return {f"@{who}"} | {account for account in proved if now.owners().get(account, f"@{who}") == f"@{who}"}


def _people(lake: Lake, key: str) -> People:
    data = lake.read(key)
    return People.model_validate_json(data) if data else People()


def _erase_rejects(lake: Lake, names: set[str]) -> int:
    """Removes the lines that quote one of `names`; a bare number is no name."""
    native = {name.partition(":")[2] or name for name in names}
    quoted = "|".join(re.escape(name) for name in sorted(names | {each for each in native if not each.isdigit()}))
    named = re.compile(rf"(?<!\w)(?:{quoted})(?!\w)".encode(), re.IGNORECASE)
    files = 0
    for key in lake.keys("imports/"):
        data = lake.read(key) if key.endswith(".jsonl") else None
        if data and named.search(data):
            lake.write(key, b"".join(line for line in data.splitlines(keepends=True) if not named.search(line)))
            files += 1
    return files


def _erase_items(lake: Lake, table: Table, run: str, is_gone: IsGone) -> int:
    """Takes a run's scorecards, receipts and places on the leaderboard out of the table; returns the items changed."""
    cards, pages = runs.key(run, "scorecards.jsonl.gz"), runs.key(run, "receipts.jsonl.gz")
    wanted: dict[tuple[str, str], Doc | None] = {}
    for card in _documents(lake, cards):
        new = _card_without(card, is_gone)
        if new != card:
            wanted |= dict.fromkeys(card_key(account, run) for account in card["accounts"] if is_gone(account))
            wanted[card_key(card["id"], run)] = new
        if new is None:
            wanted[why_key(card["id"], run)] = None
    if wanted:
        left = (new for card in _documents(lake, cards) if (new := _card_without(card, is_gone)))
        tops = [{"entries": entries} for entries in leaderboard(left)]
        wanted |= {top_key(run, number): top for number, top in enumerate(tops)}
        wanted[top_key(run, len(tops))] = None  # where there were more pages
    for page in _documents(lake, pages):
        new = _page_without(page, is_gone)
        if new != page:
            wanted[receipts_key(page["id"], run, page["page"])] = new
    there = [item for key in wanted if (item := table.get(*key))]
    removed = [(item.pk, item.sk) for item in there if wanted[item.pk, item.sk] is None]
    changed = [replace(item, doc=doc) for item in there if (doc := wanted[item.pk, item.sk]) not in (None, item.doc)]
    table.put_many(changed)
    table.delete_many(removed)
    return len(changed) + len(removed)


def _erase_run(lake: Lake, run: str, gone: Erased, is_gone: IsGone) -> int:
    """Rewrites a run's files, the scorecards, which lead to the table's items, last; returns how many it rewrote."""
    files = 0
    key = runs.key(run, "people.json")
    known = _people(lake, key)
    if known.without(is_gone) != known:
        lake.write(key, (known.without(is_gone).model_dump_json(indent=1) + "\n").encode())
        files += 1
    for name, column in (("accounts", "id"), ("trust", "account")):
        files += _without_rows(lake, runs.key(run, f"{name}.parquet"), gone, column)
    files += _rewrite(lake, runs.key(run, "receipts.jsonl.gz"), lambda page: _page_without(page, is_gone))
    return files + _rewrite(lake, runs.key(run, "scorecards.jsonl.gz"), lambda card: _card_without(card, is_gone))


def _card_without(card: Doc, is_gone: IsGone) -> Doc | None:
    """A scorecard without accounts that are gone; None where it is of somebody who is."""
    left = [account for account in card["accounts"] if not is_gone(account)]
    if is_gone(card["id"]):
        return None
    return card if left == card["accounts"] else {**card, "accounts": left}


def _page_without(page: Doc, is_gone: IsGone) -> Doc | None:
    """A page of receipts that names nobody who is gone; None where it is of somebody who is. The points stay."""
    if is_gone(page["id"]):
        return None
    nobody = {"reactor": None, "object": None, "url": None}
    entries = [entry | nobody if entry["reactor"] and is_gone(entry["reactor"]) else entry for entry in page["entries"]]
    return {**page, "entries": entries}


def _documents(lake: Lake, key: str) -> Iterator[Doc]:
    return runs.documents(lake, key) if lake.keys(key) else iter(())


def _rewrite(lake: Lake, key: str, left: Callable[[Doc], Doc | None]) -> int:
    """Rewrites a file of gzipped JSON Lines to what `left` leaves of each document, if that is less; 1 if it was."""
    changed = False
    with tempfile.TemporaryDirectory(prefix="renown-") as folder:
        path = Path(folder, "new")
        with path.open("wb") as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as lines:
            for doc in _documents(lake, key):
                new = left(doc)
                changed = changed or new != doc
                if new is not None:
                    lines.write((json.dumps(new, ensure_ascii=False, separators=(",", ":")) + "\n").encode())
        if changed:
            lake.put(key, path)
    lake.release([key])
    return int(changed)


def _without_rows(lake: Lake, key: str, gone: Erased, column: str) -> int:
    """Rewrites a Parquet file without the rows whose name, in `column`, is gone; 1 if there were some."""
    if not lake.keys(key):
        return 0
    (old,) = lake.local([key])
    parameters: dict[str, Any] = {"path": str(old), "salt": gone.salt, "gone": sorted(gone.hashes)}
    is_gone = f"sha256($salt || {column}) IN (SELECT unnest($gone))"
    with tempfile.TemporaryDirectory(prefix="renown-") as folder, duckdb.connect() as con:
        con.execute("SET threads = 1")  # the rows stay in their order
        count = f"SELECT COUNT(*) FROM read_parquet($path) WHERE {is_gone}"
        ((rows,),) = con.execute(count, parameters).fetchall()
        if rows:
            path = Path(folder, "new.parquet")
            con.execute(f"CREATE TABLE kept AS SELECT * FROM read_parquet($path) WHERE NOT {is_gone}", parameters)
            con.execute(f"COPY kept TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
            lake.put(key, path)
    lake.release([key])
    return int(rows > 0)
