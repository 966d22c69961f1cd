"""What holds for every answer of the API: caches, compression, other sites' pages, parameters, how often it reads."""

import gzip
import http.client
import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from renown.lake import FolderLake
from renown.steps.publish import publish
from renown.table import Item, Reader, SqliteTable
from renown.web.held import HELD, HeldPointer
from renown.web.routes import build
from renown.web.serve import event, server
from renown.web.site import Site
from tests.integration.runs_made import card, finish

NOW = 1_800_000_000


class Counting:
    """A table that counts its reads."""

    def __init__(self, table: Reader) -> None:
        self.table = table
        self.reads: list[str] = []

    def get(self, pk: str, sk: str) -> Item | None:
        self.reads.append(pk)
        return self.table.get(pk, sk)

    def get_many(self, keys: Iterable[tuple[str, str]]) -> list[Item]:
        self.reads.append("many")
        return self.table.get_many(keys)

    def query(self, pk: str, *, after: str = "", limit: int = 100) -> list[Item]:
        self.reads.append(f"query {pk}")
        return self.table.query(pk, after=after, limit=limit)


@pytest.fixture
def lake(tmp_path: Path) -> FolderLake:
    return FolderLake(tmp_path / "lake")


@pytest.fixture
def table(tmp_path: Path, lake: FolderLake) -> Iterator[SqliteTable]:
    table = SqliteTable(tmp_path / "table")
    cards = [card("@ada", 60.0), card("@bob", 50.0), *(card(f"net:{n:03d}", 40 - n / 10) for n in range(120))]
    finish(lake, "r1", [*cards, card("@new", None)])
    publish(lake, table, now=NOW, secret="made up")
    yield table
    table.close()


def ask(site: Site, target: str, method: str = "GET", *, now: int = NOW, **headers: str) -> tuple[int, Any, Any]:
    sent = [(name.replace("_", "-"), value) for name, value in headers.items()]
    answer = site.resolve(event(method, target, sent, now), None)
    return answer["statusCode"], answer["multiValueHeaders"], answer


def body(answer: Any) -> Any:
    return json.loads(answer["body"])


@pytest.mark.parametrize(
    ("later", "seconds"), [(0, 3600), (86_400 - 1800, 1800), (86_400 - 10, 60), (86_400 + 5000, 60)]
)
def test_answers_may_be_kept_until_the_next_run_is_expected(table: SqliteTable, later: int, seconds: int) -> None:
    for target in ("/v1/profiles/ada", "/v1/leaderboard", "/v1/runs/current", "/@ada"):
        assert ask(build(table), target, now=NOW + later)[1]["Cache-Control"] == [f"public, max-age={seconds}"]


def test_the_next_run_is_expected_after_as_long_as_between_the_last_two(lake: FolderLake, table: SqliteTable) -> None:
    for number, (since, expected) in enumerate(((7200, 7200), (10, 3600), (10**6, 86_400)), 2):
        finish(lake, f"r{number}", [card("@ada", 60.0)])
        pointer = publish(lake, table, now=NOW, force=True)
        at = {2: "2027-01-15T08:00:00Z"}
        assert pointer.published_at == at[2]
        later = NOW + since
        finish(lake, f"s{number}", [card("@ada", 60.0)])
        after = publish(lake, table, now=later, force=True)
        assert after.next_at is not None
        found = body(ask(build(table), "/v1/runs/current")[2])
        assert found["next_at"] == after.next_at
        assert ask(build(table), "/v1/health", now=later + expected - 900)[1]["Cache-Control"] == [
            "public, max-age=900"
        ]
        assert "secret" not in found


def test_the_secret_of_the_first_pointer_stays(lake: FolderLake, table: SqliteTable) -> None:
    token = body(ask(build(table), "/v1/leaderboard?limit=1")[2])["next"].partition("cursor=")[2]
    finish(lake, "r2", [card("@ada", 60.0)])
    assert publish(lake, table, now=NOW, force=True, secret="another").secret == "made up"
    assert "belongs to an earlier run" in body(ask(build(table), f"/v1/leaderboard?cursor={token}")[2])["detail"]


