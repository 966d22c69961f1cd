"""Erasing: nothing of a person is left anywhere, also when it is killed, and nothing comes back."""

import gzip
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest
from moto import mock_aws

from renown import erased, parts, people, runs
from renown.activity import Activity, Observation
from renown.database import connect
from renown.errors import BadInput, NotFound
from renown.lake import FolderLake, Lake, S3Lake
from renown.networks.registry import NETWORKS
from renown.people_files import Given
from renown.published import current, leaderboard, topic_list, topics_key
from renown.published import receipts as read_receipts
from renown.published import voices as heard
from renown.steps import why
from renown.steps.due import cursor_key, due_key
from renown.steps.erase import erase
from renown.steps.people import add, link, take_in
from renown.steps.publish import publish
from renown.steps.replay import replay
from renown.steps.score import score
from renown.steps.shadow import shadow
from renown.table import Item, SqliteTable, Table, item_of
from tests.contract.test_table import create
from tests.integration.dying import DyingLake, DyingTable, Killed, Life
from tests.integration.test_replay import DAY, MAY, formula

NAME = "quillfeather"
"""Of the one who is erased; it stands in everything that is theirs."""

ONLY, SECRET = "quills", "secret-plumes"
"""Topics that only they post on; they hide the second."""

SALT = "5a17" * 8
ACCOUNTS = (f"mastodon:{NAME}@example.social", f"github:{NAME}")
CLAIMED = "github:somebody-else"
NOW = MAY + 40 * DAY


def activity(since: int, days: int) -> list[Activity]:
    """People react to what ada, bob and quillfeather post on tea, who react to each other as well; quillfeather posts
    on two more topics, and hides one of them.
    """
    authors = ["github:ada", "mastodon:bob@example.social", *ACCOUNTS]
    found = []
    for day in range(days):
        for author in authors:
            at, url = since + day * DAY, f"https://example.social/@{author.partition(':')[2]}/{day}"
            tags = (ONLY, SECRET, "tea") if NAME in author else ("tea",)
            found.append(Activity(f"net:{at}:{author}", "github", "Create", author, author, url, at, at, tags, url))
        for number in range(24):
            at = since + day * DAY + number + 1
            author = authors[(number + day) % 4]
            actor = authors[number % 4] if number < 8 else f"github:r{(number * 7 + day * 3) % 31}"
            if actor != author:
                url = f"https://example.social/@{author.partition(':')[2]}/{day}"
                found.append(Activity(f"net:{at}:{actor}", "github", "Like", actor, author, url, at, at, (), url))
    return found


def made(lake: Lake, table: Table, folder: Path) -> list[str]:
    """Fills lake and table with all that Renown keeps of people; returns the runs, the last one published last."""
    profiles = []
    for handle, accounts in (("ada", ("github:ada",)), ("bob", ("mastodon:bob@example.social",)), (NAME, ACCOUNTS)):
        links = [{"account": account, "proof": "seen", "proved_at": "2026-01-01T00:00:00Z"} for account in accounts]
        links += [{"account": CLAIMED}] if handle == NAME else []
        person = {"handle": handle, "name": handle.title(), "opted_in_at": "2026-01-01T00:00:00Z", "links": links}
        said = {"topic": SECRET, "word": "hide", "at": "2026-01-01T00:00:00Z"}
        person |= {"words": [said]} if handle == NAME else {"words": [{**said, "topic": "coffee"}]}
        profiles.append(people.Profile.model_validate(person))
    seeds = (ACCOUNTS[1], *(f"github:r{number}" for number in range(1, 12)))
    people.save(lake, people.People(profiles=tuple(profiles), seeds=seeds))
    parts.write(lake, activity(MAY, 12))
    counts = [
        Observation(f"o:{who}", "github", "followers", who, None, 3, MAY, MAY) for who in (*ACCOUNTS, "github:r1")
    ]
    parts.write_observations(lake, counts)
    made_runs = []
    for population, at in (("accounts", MAY + 11 * DAY), ("profiles", MAY + 10 * DAY), ("profiles", MAY + 11 * DAY)):
        report, _ = score(lake, at=at, population=population)  # type: ignore[arg-type]  # one of the two
        why.keep(lake, table, report)
        publish(lake, table, now=NOW, force=True)
        made_runs.append(report.run)
    shadow(lake, formula(folder))
    lines = [{"file": "x", "line": n, "reason": text} for n, text in enumerate((f"{ACCOUNTS[0]}: odd", "odd"), 1)]
    lake.write("imports/made-1/rejects-0.jsonl", "".join(json.dumps(line) + "\n" for line in lines).encode())
    visited = [key(who) for who in (*ACCOUNTS, "github:ada") for key in (cursor_key, due_key)]
    table.put_many(Item(*key, {"since": 1}) for key in visited)
    return made_runs


