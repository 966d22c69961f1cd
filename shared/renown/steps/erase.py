"""Erase: whatever is known of a person leaves lake and table, and a tombstone keeps it from coming back.

The tombstones are written first and decide everything else: from then on nothing of these accounts is written. What is
left is found by its hash, so that the same call again ends what a killed one began. Whatever is found by name (cursors,
rejects, items of the table) goes before the files that the names stand in. A run that is made at the same moment may
still hold the person: the same call again, after it, takes them out of that, too (`erase_beside_runs`).
"""

import gzip
import json
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from .. import erased, history, parts, people, runs, searching
from ..activity import parse_account
from ..database import connect
from ..erased import Erased
from ..errors import NotFound
from ..lake import Lake
from ..numbers import candidates, handle_of, number_key
from ..people import People, Profile
from ..published import (
    card_key,
    current,
    moved_key,
    receipts_key,
    relationships_key,
    segments_key,
    top_key,
    topic_list_key,
    topics_key,
    voices_key,
    why_key,
)
from ..table import Doc, Table
from .due import cursor_key, due_key
from .plan import INBOX
from .publish import leaderboard, topic_list

IsGone = Callable[[str], bool]


def _never() -> bool:
    return False


def erase(
    lake: Lake, table: Table, who: str, *, salt: str, so_far: Doc | None = None, stop: Callable[[], bool] = _never
) -> Doc:
    """Removes `who`: a profile, by its handle, with every account that was ever proved to be its; or one account.

    `salt` is 32 random hex digits. Returns {"who", "names" (its accounts, and @handle), "accounts" (how many),
    "activity" (rows removed), "files" (rewritten), "items" (of the table), "not_theirs" (accounts that the profile
    claimed and never proved: they stay), "inbox" (files that stand there as they came, and may name anybody), "next"}.

    The same call again changes nothing, or ends what an interrupted one began. Once `stop` is true it ends early: then
    "next" is not None, and the call is to be made again with what it returned as `so_far`; given that of a call that
    ended, it looks everything through once more, also for names that nothing else tells any more. Raises NotFound for a
    handle that there is not and was not, BadInput for what can be no account.
    """
    who = who.strip().removeprefix("@")
    done = so_far or _begun(lake, who)
    names, start = set(done["names"]), done["next"]
    gone = erased.add(lake, names, salt)
    is_gone = cache(gone.__contains__)
    counts = Counter({name: done[name] for name in ("activity", "files", "items")})
    if start is None:
        counts["items"] += _erase_named(table, names) + _erase_history(table, names)
        counts["files"] += _erase_rejects(lake, names)
        before = people.load(lake)
        counts["files"] += people.change(lake, lambda known: known.without(is_gone)) != before
        counts["activity"] += parts.erase(lake, gone)
        shown = current(table)
        if shown:  # readers lose them first
            counts["items"] += _Run(lake, shown[0].run, is_gone).erase_items(table)
    left = [each for each in _places(lake) if start is None or _order(each) <= _order(start)]
    with connect() as con:
        con.execute("SET threads = 1")  # the rows stay in their order
        tables = _Tables(lake, gone, con)
        while left:
            place = left.pop(0)
            if place.startswith("runs/"):
                found = _Run(lake, place.removeprefix("runs/"), is_gone)
                counts["items"] += found.erase_items(table)
                counts["files"] += found.erase_files(tables)
            elif place.startswith("whys/"):
                counts["files"] += _rewrite(lake, place, lambda doc: None if is_gone(doc["id"]) else doc)
            else:
                counts["files"] += tables.erase(place, "id")
            if stop():
                break
    return {**done, **counts, "inbox": len(lake.keys(INBOX)), "next": left[0] if left else None}


def _begun(lake: Lake, who: str) -> Doc:
    names, claimed = _names(lake, who)
    counts = {"accounts": len(names - {f"@{who}"}), "activity": 0, "files": 0, "items": 0}
    return {"who": who, "names": sorted(names), **counts, "not_theirs": sorted(claimed - names), "next": None}


def _places(lake: Lake) -> list[str]:
    """Runs, and files, that may name somebody; the newest run first."""
    found = {"/".join(key.split("/")[:2]) for key in lake.keys("runs/") if key.count("/") > 1}
    found |= {*lake.keys("whys/"), *(key for key in lake.keys("shadows/") if key.endswith(".parquet"))}
    return sorted(found, key=_order, reverse=True)


