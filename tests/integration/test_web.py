"""The API and the pages, over SQLite and DynamoDB (moto), as events and through a real socket."""

import http.client
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from renown.lake import FolderLake
from renown.steps.publish import publish
from renown.table import SqliteTable, Table
from renown.web.routes import build
from renown.web.serve import event, server
from renown.web.site import Site
from tests.contract.test_table import create
from tests.integration.runs_made import card, finish

EVIL = """<script>alert(1)</script>"'&{{7*7}}\u202e"""


def fill(table: Table, folder: Path) -> Site:
    lake = FolderLake(folder / "lake")
    cards = [card("@ada", 60.0), card("@eve", 58.0, name=EVIL)]
    cards += [card(f"net:{n:03d}", 50 - n / 10) for n in range(120)]
    cards += [card("mastodon:ada@example.social", 20.0), card("bluesky:did:plc:x/y z", 19.0), card("@new", None)]
    finish(lake, "r1", cards)
    publish(lake, table, now=1_800_000_000)
    return build(table)


@pytest.fixture(params=["sqlite", "dynamodb"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    if request.param == "sqlite":
        table = SqliteTable(tmp_path / "table.sqlite")
        yield fill(table, tmp_path)
        table.close()
    else:
        with mock_aws():
            yield fill(create("renown"), tmp_path)


def ask(site: Site, target: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, list[str]], str]:
    answer = site.resolve(event(method, target, {k.replace("_", "-"): v for k, v in headers.items()}), None)
    return answer["statusCode"], answer["multiValueHeaders"], answer["body"]


def get(site: Site, target: str) -> dict[str, Any]:
    status, headers, body = ask(site, target)
    assert status == 200, body
    assert headers["Content-Type"] == ["application/json; charset=utf-8"]
    found: dict[str, Any] = json.loads(body)
    return found


def test_a_scorecard_by_handle_and_by_account(site: Site) -> None:
    ada = get(site, "/v1/profiles/ada")
    assert (ada["score"], ada["name"], ada["evidence"]["reactors"]) == (60.0, "Ada", 9)
    assert get(site, "/v1/accounts/simulated/ada") == ada
    assert get(site, "/v1/profiles/new")["missing"] == "3 of 5 people needed"


@pytest.mark.parametrize(
    ("target", "card_id"),
    [
        ("/v1/accounts/mastodon/ada@example.social", "mastodon:ada@example.social"),
        ("/v1/accounts/mastodon/ada%40example.social", "mastodon:ada@example.social"),
        ("/v1/accounts/bluesky/did%3Aplc%3Ax%2Fy%20z", "bluesky:did:plc:x/y z"),
    ],
)
def test_ids_may_be_encoded(site: Site, target: str, card_id: str) -> None:
    assert get(site, target)["id"] == card_id


def test_the_leaderboard_gives_everybody_once(site: Site) -> None:
    target: str | None = "/v1/leaderboard?limit=7"
    ids = []
    while target:
        page = get(site, target)
        ids += [entry["id"] for entry in page["entries"]]
        target = page["next"]
    assert len(ids) == len(set(ids)) == 124
    assert ids[:2] == ["@ada", "@eve"]
    assert len(get(site, "/v1/leaderboard")["entries"]) == 50


@pytest.mark.parametrize(
    ("target", "status", "said"),
    [
        ("/v1/profiles/nobody", 404, "@nobody has no scorecard"),
        ("/v1/accounts/NET/1", 400, "a network is lower-case"),
        ("/v1/nothing", 404, "there is nothing at /v1/nothing"),
        ("/v1/leaderboard?limit=0", 400, "'limit'"),
        ("/v1/leaderboard?limit=x", 400, "'limit'"),
        ("/v1/leaderboard?limit=1&limit=2", 400, "given 2 times"),
        ("/v1/leaderboard?cursor=x", 400, "'cursor'"),
        ("/v1/leaderboard?cursor=WyJyMCIsIDFd", 400, "earlier run"),
        ("/v1/profiles/ada?colour=red", 400, "parameter 'colour': there are none here"),
        ("/v1/leaderboard?top=1", 400, "known are limit, cursor"),
    ],
)
def test_what_is_wrong_is_a_problem(site: Site, target: str, status: int, said: str) -> None:
    answered, headers, body = ask(site, target)
    problem = json.loads(body)
    assert (answered, problem["status"], headers["Content-Type"]) == (status, status, ["application/problem+json"])
    assert problem["type"].startswith("urn:renown:problem:")
    assert said in problem["detail"]


def test_only_reads(site: Site) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "TRACE"):
        status, headers, _ = ask(site, "/v1/profiles/ada", method)
        assert (status, headers["Allow"]) == (405, ["GET, HEAD"])