def files(lake: Lake) -> dict[str, bytes]:
    return {key: lake.read(key) or b"" for key in lake.keys("") if not key.endswith("timings.json")}


def texts(lake: Lake) -> Iterator[tuple[str, str]]:
    """All that stands in the lake, in the clear."""
    for key, data in files(lake).items():
        if key.endswith(".parquet"):
            with connect() as con:
                rows = con.execute("FROM read_parquet($p)", {"p": str(lake.local([key])[0])}).fetchall()
            lake.release([key])
            yield key, repr(rows)
        else:
            yield key, (gzip.decompress(data) if key.endswith(".gz") else data).decode()


def items(table: Any) -> list[Any]:
    """All that stands in the table."""
    if isinstance(table, SqliteTable):
        return table._db.execute("SELECT * FROM items ORDER BY pk, sk").fetchall()
    pages = table.client.get_paginator("scan").paginate(TableName=table.name)
    return sorted(json.dumps(vars(item_of(item)), sort_keys=True) for page in pages for item in page["Items"])


def claim_on_tea(table: Table, run: str) -> dict[str, Any]:
    """Ada's."""
    item = table.get(*topics_key("@ada", run))
    assert item is not None
    (found,) = (claim for claim in item.doc["claims"] if claim["topic"] == "tea")
    return dict(found)


def named_with_topics(table: Table, names: list[str]) -> None:
    """Quillfeather reacts to ada's posts, is heard, and stands among the few who reach most."""
    for run in names:
        assert f"@{NAME}" in claim_on_tea(table, run)["reactors"]
        tea = heard(table, run, "tea")
        assert tea is not None
        assert f"@{NAME}" in [person["id"] for person in tea["together"]["people"]]
        assert [voice["id"] for voice in (heard(table, run, ONLY) or {})["voices"]] == [f"@{NAME}"]
        assert heard(table, run, SECRET) is None


def gone_from_topics(lake: Lake, table: Table, names: list[str]) -> None:
    """Quillfeather is in none of them, and the rest is as it was."""
    for run in names:
        claim = claim_on_tea(table, run)
        assert (claim["reactors"], len(claim["best"])) == (["@bob"], 3)
        tea = heard(table, run, "tea")
        assert tea is not None
        assert {voice["id"] for voice in tea["voices"]} == {person["id"] for person in tea["together"]["people"]}
        assert {voice["id"] for voice in tea["voices"]} == {"@ada", "@bob"}
        assert heard(table, run, ONLY) is None
        assert table.get(*topics_key(f"@{NAME}", run)) is None
        shown = {name: tea[name] for name in ("topic", "name", "people", "heard")}
        assert (shown["heard"], topic_list(table, run, 0, 100)) == (2, [shown])
        assert list(runs.voices(lake, runs.named(lake, run))) == [tea]
    assert [key for key in lake.keys("") if key.endswith("people.json") and SECRET in str(lake.read(key))] == []
    assert people.load(lake).said("hide") == {"@ada": ("coffee",), "@bob": ("coffee",)}


