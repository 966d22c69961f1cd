"""Publishing: readers see one whole run or the other, whatever happens in between."""

import gzip
import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from renown import runs
from renown.errors import BadInput, Conflict, NotFound
from renown.lake import FolderLake
from renown.published import card as read_card
from renown.published import current, leaderboard, receipts, topic_list
from renown.published import topics as read_topics
from renown.published import voices as read_voices
from renown.scoring.told import LONGEST
from renown.steps.publish import KEPT, check, flip, publish, write_part
from renown.table import MAX_DOC, Item, SqliteTable, Table
from tests.integration import runs_made
from tests.integration.dying import DyingTable, Killed, Life
from tests.integration.runs_made import card, finish
from tests.integration.test_erase import items

NOW = 1_800_000_000
TOPICS = ["tea", "شاي", "🫖"]


@pytest.fixture
def lake(tmp_path: Path) -> FolderLake:
    return FolderLake(tmp_path / "lake")


def seen(table: Table, ids: list[str]) -> tuple[object, ...]:
    """Everything that a reader sees."""
    found = current(table)
    assert found
    run = found[0].run
    cards = [read_card(table, run, card_id) for card_id in ids]
    assert all(doc is None or doc["run"] == run for doc in cards)
    on = [(read_topics(table, run, card_id), read_voices(table, run, topic)) for card_id in ids for topic in TOPICS]
    listed = topic_list(table, run, 0, 500)
    assert len(listed) == found[0].topics
    assert [read_voices(table, run, entry["topic"]) is not None for entry in listed] == [True] * len(listed)
    return found[0], cards, leaderboard(table, run, 0, 500), on, listed


def test_a_published_run_is_read_whole(lake: FolderLake, tmp_path: Path) -> None:
    table = SqliteTable(tmp_path / "t")
    cards = [card("@ada", 60.0), *(card(f"net:{n:03d}", 50 - n / 10) for n in range(250)), card("@bob", None)]
    finish(lake, "r1", cards)
    pointer = publish(lake, table, now=NOW)
    assert (pointer.run, pointer.scorecards, pointer.scored, pointer.previous) == ("r1", 252, 251, None)
    ada = read_card(table, "r1", "@ada")
    assert ada is not None
    assert read_card(table, "r1", "simulated:ada") == ada
    everybody = leaderboard(table, "r1", 0, 1000)
    assert [entry["rank"] for entry in everybody] == list(range(1, 252))
    assert everybody[0]["id"] == "@ada"
    assert [entry["rank"] for entry in leaderboard(table, "r1", 95, 110)] == list(range(96, 206))
    assert leaderboard(table, "r1", 251, 10) == []
    item = table.get("card#@ada", "r1")
    assert item is not None
    assert item.expires_at == NOW + KEPT


@pytest.mark.parametrize(("start", "limit"), [(0, 1), (0, 300), (0, 250), (95, 10), (100, 100), (199, 2), (249, 1)])
def test_receipts_are_read_in_pages_that_say_what_they_do_not_show(
    lake: FolderLake, tmp_path: Path, start: int, limit: int
) -> None:
    table = SqliteTable(tmp_path / "t")
    points = [(250 - n) / 512 for n in range(250)]
    pages = [*runs_made.receipts("@ada", points), *runs_made.receipts("@bob", [7.0, 5.0])]
    finish(lake, "r1", [card("@ada", sum(points)), card("@bob", 12.0), card("@cy", None)], pages)
    publish(lake, table, now=NOW)
    found = receipts(table, "r1", "@ada", start, limit)
    assert found is not None
    assert [entry["points"] for entry in found["entries"]] == points[start : start + limit]
    split = (points[:start], points[start : start + limit], points[start + limit :])
    for name, some in zip(("before", "here", "after"), split, strict=True):
        assert found[name] == {"reactions": len(some), "points": sum(some)}
    assert found["reactions"] == 250
    assert receipts(table, "r1", "@cy", start, limit) is None
    assert receipts(table, "r2", "@ada", start, limit) is None