def _order(place: str) -> tuple[bool, str]:
    return place.startswith("runs/"), place


def _names(lake: Lake, who: str) -> tuple[set[str], set[str]]:
    """The names that somebody is known by (`@handle`, and the accounts that were proved to be theirs at any time), and
    the accounts that they claim.
    """
    if ":" in who:
        return {":".join(parse_account(who))}, set()
    now = people.load(lake)
    past = [_people(lake, key) for key in lake.keys("runs/") if key.endswith("/people.json")]
    profiles: list[Profile] = [profile for known in (now, *past) if (profile := known.named(who))]
    if not profiles and f"@{who}" not in erased.load(lake):
        raise NotFound(f"{who[:80]}: there is no such profile; an account that is nobody's is written as network:id")
    links = [link for profile in profiles for link in profile.links]
    owners = now.owners()
    proved = {link.account for link in links if link.proof or link.proved_at}
    theirs = {account for account in proved if owners.get(account, f"@{who}") == f"@{who}"}
    return {f"@{who}"} | theirs, {link.account for link in links}


def _people(lake: Lake, key: str) -> People:
    data = lake.read(key)
    return People.model_validate_json(data) if data else People()


def _erase_named(table: Table, names: set[str]) -> int:
    """Removes what the table knows of visits to the accounts, and the profile's number; returns the number of items."""
    keys = [key(name) for name in sorted(names) for key in (cursor_key, due_key)]
    for handle in (name.removeprefix("@") for name in names if name.startswith("@")):
        keys += [number_key(number) for number in candidates(handle) if handle_of(table, number) == handle]
    there = [key for key in keys if table.get(*key)]
    table.delete_many(there)
    return len(there)


def _erase_history(table: Table, names: set[str]) -> int:
    """Removes all points of the profiles among `names`; returns their number."""
    there = [key for name in sorted(names) if name.startswith("@") for key in history.point_keys(table, name)]
    table.delete_many(there)
    return len(there)


def _erase_rejects(lake: Lake, names: set[str]) -> int:
    """Removes the lines that quote one of `names`; a bare number is no name."""
    native = {name.partition(":")[2] or name for name in names}
    quoted = "|".join(re.escape(name) for name in sorted(names | {each for each in native if not each.isdigit()}))
    named = re.compile(rf"(?<!\w)(?:{quoted})(?!\w)", re.IGNORECASE)
    files = 0
    for key in lake.keys("imports/"):
        lines = (lake.read(key) or b"").splitlines(keepends=True) if key.endswith(".jsonl") else []
        left = [line for line in lines if not named.search(" ".join(map(str, json.loads(line).values())))]
        if left != lines:
            lake.write(key, b"".join(left))
            files += 1
    return files


