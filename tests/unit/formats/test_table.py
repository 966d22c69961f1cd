"""Tables of activity, CSV and Parquet."""

import csv
import gzip
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.activity import Activity, clean, fingerprint
from renown.errors import BadInput, NotOfFormat
from renown.formats import Batch, batches, rows
from renown.formats.table import TableFormat

LATEST = 1_800_000_000
AT = 1_700_000_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table.csv"


def _read(path: Path, content: str | bytes, network: str | None = "forum") -> Batch:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    (batch,) = TableFormat(network).read(path, latest=LATEST)
    return batch


def _one(path: Path, header: str, row: str, network: str | None = "forum") -> Activity:
    batch = _read(path, f"{header}\n{row}\n", network)
    assert batch.rejects == []
    (activity,) = batch.activity
    return activity


def _reason(path: Path, row: str, network: str | None = "forum") -> str:
    batch = _read(path, f"at,verb,actor,author,network\n{row}\n", network)
    assert batch.activity == []
    ((_, line, reason),) = batch.rejects
    assert line == 2
    return reason


def test_a_row_is_an_activity(path: Path) -> None:
    identity = fingerprint(f"Like\x1fforum:ada\x1fforum:ben\x1fpost 1\x1f{AT}")
    assert _one(
        path,
        "at,verb,actor,author,object,topics,url",
        f'{AT},like,ada,forum:ben,post 1,"Tea; Big Garden;;tea",https://forum.example/1',
    ) == Activity(
        f"forum:table:{identity}",
        "forum",
        "Like",
        "forum:ada",
        "forum:ben",
        "post 1",
        AT,
        AT,
        ("big-garden", "tea"),
        "https://forum.example/1",
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_separators_columns_and_verbs_may_be_written_in_many_ways(path: Path, delimiter: str) -> None:
    lines = [["AUTHOR ", "note", "Verb", "At", "Actor"], ["ben", "x,y;z", "REPLY", f"{AT}", "ada"]]
    quoted = "\r\n".join(delimiter.join(f'"{value}"' for value in line) for line in lines)
    batch = _read(path, b"\xef\xbb\xbf" + quoted.encode())
    assert [(a.verb, a.actor, a.author, a.at) for a in batch.activity] == [("Reply", "forum:ada", "forum:ben", AT)]


@pytest.mark.parametrize(
    ("at", "seconds"),
    [
        (f"{AT}", AT),
        (f" {AT} ", AT),
        (f"{AT}.9", AT),
        ("1.7e9", AT),
        ("2023-11-14T22:13:20Z", AT),
        ("2023-11-14 23:13:20.5+01:00", AT),
        ("", None),
    ],
)
def test_times(path: Path, at: str, seconds: int | None) -> None:
    activity = _one(path, "at,verb,actor,author", f"{at},Like,ada,ben")
    assert (activity.at, activity.seen_at) == (seconds, LATEST if seconds is None else seconds)


@pytest.mark.parametrize(
    ("at", "why"),
    [
        ("0", "time 0 is before 1990"),
        ("-5", "time -5 is before 1990"),
        (f"{LATEST + 1}", f"time {LATEST + 1} is in the future"),
        (f"{AT}000", "time 1.7e+12: write seconds, not milliseconds"),
        ("9" * 20, "time 1e+20: write seconds, not milliseconds"),
        ("1e999", "time inf: not a number of seconds"),
        ("nan", "time 'nan': write it like 2026-11-22T20:15:00Z, with Z or the offset from UTC"),
        ("1_700_000_000", "time '1_700_000_000': write it like"),
        ("2023-11-14T22:13:20", "time '2023-11-14T22:13:20': write it like"),
        ("9" * 5000, "time '9999"),
    ],
)
def test_absurd_times_are_rejected(path: Path, at: str, why: str) -> None:
    assert _reason(path, f"{at},Like,ada,ben,").startswith(why)


@pytest.mark.parametrize(
    ("actor", "column", "named", "account"),
    [
        ("ada", "", "forum", "forum:ada"),
        ("forum:ada", "", "forum", "forum:ada"),
        ("chat:ada", "", "forum", "forum:chat:ada"),
        ("ada", "chat", "forum", "chat:ada"),
        ("chat:ada", "Chat", "forum", "chat:ada"),
        ("forum:ada", "chat", "forum", "chat:forum:ada"),
        ("chat:ada", "", None, "chat:ada"),
        ("chat:ada:2", "", None, "chat:ada:2"),
        ("did:plc:ada", "bluesky", None, "bluesky:did:plc:ada"),
    ],
)
def test_accounts_with_and_without_their_network(
    path: Path, actor: str, column: str, named: str | None, account: str
) -> None:
    activity = _one(path, "at,verb,actor,author,network", f"{AT},Create,{actor},,{column}", named)
    assert (activity.actor, activity.author, activity.network) == (account, account, account.partition(":")[0])


@pytest.mark.parametrize(
    ("row", "named", "why"),
    [
        (f"{AT},Like,ada,ben,", None, "account 'ada': no network; add a column network, or name one with --network"),
        (f"{AT},Like,chat:ada,ben,", None, "account 'ben': no network"),
        (f"{AT},Like,Ada Lovelace: me,ben,", None, "network 'Ada Lovelace': a network is"),
        (f"{AT},Like,ada,ben,No Network", "forum", "network 'no network': a network is"),
        (f"{AT},Like,,ben,", "forum", "account id ''"),
        (f"{AT},Like,ada,,", "forum", "author is empty: only Create can be without"),
        (f"{AT},Like,a\0da,ben,", "forum", "account id 'a\\x00da'"),
        (f"{AT},{'x' * 600},ada,ben,", "forum", f"verb '{'x' * 40}': not one of Create, Like, Announce, Reply"),
        (f"{AT},,ada,ben,", "forum", "verb '': not one of"),
        (f"{AT},Like,{'x' * 600},ben,", "forum", "account id 'xxx"),
        (f"{AT},Like,ada,ben", "forum", "4 fields where the header has 5"),
        (f"{AT},Like,ada,ben,,,", "forum", "7 fields where the header has 5"),
        (f'{AT},Like,"ada"x,ben,', "forum", "not CSV: ',' expected after '\"'"),
    ],
)
def test_bad_rows_are_rejected(path: Path, row: str, named: str | None, why: str) -> None:
    assert _reason(path, row, named).startswith(why)


def test_a_network_that_is_none_is_bad_input() -> None:
    with pytest.raises(BadInput, match="a network is lower-case letters"):
        TableFormat("My Forum")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file is empty"),
        (b"\xff\n", "not a table: line 1: the line is not UTF-8"),
        (b"at,verb,who\n1,Like,ada\n", "no column actor, author; found: 'at, verb, who'"),
        (b"at,verb,actor,author,At\n", "column at stands there twice"),
        ("at,verb\n".encode("utf-16"), "the text is UTF-16; save it as UTF-8"),
        (b"PAR1", "not a readable Parquet file: "),
        (gzip.compress(b"at,verb,actor,author\n", mtime=0)[:-12], "not a table: line 1: the file breaks off here"),
    ],
)
def test_what_is_no_table_is_refused(path: Path, content: bytes, why: str) -> None:
    with pytest.raises(NotOfFormat) as refused:
        _read(path, content)
    assert str(refused.value).startswith(f"{path}: {why}")
    assert "\n" not in str(refused.value)