class Original(NamedTuple):
    """A lake and a table that are made once, and copied; `runs` in the order in which they were published."""

    folder: Path
    runs: list[str]

    def copy(self, folder: Path) -> tuple[FolderLake, SqliteTable]:
        shutil.copytree(self.folder, folder)
        return FolderLake(folder / "lake"), SqliteTable(folder / "table")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Original:
    folder = tmp_path_factory.mktemp("made")
    table = SqliteTable(folder / "table")
    names = made(FolderLake(folder / "lake"), table, tmp_path_factory.mktemp("formula"))
    table.close()
    return Original(folder, names)


@pytest.fixture(params=["laptop", "aws"])
def stores(request: pytest.FixtureRequest, original: Original, tmp_path: Path) -> Iterator[tuple[Lake, Table]]:
    lake, table = original.copy(tmp_path / "copy")
    if request.param == "laptop":
        yield lake, table
        return
    with mock_aws():
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        bucket, index = S3Lake("lake", s3, tmp_path / "cache"), create("table")
        for key, data in files(lake).items():
            bucket.write(key, data)
        index.put_many(Item(pk, sk, json.loads(doc), *more) for pk, sk, doc, *more in items(table))
        yield bucket, index


def test_nothing_is_left_of_a_person_and_nothing_comes_back(stores: tuple[Lake, Table], original: Original) -> None:
    lake, table = stores
    theirs = [key for key, text in texts(lake) if NAME in text]
    folders = {key.partition("/")[0] for key in theirs}
    segments = [line for key, text in texts(lake) if "segments" in key for line in text.splitlines()]
    assert any(NAME in line and json.loads(line)["id"] == "@ada" for line in segments)
    assert folders == {"activity", "imports", "observations", "people", "runs", "shadows", "whys"}
    named_with_topics(table, original.runs)
    done = erase(lake, table, NAME, salt=SALT)
    assert (done["who"], done["accounts"], done["not_theirs"], done["inbox"]) == (NAME, 2, [CLAIMED], 0)
    assert min(done["activity"], done["files"], done["items"]) > 0
    assert [key for key, text in texts(lake) if NAME in text.lower()] == []
    assert [item for item in items(table) if NAME in str(item).lower()] == []
    # Of everybody else everything is there, and the points are what they were.
    assert [profile.handle for profile in people.load(lake).profiles] == ["ada", "bob"]
    assert table.get(*cursor_key("github:ada"))
    assert table.get(*due_key("github:ada"))
    for run in original.runs:
        board = leaderboard(table, run, 0, 100)
        assert [entry["rank"] for entry in board] == list(range(1, len(board) + 1))
        cards = {card["id"]: card for card in runs.scorecards(lake, run)}
        assert {"@ada", "@bob"} <= cards.keys()
        found = read_receipts(table, run, "@ada", 0, 100)
        assert found is not None
        assert sum(entry["points"] for entry in found["entries"]) == pytest.approx(cards["@ada"]["score"], abs=1e-9)
        assert {"@bob", None} <= {entry["reactor"] for entry in found["entries"]}
    gone_from_topics(lake, table, original.runs)
    # The same call again changes nothing.
    before = files(lake), items(table)
    again = erase(lake, table, NAME, salt="other" * 5)
    assert (again["activity"], again["files"], again["items"]) == (0, 0, 0)
    assert (files(lake), items(table)) == before
    # Nothing comes back: by import, by hand, from a file, in the next run.
    assert parts.write(lake, [row._replace(id=f"new:{row.id}") for row in activity(MAY, 2) if NAME in str(row)]) == 0
    assert parts.write_observations(lake, [Observation("o2", "github", "stars", ACCOUNTS[1], None, 3, MAY, MAY)]) == 0
    with pytest.raises(BadInput, match="erased"):
        add(lake, NAME, "Q", how="mail", now=NOW)
    with pytest.raises(BadInput, match="its owner was erased"):
        link(lake, "ada", ACCOUNTS[1], NETWORKS)
    person = {"handle": NAME, "name": "Q", "opted_in_at": "2026-01-01T00:00:00Z", "opted_in_how": "mail"}
    given = [Given.model_validate(person), Given.model_validate({**person, "handle": "ada", "accounts": ACCOUNTS})]
    assert take_in(lake, given, NETWORKS, now=NOW)["left_out"] == 1
    _, new = score(lake)
    assert new
    publish(lake, table, now=NOW)
    assert [key for key, text in texts(lake) if NAME in text] == []
    assert [item for item in items(table) if NAME in str(item)] == []