@pytest.mark.parametrize(
    ("accepts", "packed"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("*", True),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip; q=0.0, br", False),
        ("", False),
    ],
)
def test_what_is_worth_it_is_compressed_for_who_takes_it(table: SqliteTable, accepts: str, packed: bool) -> None:
    site = build(table)
    _, plain, answer = ask(site, "/v1/leaderboard")
    with server(site, "127.0.0.1", 0) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        connection = http.client.HTTPConnection("127.0.0.1", listening.server_address[1], timeout=10)
        for target, known, status in (
            ("/v1/leaderboard", "", 200),
            ("/v1/leaderboard", plain["ETag"][0], 304),
            ("/v1/health", "", 200),
        ):
            connection.request("GET", target, headers={"Accept-Encoding": accepts, "If-None-Match": known})
            got = connection.getresponse()
            sent = got.read()
            compressed = packed and target == "/v1/leaderboard" and status == 200  # what is short is not worth it
            assert (got.status, got.headers["Vary"]) == (status, "Accept-Encoding")
            assert got.headers["Content-Encoding"] == ("gzip" if compressed else None)
            if target == "/v1/leaderboard":
                assert got.headers["ETag"] == plain["ETag"][0]  # weak: of the answer, not of its bytes
                assert (gzip.decompress(sent) if compressed else sent).decode() == (
                    "" if status == 304 else answer["body"]
                )
        connection.close()
        listening.shutdown()


def test_head_has_the_headers_of_get(table: SqliteTable) -> None:
    for target in ("/v1/leaderboard", "/v1/profiles/ada", "/v1/profiles/nobody", "/", "/v1/profiles/ada?x=1"):
        status, headers, _ = ask(build(table), target)
        assert ask(build(table), target, "HEAD")[:2] == (status, headers)


def test_pages_of_other_sites_may_read(table: SqliteTable) -> None:
    for target in ("/v1/profiles/ada", "/v1/profiles/nobody", "/openapi.json", "/"):
        assert ask(build(table), target, Origin="https://example.org")[1]["Access-Control-Allow-Origin"] == ["*"]
        status, headers, answer = ask(build(table), target, "OPTIONS", Access_Control_Request_Method="GET")
        assert (status, answer["body"]) == (204, "")
        assert headers["Access-Control-Allow-Methods"] == headers["Allow"] == ["GET, HEAD, OPTIONS"]
        assert headers["Access-Control-Allow-Headers"] == ["If-None-Match, X-Api-Key"]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("/v1/profiles", "'ids': 0 are named; name 1 to 100"),
        ("/v1/profiles?ids=", "'ids': 0 are named"),
        ("/v1/profiles?ids=ada,,bob", "'ids': there is nothing before or after a comma"),
        ("/v1/profiles?ids=ada,@ada", "'ids': '@ada' is named twice"),
        ("/v1/profiles?ids=NET:1", "a network is lower-case"),
        ("/v1/profiles?ids=" + "a" * 2001, "'ids': '@" + "a" * 79),
        ("/v1/profiles?ids=" + ",".join(f"p{n}" for n in range(101)), "'ids': 101 are named"),
        ("/v1/profiles?ids=ada&ids=bob", "'ids': given 2 times"),
        ("/v1/compare?handles=ada", "'handles': 1 are named; name 2 to 5"),
        ("/v1/compare?handles=a,b,c,d,e,f", "'handles': 6 are named"),
        ("/v1/compare?ids=ada,bob", "'ids': known are handles"),
        ("/v1/runs/current?run=r1", "'run': there are none here"),
    ],
)
def test_what_is_asked_wrongly_is_named(table: SqliteTable, target: str, said: str) -> None:
    status, _, answer = ask(build(table), target)
    assert status == 400
    assert said in body(answer)["detail"]


def test_several_scorecards_in_the_order_they_were_asked_for(table: SqliteTable) -> None:
    counting = Counting(table)
    names = ["net:003", "simulated:bob", "@new", "nobody", "ada", "net:none"]
    found = body(ask(build(counting), f"/v1/profiles?ids={','.join(names)}")[2])
    assert [each["id"] for each in found["profiles"]] == ["net:003", "@bob", "@new", "@ada"]
    assert found["missing"] == ["@nobody", "net:none"]
    assert (found["run"], found["formula"]) == ("r1", "2026-11")
    assert Counter(counting.reads)["many"] == 2
    hundred = ",".join(f"net:{n:03d}" for n in range(100))
    assert len(body(ask(build(table), f"/v1/profiles?ids={hundred}")[2])["profiles"]) == 100