class _Run:
    """A run's files, and what was published of them. The scorecards lead to the rest: they are rewritten last."""

    def __init__(self, lake: Lake, run: str, is_gone: IsGone) -> None:
        self.lake, self.run, self.is_gone = lake, run, is_gone
        self.changed = {card["id"] for card in self._documents("scorecards") if self._card(card) != card}

    def erase_items(self, table: Table) -> int:
        """Takes scorecards, receipts and places on the leaderboard out of the table; the number of items changed."""
        wanted: dict[tuple[str, str], Doc | None] = {}
        for card in self._documents("scorecards"):
            if card["id"] in self.changed:
                gone = [account for account in card["accounts"] if self.is_gone(account)]
                wanted |= dict.fromkeys(card_key(account, self.run) for account in gone)
                new = wanted[card_key(card["id"], self.run)] = self._card(card)
                wanted |= self._found_by(card, new)
                if new is None:
                    wanted[why_key(card["id"], self.run)] = None
        if wanted:
            left = (new for card in self._documents("scorecards") if (new := self._card(card)))
            tops = [{"entries": entries} for entries in leaderboard(left)]
            wanted |= {top_key(self.run, number): top for number, top in enumerate(tops)}
            wanted[top_key(self.run, len(tops))] = None  # where there were more pages
        for page in self._documents("receipts"):
            new = self._page(page)
            if new != page:
                wanted[receipts_key(page["id"], self.run, page["page"])] = new
        for name, without, key in (
            ("relationships", self._ties, relationships_key),
            ("topics", self._topics, topics_key),
            ("segments", self._split, segments_key),
        ):
            known = ((doc, without(doc)) for doc in self._documents(name))
            wanted |= {key(doc["id"], self.run): new for doc, new in known if new != doc}
        wanted |= self._heard() | self._moved(table)
        there = [item for key in wanted if (item := table.get(*key))]
        removed = [(item.pk, item.sk) for item in there if wanted[item.pk, item.sk] is None]
        changed = [
            replace(item, doc=doc) for item in there if (doc := wanted[item.pk, item.sk]) not in (None, item.doc)
        ]
        table.put_many(changed)
        table.delete_many(removed)
        return len(changed) + len(removed)

    def _found_by(self, card: Doc, new: Doc | None) -> dict[tuple[str, str], Doc | None]:
        """What is to become of the words that somebody is found by."""
        left = dict(searching.items([(0, new)], self.run)) if new else {}
        return dict.fromkeys((key for key, _ in searching.items([(0, card)], self.run)), None) | left

    def _moved(self, table: Table) -> dict[tuple[str, str], Doc | None]:
        """Whose score moved most, without who is gone."""
        item = table.get(*moved_key(self.run))
        if item is None:
            return {}
        left = {way: [each for each in some if not self.is_gone(each["id"])] for way, some in item.doc.items()}
        return {} if left == item.doc else {moved_key(self.run): left}

    def _heard(self) -> dict[tuple[str, str], Doc | None]:
        """What is to become of who is heard on a topic, and of the list of topics."""
        voices = list(self._documents("voices"))
        left = {each["topic"]: self._voices(each) for each in voices}
        changed: dict[tuple[str, str], Doc | None] = {
            voices_key(each["topic"], self.run): left[each["topic"]] for each in voices if left[each["topic"]] != each
        }
        if changed:
            pages = list(topic_list(filter(None, left.values())))
            changed |= {topic_list_key(self.run, number): page for number, page in enumerate(pages)}
            changed[topic_list_key(self.run, len(pages))] = None  # where there were more pages
        return changed

    def erase_files(self, tables: "_Tables") -> int:
        """Rewrites the files; returns how many."""
        files = 0
        key = runs.key(self.run, "people.json")
        known = _people(self.lake, key)
        if known.without(self.is_gone) != known:
            with tempfile.TemporaryDirectory(prefix="renown-") as folder:
                path = Path(folder, "people.json")
                path.write_text(known.without(self.is_gone).model_dump_json(indent=1) + "\n", "utf-8")
                _put(self.lake, key, path)
            files += 1
        for name, column in (("accounts", "id"), ("trust", "account")):
            files += tables.erase(runs.key(self.run, f"{name}.parquet"), column)
        for name, left in (
            ("receipts", self._page),
            ("relationships", self._ties),
            ("topics", self._topics),
            ("voices", self._voices),
            ("segments", self._split),
            ("scorecards", self._card),
        ):
            files += _rewrite(self.lake, runs.key(self.run, f"{name}.jsonl.gz"), left)
        return files

    def _documents(self, name: str) -> Iterator[Doc]:
        return _documents(self.lake, runs.key(self.run, f"{name}.jsonl.gz"))

    def _card(self, card: Doc) -> Doc | None:
        """A scorecard without accounts that are gone; None where it is of somebody who is."""
        left = [account for account in card["accounts"] if not self.is_gone(account)]
        if self.is_gone(card["id"]):
            return None
        return card if left == card["accounts"] else {**card, "accounts": left}

    def _page(self, page: Doc) -> Doc | None:
        """A page of receipts that names nobody who is gone; None where it is of somebody who is. The points stay."""
        if self.is_gone(page["id"]):
            return None
        return {**page, "entries": [self._entry(entry, page["id"]) for entry in page["entries"]]}

    def _ties(self, ties: Doc) -> Doc | None:
        """Relationships that name nobody who is gone; None where they are of somebody who is. The counts stay."""
        if self.is_gone(ties["id"]):
            return None
        named = {
            kind: [person for person in people if not self.is_gone(person["who"])]
            for kind, people in ties["named"].items()
        }
        return {**ties, "named": named, "answer": [self._waiting(entry, ties["id"]) for entry in ties["answer"]]}

    def _topics(self, topics: Doc) -> Doc | None:
        """Topics with a proof that names nobody who is gone; None where they are of somebody who is."""
        if self.is_gone(topics["id"]):
            return None
        return {**topics, "claims": [self._claim(claim, topics["id"]) for claim in topics["claims"]]}

    def _claim(self, claim: Doc, author: str) -> Doc:
        """A claim without who is gone, and without posts if these may be of an account that is."""
        reactors = [who for who in claim["reactors"] if not self.is_gone(who)]
        return {**claim, "reactors": reactors, "best": [] if author in self.changed else claim["best"]}

    def _voices(self, heard: Doc) -> Doc | None:
        """Who is heard on a topic without who is gone; None where that leaves nobody. The other numbers stay."""
        voices = [voice for voice in heard["voices"] if not self.is_gone(voice["id"])]
        if len(voices) == len(heard["voices"]):
            return heard
        people = [person for person in heard["together"]["people"] if not self.is_gone(person["id"])]
        gone = len(heard["voices"]) - len(voices)
        new = {**heard, "heard": heard["heard"] - gone, "voices": voices}
        return new | {"together": {**heard["together"], "people": people}} if voices else None

    def _split(self, split: Doc) -> Doc | None:
        """Segments that name nobody who is gone; None where they are of somebody who is. The counts stay."""
        if self.is_gone(split["id"]):
            return None
        lists = ("communities", "topics", "unreached")
        return {**split, **{name: [self._segment(segment) for segment in split[name]] for name in lists}}

    def _segment(self, segment: Doc) -> Doc:
        named = [person for person in segment["bridges"]["named"] if not self.is_gone(person["who"])]
        voices = [who for who in segment["voices"] if not self.is_gone(who)]
        return {**segment, "voices": voices, "bridges": {**segment["bridges"], "named": named}}

    def _waiting(self, entry: Doc, author: str) -> Doc:
        who = entry["who"]
        is_gone = who is not None and self.is_gone(who)
        if not is_gone and not self.changed & {who, author}:
            return entry
        return entry | {"who": None if is_gone else who, "object": None, "url": None}

    def _entry(self, entry: Doc, author: str) -> Doc:
        """A receipt, without the post if that may be one of an account that is gone."""
        who = entry["reactor"]
        is_gone = who is not None and self.is_gone(who)
        if not is_gone and not self.changed & {who, author}:
            return entry
        return entry | {"reactor": None if is_gone else who, "object": None, "url": None}