def test_an_account_is_erased_and_the_rest_of_its_profile_stays(stores: tuple[Lake, Table], original: Original) -> None:
    lake, table = stores
    erase(lake, table, ACCOUNTS[1], salt=SALT)
    (profile,) = (each for each in people.load(lake).profiles if each.handle == NAME)
    assert profile.accounts == (ACCOUNTS[0],)
    assert [key for key, text in texts(lake) if ACCOUNTS[1] in text or f"@{NAME}/" in text] == []
    assert [item for item in items(table) if ACCOUNTS[1] in str(item)] == []
    assert [word.topic for word in profile.words] == [SECRET]
    for run in original.runs:  # whose posts the best are is not known, so none is left; the numbers stay
        item = table.get(*topics_key(f"@{NAME}", run))
        assert item is not None
        assert item.doc["claims"]
        assert [claim["best"] for claim in item.doc["claims"]] == [[]] * len(item.doc["claims"])
        assert heard(table, run, ONLY)
    assert table.get(*cursor_key(ACCOUNTS[0]))
    assert all(
        people.People.model_validate_json(lake.read(key) or b"").named(NAME) for key in lake.keys("people/people")
    )


def test_replay_says_that_people_were_erased(original: Original, tmp_path: Path) -> None:
    lake, table = original.copy(tmp_path / "copy")
    assert replay(lake, original.runs[0])["same"]
    erase(lake, table, NAME, salt=SALT)
    found = replay(lake, original.runs[0])
    assert not found["same"]
    assert "people were erased since" in found["why"]
    assert "erased.json" not in found["files"]
    later, _ = score(lake)
    assert replay(lake, later.run)["same"]


@pytest.mark.slow
def test_killed_at_every_write_the_same_call_ends_it(original: Original, tmp_path: Path) -> None:
    small, _ = original.copy(tmp_path / "small")
    for key in small.keys("runs/") + small.keys("shadows/"):
        if key.startswith("shadows/") or key.split("/")[1] not in original.runs[2:]:
            small.delete(key)
    less = Original(tmp_path / "small", original.runs[2:])

    lake, table = less.copy(tmp_path / "whole")
    erase(lake, table, NAME, salt=SALT)
    whole, deaths, is_killed = (files(lake), items(table)), 0, True
    while is_killed:
        lake, table = less.copy(tmp_path / f"killed-{deaths}")
        life = Life(deaths)
        try:
            erase(DyingLake(lake, life), DyingTable(table, life), NAME, salt=SALT)
            is_killed = False
        except Killed:
            erase(lake, table, NAME, salt=SALT)
            deaths += 1
        assert (files(lake), items(table)) == whole
        table.close()
    assert deaths > 20


def test_who_is_not_there(tmp_path: Path) -> None:
    lake, table = FolderLake(tmp_path / "lake"), SqliteTable(tmp_path / "table")
    for who, kind, said in (
        ("nobody", NotFound, "nobody: there is no such profile; an account that is nobody's is written as network:id"),
        ("", NotFound, "there is no such profile"),
        (":x", BadInput, "network '': a network is"),
    ):
        with pytest.raises(kind, match=said):
            erase(lake, table, who, salt=SALT)
    assert not lake.keys("")
    assert erase(lake, table, "github:nobody", salt=SALT)["activity"] == 0
    assert "github:nobody" in erased.load(lake)


def test_who_left_long_ago_is_erased_from_past_runs(original: Original, tmp_path: Path) -> None:
    lake, table = original.copy(tmp_path / "copy")
    people.save(lake, people.People())
    lake.write("inbox/table/some.csv", b"x")
    done = erase(lake, table, f"@{NAME}", salt=SALT)
    assert (done["accounts"], done["inbox"]) == (2, 1)
    assert [key for key, text in texts(lake) if NAME in text] == []
    pointer = current(table)
    assert pointer is not None
    assert pointer[0].scorecards == 3
