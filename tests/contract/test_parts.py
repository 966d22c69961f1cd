"""What parts promise, over a folder and S3 (moto)."""

import hashlib
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renown import parts
from renown.activity import Activity, Observation
from renown.lake import FolderLake, Lake

JULY = 1_341_100_800  # 2012-07-01T00:00:00Z
DAY = 86_400


def like(number: int, at: int | None = JULY, *, network: str = "mastodon", seen_at: int | None = None) -> Activity:
    return Activity(
        f"{network}:{number}:Like",
        network,
        "Like",
        f"{network}:reactor{number % 7}",
        f"{network}:author{number % 3}",
        f"post{number}" if number % 2 else None,
        at,
        seen_at if seen_at is not None else at or JULY,
        ("ale", "hops")[: number % 3],
        "https://example.org/'1'" if number % 5 == 0 else None,
    )


def views(number: int, total: int, at: int | None = JULY) -> Observation:
    return Observation(
        f"mastodon:{number}:views:{at}", "mastodon", "views", None, f"post{number}", total, at, at or JULY
    )


def test_what_is_written_is_read_by_time_then_id(lake: Lake) -> None:
    rows = [like(n, JULY + 1000 - n // 2) for n in range(40)] + [like(41, None, seen_at=JULY + 5)]
    assert parts.write(lake, rows) == 41
    assert list(parts.read(lake)) == sorted(rows, key=lambda row: (row.at or row.seen_at, row.id))


def test_nothing_makes_no_part(lake: Lake) -> None:
    assert parts.write(lake, []) == 0
    assert parts.keys(lake) == []
    assert list(parts.read(lake)) == []


def test_a_row_is_kept_once(lake: Lake) -> None:
    first, repeated = like(1), like(1)._replace(verb="Announce")
    assert parts.write(lake, [first, repeated, like(2)]) == 2
    before = parts.keys(lake)
    assert parts.write(lake, [repeated, like(2), first]) == 0
    assert parts.keys(lake) == before
    assert parts.write(lake, [repeated, like(3)]) == 1
    assert list(parts.read(lake)) == [first, like(2), like(3)]


def test_a_row_is_known_within_its_network_and_month(lake: Lake) -> None:
    same_id = [like(1)._replace(network="github"), like(1), like(1, JULY + 40 * DAY), like(1, JULY - 1)]
    for row in same_id:
        assert parts.write(lake, [row, like(99)._replace(network="bluesky")]) == 1 + (row is same_id[0])
    assert parts.write(lake, same_id[::-1]) == 0
    assert len(list(parts.read(lake))) == 5
    assert parts.write(lake, [like(2), like(3, JULY + 40 * DAY)]) == 2
    assert parts.write(lake, [like(3), like(2, JULY + 40 * DAY)]) == 2


def test_parts_lie_by_network_and_month(lake: Lake) -> None:
    rows = [like(1, JULY), like(2, JULY - 1), like(3, None, seen_at=JULY + 31 * DAY), like(4, JULY, network="github")]
    assert parts.write(lake, rows) == 4
    keys = parts.keys(lake)
    assert [key.rpartition("/")[0] for key in keys] == [
        "activity/network=github/month=2012-07",
        "activity/network=mastodon/month=2012-06",
        "activity/network=mastodon/month=2012-07",
        "activity/network=mastodon/month=2012-08",
    ]
    assert [(parts.network(key), parts.month(key)) for key in keys[:2]] == [
        ("github", "2012-07"),
        ("mastodon", "2012-06"),
    ]


def test_keys_of_a_span_are_those_of_its_months(lake: Lake) -> None:
    parts.write(lake, [like(n, JULY + n * 31 * DAY) for n in range(-2, 3)])
    everything = parts.keys(lake)
    assert [parts.month(key) for key in everything] == ["2012-04", "2012-05", "2012-07", "2012-08", "2012-09"]
    assert parts.keys(lake, since=JULY) == everything[2:]
    assert parts.keys(lake, since=JULY - 1, until=JULY) == everything[2:3]
    assert parts.keys(lake, until=JULY - 40 * DAY) == everything[:2]
    assert parts.keys(lake, since=JULY + 400 * DAY) == []


def test_the_same_rows_make_the_same_key_whatever_their_order(lake: Lake, tmp_path: Path) -> None:
    rows = [like(n, JULY + n % 11) for n in range(5000)]
    parts.write(lake, rows)
    other = FolderLake(tmp_path / "other")
    parts.write(other, rows[::-1])
    assert parts.keys(lake) == parts.keys(other)
    (key,) = parts.keys(lake)
    content = lake.read(key)
    assert content == other.read(key)
    assert content is not None
    assert key.endswith(f"/part-{hashlib.sha256(content).hexdigest()[:16]}.parquet")


def test_duckdb_writes_the_same_bytes_for_more_rows_than_one_row_group_holds(tmp_path: Path) -> None:
    """The names of parts stand on it: a killed import that is done again must write the same files again."""
    rows = [like(n, JULY + n % 86_400) for n in range(130_000)]
    lakes = [FolderLake(tmp_path / name) for name in ("one", "two")]
    for lake in lakes:
        assert parts.write(lake, rows) == len(rows)
    assert parts.keys(lakes[0]) == parts.keys(lakes[1])
    (path,) = lakes[0].local(parts.keys(lakes[0]))
    groups = duckdb.execute("SELECT COUNT(DISTINCT row_group_id) FROM parquet_metadata($path)", {"path": str(path)})
    assert groups.fetchone() == (2,)


def test_a_part_is_sorted_typed_and_compressed(lake: Lake) -> None:
    parts.write(lake, [like(n, JULY + n % 4) for n in range(50)])
    (path,) = lake.local(parts.keys(lake))
    con = duckdb.connect()
    columns = con.execute(
        "SELECT column_name, column_type FROM (DESCRIBE FROM read_parquet($p, hive_partitioning = false))",
        {"p": str(path)},
    )
    assert columns.fetchall() == [
        ("id", "VARCHAR"),
        ("network", "VARCHAR"),
        ("verb", "VARCHAR"),
        ("actor", "VARCHAR"),
        ("author", "VARCHAR"),
        ("object", "VARCHAR"),
        ("at", "BIGINT"),
        ("seen_at", "BIGINT"),
        ("topics", "VARCHAR[]"),
        ("url", "VARCHAR"),
    ]
    order = con.execute('SELECT author, actor, "at", id FROM read_parquet($p)', {"p": str(path)}).fetchall()
    assert order == sorted(order)
    codecs = con.execute("SELECT DISTINCT compression FROM parquet_metadata($p)", {"p": str(path)}).fetchall()
    assert codecs == [("ZSTD",)]


def test_joined_parts_hold_the_same_rows_once(lake: Lake) -> None:
    parts.write(lake, [like(number) for number in range(5)])
    parts.write(lake, [like(number) for number in range(3, 9)])
    parts.write(lake, [like(1, JULY + 40 * DAY), like(2, network="github")])
    before, several = list(parts.read(lake)), parts.keys(lake)
    parts.join(lake)
    assert list(parts.read(lake)) == before
    assert (len(several), len(parts.keys(lake))) == (4, 3)
    joined = parts.keys(lake)
    parts.join(lake)
    assert parts.keys(lake) == joined


def test_observations_have_parts_of_their_own(lake: Lake) -> None:
    rows = [views(n, n * 10) for n in range(1, 4)]
    assert parts.write_observations(lake, [*rows, rows[0]]) == 3
    assert parts.write_observations(lake, rows) == 0
    assert parts.write_observations(lake, [views(1, 99, JULY + 40 * DAY), views(9, 1, None)]) == 2
    assert parts.keys(lake) == []
    keys = lake.keys("observations/")
    assert [key.split("/")[1:3] for key in keys] == [["network=mastodon", f"month=2012-0{m}"] for m in (7, 7, 8)]
    found = duckdb.execute(
        'SELECT id, network, kind, account, object, total, "at", seen_at FROM read_parquet($paths) ORDER BY total',
        {"paths": [str(path) for path in lake.local(keys)]},
    ).fetchall()
    assert [Observation(*row) for row in found] == [views(9, 1, None), *rows, views(1, 99, JULY + 40 * DAY)]


def test_parts_of_one_network_may_overlap_and_the_fingerprint_stands_for_the_parts(lake: Lake) -> None:
    parts.write(lake, [like(1), like(2, network="github")])
    apart = parts.keys(lake)
    assert not parts.overlapping(apart)
    parts.write(lake, [like(3)])
    together = parts.keys(lake)
    assert parts.overlapping(together)
    assert parts.fingerprint(together) == parts.fingerprint(together[::-1])
    assert parts.fingerprint(together) != parts.fingerprint(apart)


def test_other_files_in_the_lake_are_left_alone(lake: Lake) -> None:
    lake.write("activity/network=mastodon/month=2012-07/_SUCCESS", b"")
    assert parts.write(lake, [like(1)]) == 1
    assert parts.write(lake, [like(1), like(2)]) == 1
    assert list(parts.read(lake)) == [like(1), like(2)]


ROWS = st.builds(like, st.integers(0, 30), st.sampled_from([JULY - 1, JULY, JULY + 1, None]))


@settings(max_examples=settings().max_examples // 4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(ROWS, max_size=8), max_size=5))
def test_the_first_of_every_id_in_a_month_is_kept(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[Activity]]
) -> None:
    lake = FolderLake(tmp_path_factory.mktemp("lake"))
    expected: dict[tuple[str, bool], Activity] = {}
    for batch in batches:
        before = len(expected)
        for row in {row.id: row for row in reversed(batch)}.values():
            expected.setdefault((row.id, (row.at or row.seen_at) < JULY), row)
        assert parts.write(lake, batch) == len(expected) - before
    found = list(parts.read(lake))
    assert len(found) == len(expected)
    assert set(found) == set(expected.values())