def test_a_header_alone_is_a_table(path: Path) -> None:
    batch = _read(path, "at,verb,actor,author\n")
    assert (batch.position, batch.done, batch.activity, batch.rejects) == (1, 1.0, [], [])


def test_a_quote_that_is_never_closed_costs_its_own_line_only(path: Path) -> None:
    rows = [f'{AT},Like,"ada,ben,note', *(f"{AT + number},Like,ada,ben,note" for number in range(5))]
    batch = _read(path, "at,verb,actor,author,note\n" + "\n".join(rows) + "\n")
    assert [activity.at for activity in batch.activity] == [AT + number for number in range(5)]
    assert [(reject.line, reject.reason) for reject in batch.rejects] == [(2, "not CSV: unexpected end of data")]


def test_a_value_does_not_go_on_for_ever(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_MOST_LINES", 3)
    good = f"{AT},Like,ada,ben,\n"
    batch = _read(path, f'at,verb,actor,author,note\n{AT},Like,ada,ben,"\n\n\n\n{good}{good[:-1]}""\n')
    assert len(batch.activity) == 2
    assert [(reject.line, reject.reason) for reject in batch.rejects] == [
        (2, "not CSV: a value goes on for more than 3 lines")
    ]


def test_a_value_may_go_on_over_lines(path: Path) -> None:
    content = f'at,verb,actor,author,note\n{AT},Like,ada,ben,"one\n\nthree"\n{AT},Boo,ada,ben,\n'
    batch = _read(path, content)
    assert len(batch.activity) == 1
    assert [reject.line for reject in batch.rejects] == [5]


@given(
    st.lists(
        st.text(alphabet=st.characters(codec="utf-8") | st.sampled_from('",;\n\r\t'), max_size=20),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from([",", ";", "\t"]),
)
def test_any_text_that_csv_can_hold_is_read(
    tmp_path_factory: pytest.TempPathFactory, objects: list[str], delimiter: str
) -> None:
    path = tmp_path_factory.mktemp("csv") / "table.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(["at", "verb", "actor", "author", "object"])
        writer.writerows([AT + number, "Like", "ada", "ben", text] for number, text in enumerate(objects))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "RECORDS", 1)
        whole = list(TableFormat("forum").read(path, latest=LATEST))
    activity = [record for batch in whole for record in batch.activity]
    assert [record.object for record in activity] == [clean(text) for text in objects]
    (middle,) = TableFormat("forum").read(path, latest=LATEST, start=whole[0].position)
    assert middle.activity == activity[1:]


def test_bad_lines_and_quotes_stand_in_the_batch_they_came_up_in(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "RECORDS", 1)
    good = f"{AT},Like,ada,ben,\n".encode()
    path.write_bytes(b"at,verb,actor,author,note\n" + good + f'{AT},Like,"ada\n'.encode() + good + b"\xff\n" + good)
    table = TableFormat("forum")
    whole = list(table.read(path, latest=LATEST))
    assert [[reject.line for reject in batch.rejects] for batch in whole if batch.rejects] == [[3], [5]]
    assert sum(len(batch.activity) for batch in whole) == 3
    for number, batch in enumerate(whole, start=1):
        rest = list(table.read(path, latest=LATEST, start=batch.position))
        assert [reject for each in rest for reject in each.rejects] == [
            reject for each in whole[number:] for reject in each.rejects
        ]


def test_gzip_that_breaks_off_keeps_what_was_before(path: Path) -> None:
    rows = "".join(f"{AT + number**2},Like,ada,ben\n" for number in range(3000))
    packed = gzip.compress(f"at,verb,actor,author\n{rows}".encode(), mtime=0)
    batch = _read(path, packed[: len(packed) // 2])
    assert len(batch.activity) > 100
    assert [reject.line for reject in batch.rejects] == [len(batch.activity) + 2]
    assert batch.position == len(batch.activity) + 2


def test_the_fingerprint_depends_on_the_network(path: Path) -> None:
    path.write_bytes(b"x")
    assert len({TableFormat(network).fingerprint(path) for network in ("a", "b", None)}) == 3


def _parquet(path: Path, select: str) -> Path:
    target = path.with_suffix(".parquet")
    with duckdb.connect() as con:
        con.execute(f"COPY ({select}) TO '{str(target).replace(chr(39), chr(39) * 2)}' (FORMAT parquet)")
    return target


def _read_parquet(path: Path, select: str) -> Batch:
    (batch,) = TableFormat("forum").read(_parquet(path, select), latest=LATEST)
    return batch


@pytest.mark.parametrize(
    "at",
    [
        f"{AT}::BIGINT",
        f"{AT}::INTEGER",
        f"{AT}.75::DOUBLE",
        f"{AT}.75::DECIMAL(12, 2)",
        f"'{AT}'",
        "TIMESTAMP '2023-11-14 22:13:20'",
        "TIMESTAMPTZ '2023-11-14 23:13:20+01:00'",
        "TIMESTAMP_NS '2023-11-14 22:13:20.5'",
    ],
)
@pytest.mark.parametrize("topics", ["['Tea', NULL, 'soil']", "'Tea;soil'"])
def test_the_same_row_is_the_same_activity_in_parquet_and_csv(path: Path, at: str, topics: str) -> None:
    row = f"""{at} AS "AT", 'like' AS verb, 7 AS actor, 'ben' AS author, {topics} AS topics, 'post' AS object"""
    (activity,) = _read_parquet(path, f"SELECT {row}").activity
    assert activity == _one(path, "at,verb,actor,author,object,topics", f"{AT},Like,7,ben,post,tea;soil")


def test_rows_of_parquet_are_rejected_by_their_number(path: Path) -> None:
    batch = _read_parquet(
        path,
        f"""SELECT * FROM (VALUES (1, {AT}.0::DOUBLE, 'Like', 'ada', 'ben'), (2, 'nan'::DOUBLE, 'Like', 'ada', 'ben'),
        (3, 'inf'::DOUBLE, 'Like', 'ada', 'ben'), (4, NULL, 'Like', 'ada', 'ben'), (5, {AT}, NULL, 'ada', 'ben'),
        (6, {AT}, 'Like', NULL, 'ben'), (7, 1e300, 'Like', 'ada', 'ben')) t(n, "at", verb, actor, author) ORDER BY n""",
    )
    assert [(activity.at, activity.seen_at) for activity in batch.activity] == [(AT, AT), (None, LATEST)]
    assert [(reject.line, reject.reason.partition(":")[0]) for reject in batch.rejects] == [
        (2, "time nan"),
        (3, "time inf"),
        (5, "verb ''"),
        (6, "account id ''"),
        (7, "time 1e+300"),
    ]


def test_a_name_with_wildcards_is_one_file(tmp_path: Path) -> None:
    row = "SELECT {} AS \"at\", 'Like' AS verb, 'ada' AS actor, 'ben' AS author"
    _parquet(tmp_path / "network=x1", row.format(AT + 1))
    batch = _read_parquet(tmp_path / "network=x[1]*", row.format(AT))
    assert [(activity.at, activity.network) for activity in batch.activity] == [(AT, "forum")]


def test_parquet_without_our_columns_is_refused(path: Path) -> None:
    with pytest.raises(NotOfFormat, match="no column at, verb, actor; found: 'a, author'"):
        _read_parquet(path, "SELECT 1 AS a, 'x' AS author")


def test_what_is_called_parquet_must_be_parquet(path: Path) -> None:
    target = path.with_suffix(".parquet")
    target.write_text("at,verb,actor,author\n")
    with pytest.raises(NotOfFormat, match="not a Parquet file"):
        _read(target, "at,verb,actor,author\n")


def _damaged(path: Path, at_share: float) -> Path:
    row = f"SELECT {AT} + i AS \"at\", 'Create' AS verb, hash(i)::VARCHAR AS actor, '' AS author FROM range(60000) t(i)"
    target = path.with_suffix(".parquet")
    with duckdb.connect() as con:
        con.execute(f"COPY ({row}) TO '{target}' (FORMAT parquet, ROW_GROUP_SIZE 2048)")
    content = bytearray(target.read_bytes())
    begin = int(len(content) * at_share)
    content[begin : begin + 60_000] = b"\xff" * 60_000
    target.write_bytes(content)
    return target


def test_parquet_that_is_damaged_from_the_beginning_is_refused(path: Path) -> None:
    with pytest.raises(NotOfFormat, match="not a readable Parquet file"):
        list(TableFormat("forum").read(_damaged(path, 0.001), latest=LATEST))


def test_parquet_that_is_damaged_further_on_gives_what_is_before(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "RECORDS", 5000)
    table, source = TableFormat("forum"), _damaged(path, 0.9)
    whole = list(table.read(source, latest=LATEST))
    activity: list[Any] = [record for batch in whole for record in batch.activity]
    assert [record.at for record in activity] == [AT + number for number in range(len(activity))]
    assert 5000 <= len(activity) < 60_000
    (reject,) = [reject for batch in whole for reject in batch.rejects]
    assert (reject.line, reject.reason.partition(":")[0]) == (len(activity) + 1, "the file breaks off here")
    (end,) = table.read(source, latest=LATEST, start=whole[-1].position)
    assert (end.activity, end.rejects) == ([], [])