def _documents(lake: Lake, key: str) -> Iterator[Doc]:
    return runs.documents(lake, key) if lake.keys(key) else iter(())


def _put(lake: Lake, key: str, path: Path) -> None:
    """Puts a rewritten file into the lake; first of all a mark that the run it belongs to is not whole any more."""
    folder, run, *_ = key.split("/")
    mark = runs.key(run, runs.ERASED)
    if folder == "runs" and not lake.keys(mark):
        lake.write(mark, b"{}\n")
    lake.put(key, path)


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
            _put(lake, key, path)
    lake.release([key])
    return int(changed)


class _Tables:
    """Parquet files, and the database that rewrites them."""

    def __init__(self, lake: Lake, gone: Erased, con: duckdb.DuckDBPyConnection) -> None:
        self.lake, self.gone, self.con = lake, gone, con

    def erase(self, key: str, column: str) -> int:
        """Rewrites a file without the rows whose name, in `column`, is gone; 1 if there were some."""
        if not self.lake.keys(key):
            return 0
        (old,) = self.lake.local([key])
        parameters: dict[str, Any] = {"path": str(old), "salt": self.gone.salt, "gone": sorted(self.gone.hashes)}
        is_gone = f"COALESCE(sha256($salt || {column}) IN (SELECT unnest($gone)), false)"
        count = f"SELECT COUNT(*) FROM read_parquet($path) WHERE {is_gone}"
        ((rows,),) = self.con.execute(count, parameters).fetchall()
        if rows:
            kept = f"CREATE OR REPLACE TABLE kept AS SELECT * FROM read_parquet($path) WHERE NOT {is_gone}"
            self.con.execute(kept, parameters)
            with tempfile.TemporaryDirectory(prefix="renown-") as folder:
                path = Path(folder, "new.parquet")
                self.con.execute(f"COPY kept TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
                _put(self.lake, key, path)
        self.lake.release([key])
        return int(rows > 0)