def test_profiles_side_by_side(table: SqliteTable) -> None:
    found = body(ask(build(table), "/v1/compare?handles=@ada,bob,new")[2])
    assert [each["id"] for each in found["profiles"]] == ["@ada", "@bob", "@new"]
    assert [pair["told_apart"] for pair in found["pairs"]] == [False, False, False]
    status, _, answer = ask(build(table), "/v1/compare?handles=ada,nobody")
    assert status == 404
    assert "@nobody has no scorecard" in body(answer)["detail"]


def test_a_scorecard_is_one_read_of_the_table(table: SqliteTable) -> None:
    clock = [100.0]
    counting = Counting(table)
    site = build(HeldPointer(counting, lambda: clock[0]))
    for wait, reads in ((0.0, ["pointer", "card#@ada"]), (HELD / 2, ["card#@ada"]), (HELD, ["pointer", "card#@ada"])):
        clock[0] += wait
        counting.reads.clear()
        assert ask(site, "/v1/profiles/ada")[0] == 200
        assert counting.reads == reads
    for target, reads in (
        ("/v1/leaderboard", ["top#r1"]),
        ("/v1/runs/current", []),
        ("/v1/accounts/net/001", ["card#net:001"]),
        ("/v1/profiles/ada/history", ["card#@ada", "many", "query history#@ada"]),
    ):
        counting.reads.clear()
        assert ask(site, target)[0] == 200
        assert counting.reads == reads, target


def test_a_new_run_is_seen_after_some_seconds(lake: FolderLake, table: SqliteTable) -> None:
    clock = [0.0]
    site = build(HeldPointer(table, lambda: clock[0]))
    assert body(ask(site, "/v1/profiles/ada")[2])["run"] == "r1"
    finish(lake, "r2", [card("@ada", 61.0)])
    publish(lake, table, now=NOW, force=True)
    assert body(ask(site, "/v1/profiles/ada")[2])["run"] == "r1"  # whole, and still there
    clock[0] += HELD
    assert body(ask(site, "/v1/profiles/ada")[2])["run"] == "r2"


def test_nothing_published_is_not_remembered(lake: FolderLake, tmp_path: Path) -> None:
    table = SqliteTable(tmp_path / "later")
    site = build(HeldPointer(table, lambda: 0.0))
    assert ask(site, "/v1/health")[0] == 503
    finish(lake, "r9", [card("@ada", 61.0)])
    publish(lake, table, now=NOW)
    assert ask(site, "/v1/health")[0] == 200
    table.close()


def test_over_a_socket_compressed_and_kept_open(table: SqliteTable) -> None:
    with server(build(table), "127.0.0.1", 0) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        connection = http.client.HTTPConnection("127.0.0.1", listening.server_address[1], timeout=10)
        connection.connect()
        kept = connection.sock
        for _ in range(2):
            connection.request("GET", "/v1/leaderboard", headers={"Accept-Encoding": "gzip"})
            answer = connection.getresponse()
            assert len(json.loads(gzip.decompress(answer.read()))["entries"]) == 50
            assert connection.sock is kept
        connection.request("OPTIONS", "/v1/leaderboard")
        assert connection.getresponse().read() == b""
        connection.request("POST", "/v1/leaderboard", body=b"GET /v1/health HTTP/1.1\r\n\r\n")
        answer = connection.getresponse()
        assert (answer.status, answer.headers["Connection"]) == (405, "close")
        answer.read()
        connection.close()
        listening.shutdown()


HEAVY = """
import os, sys
os.environ.update(RENOWN_TABLE={table!r}, AWS_REGION="x", AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x")
sys.path[:0] = ["shared", "functions/api"]
import handler
from renown.web.serve import event
answer = handler.routes().resolve(event("GET", "/v1/profiles/ada"), None)
loaded = {{name.partition(".")[0] for name in sys.modules}}
import renown.dynamo
print(answer["statusCode"], "botocore.client" in sys.modules, *sorted(loaded - sys.stdlib_module_names))
"""
WANTED = {"botocore", "aws_lambda_powertools", "handler", "jmespath", "renown", "typing_extensions"}
"""Powertools looks whether botocore is there, and imports none of its modules."""


def test_what_answers_json_imports_little(table: SqliteTable, tmp_path: Path) -> None:
    code = HEAVY.format(table=str(tmp_path / "table"))
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-I", "-c", code], cwd=root, capture_output=True, text=True, check=True)
    status, client, *loaded = done.stdout.split()
    assert (status, client) == ("200", "False")
    assert {name for name in loaded if not name.startswith("_")} <= WANTED