@pytest.mark.parametrize(("start", "limit"), [(0, 300), (0, 1), (95, 10), (100, 100), (249, 1), (250, 10)])
def test_the_list_of_topics_is_what_most_react_to_first(
    lake: FolderLake, tmp_path: Path, start: int, limit: int
) -> None:
    table = SqliteTable(tmp_path / "t")
    voices = [runs_made.heard(f"t{n:03d}", ["@ada"], people=n // 2) for n in range(250)]
    finish(lake, "r1", [card("@ada", 60.0)], voices=voices)
    assert publish(lake, table, now=NOW).topics == 250
    wanted = sorted(range(250), key=lambda n: (-(n // 2), n))
    found = topic_list(table, "r1", start, limit)
    assert [entry["topic"] for entry in found] == [f"t{n:03d}" for n in wanted[start : start + limit]]
    assert topic_list(table, "r2", start, limit) == []
    item = table.get("voices#t007", "r1")
    assert item is not None
    assert item.expires_at == NOW + KEPT


def test_the_largest_page_of_receipts_is_far_from_the_tables_limit(lake: FolderLake, tmp_path: Path) -> None:
    longest = "\U0001f600" * LONGEST
    more = {"object": longest, "url": longest, "reactor": "@" + "x" * 39}
    pages = runs_made.receipts("@ada", [1 / 3] * 100, **more)
    assert len(json.dumps(pages[0], ensure_ascii=False).encode()) < 0.75 * MAX_DOC
    finish(lake, "r1", [card("@ada", 100 / 3)], pages)
    assert publish(lake, SqliteTable(tmp_path / "t"), now=NOW).run == "r1"


def test_killed_at_every_write_readers_stay_on_the_old_run(lake: FolderLake, tmp_path: Path) -> None:
    ids = ["@ada", "@bob", "@cy", "net:1", "simulated:ada"]
    on = {"claimed": [runs_made.claims("@ada", ["tea", "🫖"])], "voices": [runs_made.heard("tea", ["@ada", "@bob"])]}
    finish(lake, "r1", [card("@ada", 60.0), card("@bob", 50.0), card("net:1", 40.0)], **on)
    life = Life(10**9)
    table = DyingTable(SqliteTable(tmp_path / "t"), life)
    publish(lake, table, now=NOW)
    old = seen(table, ids)
    on = {"claimed": [runs_made.claims("@ada", ["tea"]), runs_made.claims("@bob", ["شاي"])]}
    on["voices"] = [runs_made.heard("tea", ["@ada"]), runs_made.heard("شاي", ["@bob"], 12)]
    finish(lake, "r2", [card("@bob", 61.0), card("@ada", 59.0), card("@cy", 42.0)], **on)
    deaths = 0
    while True:
        life.left = deaths
        try:
            publish(lake, table, now=NOW)
            break
        except Killed:
            deaths += 1
            assert seen(table, ids) == old
    # three scorecards, notes, numbers, words that find them, one page, two people's topics, who is heard on two, the
    # list of these, the method, three points of history, the runs, whose score moved, the pointer
    assert deaths == 25
    new = seen(table, ids)
    assert new != old
    fresh = SqliteTable(tmp_path / "fresh")
    publish(lake, fresh, "r1", now=NOW)
    publish(lake, fresh, "r2", now=NOW)
    assert seen(fresh, ids) == new


def community(lake: FolderLake, run: str, scores: list[float]) -> None:
    names = [f"@p{number}" for number in range(len(scores))]
    claimed = [runs_made.claims(name, ["tea"]) for name in names[:3]]
    pages = [page for name in names for page in runs_made.receipts(name, [1.0] * 3)]
    finish(lake, run, [card(name, score) for name, score in zip(names, scores, strict=True)], pages, claimed=claimed)


@pytest.mark.parametrize(("size", "parts"), [(1, 7), (3, 3), (7, 1), (100, 1)])
def test_parts_in_any_order_and_again_are_the_whole(
    lake: FolderLake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, parts: int
) -> None:
    whole, table = SqliteTable(tmp_path / "whole"), SqliteTable(tmp_path / "parts")
    community(lake, "r1", [60.0, 55, 50, 45, 40, 35, 30])
    for each in (whole, table):
        publish(lake, each, now=NOW)
    community(lake, "r2", [59.0, 56, 50, 45, 40, 35, 20])
    publish(lake, whole, now=NOW + 60)
    monkeypatch.setattr("renown.steps.publish.PART", size)
    plan = check(lake, table, now=NOW + 60)
    assert (plan.run, plan.previous, plan.parts) == ("r2", "r1", parts)
    written = [write_part(lake, table, plan, number) for number in (*reversed(range(parts)), 0)]
    assert flip(lake, table, plan, written).run == "r2"
    one, other = ([item for item in items(each) if item[0] != "pointer"] for each in (table, whole))
    assert one == other  # pointers have versions of their own: they share a lake
    assert flip(lake, table, plan, []).run == "r2"  # it came twice
    assert check(lake, table, now=NOW + 90).parts == 0


def test_a_run_of_which_a_part_is_missing_is_not_shown(
    lake: FolderLake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = SqliteTable(tmp_path / "t")
    monkeypatch.setattr("renown.steps.publish.PART", 2)
    community(lake, "r1", [60.0, 55, 50])
    plan = check(lake, table, now=NOW)
    write_part(lake, table, plan, 1)
    with pytest.raises(BadInput, match=r"run r1: parts \[0\] of 2 are not written"):
        flip(lake, table, plan, [1])
    assert current(table) is None
    publish(lake, table, now=NOW)
    community(lake, "r2", [61.0, 55, 50])
    community(lake, "r3", [62.0, 55, 50])
    late = check(lake, table, "r2", now=NOW)
    publish(lake, table, "r3", now=NOW)
    with pytest.raises(Conflict, match="another run was published meanwhile"):
        flip(lake, table, late, range(late.parts))


def test_a_run_that_somebody_is_erased_from_between_its_parts_is_published_again(
    lake: FolderLake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, key = SqliteTable(tmp_path / "t"), runs.key("r1", "scorecards.jsonl.gz")
    monkeypatch.setattr("renown.steps.publish.PART", 2)
    community(lake, "r1", [60.0, 55, 50, 45])
    plan = check(lake, table, now=NOW)
    written = [write_part(lake, table, plan, 0)]
    lake.write(runs.key("r1", runs.ERASED), b"{}\n")
    lake.write(key, gzip.compress(gzip.decompress(lake.read(key) or b"").partition(b"\n")[2]))
    written.append(write_part(lake, table, plan, 1))
    with pytest.raises(Conflict, match="somebody was erased while it was written"):
        flip(lake, table, plan, written)
    assert current(table) is None
    assert publish(lake, table, now=NOW).run == "r1"
    assert read_card(table, "r1", "@p3") is not None


@pytest.mark.parametrize("name", ["scorecards", "receipts"])
def test_a_run_whose_files_are_not_whole_is_not_shown(lake: FolderLake, tmp_path: Path, name: str) -> None:
    table, key = SqliteTable(tmp_path / "t"), runs.key("r1", f"{name}.jsonl.gz")
    community(lake, "r1", [60.0, 55, 50])
    whole = lake.read(key)
    assert whole
    lake.write(key, whole[:-9])
    with pytest.raises(BadInput, match=f"runs/r1/{name}.jsonl.gz: it is damaged"):
        publish(lake, table, now=NOW)
    lake.write(key, gzip.compress(gzip.decompress(whole).partition(b"\n")[2]))
    with pytest.raises(BadInput, match=rf"{name}.jsonl.gz: it has \d documents, and the run's report counts \d;"):
        publish(lake, table, now=NOW)
    assert current(table) is None


def test_publishing_the_current_run_again_changes_nothing(lake: FolderLake, tmp_path: Path) -> None:
    life = Life(10**9)
    table = DyingTable(SqliteTable(tmp_path / "t"), life)
    finish(lake, "r1", [card("@ada", 60.0)])
    first = publish(lake, table, now=NOW)
    life.left = 0
    assert publish(lake, table, now=NOW + 5) == first


def test_going_back_is_publishing_the_earlier_run(lake: FolderLake, tmp_path: Path) -> None:
    table = SqliteTable(tmp_path / "t")
    for run, score in (("r1", 60.0), ("r2", 61.0)):
        finish(lake, run, [card("@ada", score)])
        publish(lake, table, now=NOW)
    pointer = publish(lake, table, "r1", now=NOW)
    assert (pointer.run, pointer.previous) == ("r1", "r2")
    doc = read_card(table, "r1", "@ada")
    assert doc is not None
    assert doc["score"] == 60.0


def test_somebody_else_published_meanwhile(lake: FolderLake, tmp_path: Path) -> None:
    table = SqliteTable(tmp_path / "t")
    finish(lake, "r1", [card("@ada", 60.0)])
    publish(lake, table, now=NOW)
    finish(lake, "r2", [card("@ada", 61.0)])
    finish(lake, "r3", [card("@ada", 62.0)])

    class Slow(SqliteTable):
        def put_many(self, items: Iterable[Item]) -> int:
            publish(lake, table, "r3", now=NOW)
            return super().put_many(items)

    with pytest.raises(Conflict):
        publish(lake, Slow(tmp_path / "t"), "r2", now=NOW)
    found = current(table)
    assert found is not None
    assert found[0].run == "r3"


@pytest.mark.parametrize(
    ("cards", "said"),
    [
        ([card("@ada", 60.0)], "1 scorecards where the last run had 4"),
        ([card(f"net:{n}", 20.0) for n in range(4)], "mean score moved by 40.0 points"),
    ],
)
def test_a_run_that_is_very_unlike_the_last_needs_force(
    lake: FolderLake, tmp_path: Path, cards: list[dict[str, object]], said: str
) -> None:
    table = SqliteTable(tmp_path / "t")
    finish(lake, "r1", [card(f"net:{n}", 60.0) for n in range(4)])
    publish(lake, table, now=NOW)
    finish(lake, "r2", cards)
    with pytest.raises(BadInput, match=said):
        publish(lake, table, now=NOW)
    assert publish(lake, table, now=NOW, force=True).run == "r2"


def test_another_population_is_not_compared(lake: FolderLake, tmp_path: Path) -> None:
    table = SqliteTable(tmp_path / "t")
    finish(lake, "r1", [card(f"net:{n}", 60.0) for n in range(4)])
    publish(lake, table, now=NOW)
    finish(lake, "r2", [card("@ada", 20.0)], population="profiles")
    assert publish(lake, table, now=NOW).run == "r2"


def test_there_must_be_a_run(lake: FolderLake, tmp_path: Path) -> None:
    table = SqliteTable(tmp_path / "t")
    with pytest.raises(NotFound, match="run `renown score`"):
        publish(lake, table, now=NOW)
    with pytest.raises(NotFound, match="no such finished run"):
        publish(lake, table, "r9", now=NOW)