def test_head_is_get_without_the_body(site: Site) -> None:
    status, headers, body = ask(site, "/v1/profiles/ada", "HEAD")
    assert (status, body) == (200, "")
    assert headers["ETag"] == ask(site, "/v1/profiles/ada")[1]["ETag"]


def test_what_has_not_changed_is_not_sent_again(site: Site) -> None:
    (tag,) = ask(site, "/v1/profiles/ada")[1]["ETag"]
    assert ask(site, "/v1/profiles/ada", If_None_Match=tag)[0::2] == (304, "")
    assert ask(site, "/v1/profiles/eve", If_None_Match=tag)[0] == 200


@pytest.mark.parametrize("target", ["/", "/@ada", "/@eve", "/@new", "/accounts/net/001", "/@nobody", "/etc/passwd"])
def test_pages_are_whole_and_closed(site: Site, target: str) -> None:
    status, headers, body = ask(site, target)
    assert status == (404 if target in ("/@nobody", "/etc/passwd") else 200)
    assert headers["Content-Type"] == ["text/html; charset=utf-8"]
    assert "default-src 'none'" in headers["Content-Security-Policy"][0]
    assert body.rstrip().endswith("</html>")
    assert "<script" not in body
    assert ("{{7*7}}" in body) == (target in ("/", "/@eve"))  # a template in a name is no template of ours
    assert "style=" not in body
    assert "made up" in body or status == 404


def test_links_of_pages_stand_behind_the_stage(site: Site) -> None:
    request = event("GET", "/", {})
    request["requestContext"]["path"] = "/Prod/"
    body = site.resolve(request, None)["body"]
    assert 'href="/Prod/style.css"' in body
    assert 'href="/Prod/@ada"' in body


def test_before_anything_is_published(tmp_path: Path) -> None:
    site = build(SqliteTable(tmp_path / "empty.sqlite"))
    status, headers, body = ask(site, "/v1/leaderboard")
    assert (status, headers["Retry-After"]) == (503, ["60"])
    assert "renown run" in json.loads(body)["detail"]
    assert ask(site, "/")[0] == 503


def test_what_goes_wrong_inside_stays_inside(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("renown.web.routes.current", broken)
    status, _, body = ask(site, "/v1/profiles/ada")
    assert status == 500
    assert "secret" not in body


def test_over_a_real_socket(site: Site) -> None:
    with server(site, "127.0.0.1", 0) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        connection = http.client.HTTPConnection("127.0.0.1", listening.server_address[1], timeout=10)
        for method, target, status in (
            ("GET", "/v1/profiles/ada", 200),
            ("HEAD", "/@ada", 200),
            ("DELETE", "/v1/profiles/ada", 405),
            ("GET", "/../../etc/passwd", 404),
            ("GET", "/" + "a" * 20_000, 404),
            ("GET", "/style.css", 200),
        ):
            connection.request(method, target)
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == status, (method, target, body)
        connection.close()
        listening.shutdown()


def test_the_api_imports_nothing_heavy() -> None:
    heavy = ("duckdb", "numpy", "boto3", "networkx", "jinja2")
    code = f"import sys, renown.web.routes; print([name for name in {heavy} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
