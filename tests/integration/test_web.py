"""The API and the pages, over SQLite and DynamoDB (moto), as events and through a real socket."""

import base64
import http.client
import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from moto import mock_aws

from renown.activity import topic
from renown.errors import BadInput
from renown.lake import FolderLake
from renown.scoring.formula import Formula, load
from renown.steps.publish import publish
from renown.table import SqliteTable, Table
from renown.web.cursors import cursor
from renown.web.routes import build
from renown.web.serve import event, server
from renown.web.site import Site
from tests.contract.test_table import create
from tests.integration import runs_made
from tests.integration.runs_made import card, finish

NOW = 1_800_000_000
EVIL = """<script>alert(1)</script>"'&{{7*7}}\u202e"""


SECRET = "made up"
LEADERS, OF_ADA, OF_NEW = "leaderboard", "receipts @ada", "receipts @new"
ON_TOPICS = ["/topics", "/topics/machine-learning"]


def unsigned(content: str) -> str:
    return base64.urlsafe_b64encode(bytes(16) + content.encode()).decode().rstrip("=")


GRADED = {
    "formula": "2026-11c",
    "horizon_days": 28.0,
    "cutoffs": [
        {
            "cutoff": "2026-08-01T00:00:00Z",
            "against": {"spearman": {"best": "persistence", "difference": 0.05, "low": -0.01, "high": 0.11}},
            "calibration": [{"from": 1.0, "n": 12, "said": 1.5, "happened": 1.25, "coverage80": 0.75}],
        }
    ],
}
PRICE = {
    "defended": True,
    "attacks": [{"kind": "ring", "sybils": 1000, "bought": 0, "gain": 0.42, "by_count": 21.5}],
}


def fill(table: Table, folder: Path) -> Site:
    lake = FolderLake(folder / "lake")
    lake.write("backtests/latest.json", json.dumps(GRADED).encode())
    lake.write("redteam/latest.json", json.dumps(PRICE).encode())
    evidence = {"reactors": 9, "needed": 5, "reactions": 120, "trusted": 0.9, "defended": True}
    cards = [card("@ada", 60.0, evidence=evidence), card("@eve", 58.0, name=EVIL), card("@one", 57.5)]
    cards += [card(f"net:{n:03d}", 50 - n / 10) for n in range(120)]
    cards += [card("mastodon:ada@example.social", 20.0), card("bluesky:did:plc:x/y z", 19.0), card("@new", None)]
    pages = [
        *runs_made.receipts("@ada", [0.5] * 120),
        *runs_made.receipts("@eve", [58 / 12] * 12, reactor="@ada", object=EVIL, url="https://x.example/" + EVIL),
    ]
    tied = [runs_made.ties("@ada", ["@eve"], url="https://net.example/last"), runs_made.ties("@eve", [EVIL], url=EVIL)]
    parted = [runs_made.split("@ada", ["@eve"]), runs_made.split("@eve", [EVIL]), runs_made.split("@new", audience=7)]
    hostile = {"url": "https://x.example/" + EVIL, "post": EVIL, "at": "2026-10-30T12:00:00Z", "people": 1}
    claimed = [runs_made.claims("@ada", ["Machine Learning", "شاي"]), runs_made.claims("@eve", [EVIL], best=[hostile])]
    claimed.append(runs_made.claims("@new", []))
    voices = [runs_made.heard("Machine Learning", ["@ada", "net:001"], 700), runs_made.heard("شاي", ["@ada"], 600)]
    voices += [runs_made.heard("🫖", ["@ada"], 500), runs_made.heard(EVIL, ["@eve", "@ada"], 400, name=EVIL)]
    finish(lake, "r1", cards, pages, tied, parted, claimed=claimed, voices=voices)
    publish(lake, table, now=NOW, secret=SECRET)
    return build(table)


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Site]:
    table = SqliteTable(tmp_path / "table.sqlite")
    yield fill(table, tmp_path)
    table.close()


@pytest.fixture(params=["sqlite", "dynamodb"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    if request.param == "sqlite":
        yield request.getfixturevalue("laptop")
    else:
        with mock_aws():
            yield fill(create("renown"), tmp_path)


def ask(site: Site, target: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, list[str]], str]:
    answer = site.resolve(event(method, target, [(k.replace("_", "-"), v) for k, v in headers.items()]), None)
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
    assert len(ids) == len(set(ids)) == 125
    assert ids[:2] == ["@ada", "@eve"]
    assert len(get(site, "/v1/leaderboard")["entries"]) == 50


def test_receipts_give_every_reaction_once_and_say_what_is_left(site: Site) -> None:
    target: str | None = "/v1/profiles/ada/receipts?limit=70"
    seen: list[dict[str, Any]] = []
    while target:
        page = get(site, target)
        assert (page["id"], page["run"], page["score"], page["reactions"]) == ("@ada", "r1", 60.0, 120)
        assert page["before"] == {"reactions": len(seen), "points": 0.5 * len(seen)}
        seen += page["entries"]
        assert page["after"] == {"reactions": 120 - len(seen), "points": 0.5 * (120 - len(seen))}
        assert page["here"] == {"reactions": len(page["entries"]), "points": 0.5 * len(page["entries"])}
        target = page["next"]
    assert [entry["object"] for entry in seen] == [f"post{number}" for number in range(120)]
    first = ask(site, "/v1/profiles/ada/receipts")
    assert len(json.loads(first[2])["entries"]) == 50
    following = f'<{json.loads(first[2])["next"]}>; rel="next"'
    assert first[1]["Link"] == [following, '</openapi.json>; rel="service-desc"']


def test_who_has_no_score_has_no_receipts_and_is_told_why(site: Site) -> None:
    none = get(site, "/v1/profiles/new/receipts")
    assert (none["entries"], none["reactions"], none["next"]) == ([], 0, None)
    assert (none["score"], none["missing"]) == (None, "3 of 5 people needed")
    assert none["before"] == none["here"] == none["after"] == {"reactions": 0, "points": 0.0}


def test_relationships(site: Site) -> None:
    found = get(site, "/v1/profiles/ada/relationships")
    assert (found["id"], found["run"], found["counts"]["mutual"]) == ("@ada", "r1", 4)
    assert [person["who"] for person in found["named"]["mutual"]] == ["@eve"]
    _, _, page = ask(site, "/@ada")
    assert "had to do with 5 people" in page
    assert '<a href="/@eve"><bdi>@eve</bdi></a>' in page
    assert 'reacted 4 times, lastly <time datetime="2026-10-29">2026-10-29</time>' in page
    assert '<a href="https://net.example/last" rel="nofollow noopener">here</a>' in page


def test_segments(site: Site) -> None:
    found = get(site, "/v1/profiles/ada/segments")
    assert (found["id"], found["run"], found["audience"]) == ("@ada", "r1", 40)
    assert found["communities"][0]["bridges"]["named"] == [{"who": "@eve", "beyond": 31}]
    words = words_of(ask(site, "/@ada")[2])
    assert "community 2, around @eve, on beer firm @eve 30 75% 12, before 8" in words
    assert "10 more are in smaller parts." in words
    assert "hops @eve 30 75% 12, before 8" in words
    assert "community 1, on beer: 420 people. Who leads on to them: @eve" in words
    few = ask(site, "/@new")[2]
    assert "split into segments from 20 people on; here it is 7 so far" in few
    assert "Hardly reached" not in few
    assert "Segments" not in ask(site, "/@one")[2]


def words_of(page: str) -> str:
    """What a page says, without its markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"</?(bdi|a)\b[^>]*>", "", page)).split())


def test_topics_of_a_profile(site: Site) -> None:
    found = get(site, "/v1/profiles/ada/topics")
    assert (found["id"], found["run"], found["hidden"]) == ("@ada", "r1", 1)
    assert [claim["topic"] for claim in found["claims"]] == ["machine-learning", "شاي"]
    assert get(site, "/v1/profiles/%61da/topics") == found
    page = ask(site, "/@ada")[2]
    assert '<h3><a href="/topics/machine-learning"><bdi>Machine Learning</bdi></a>' in page
    assert '<a href="/topics/%D8%B4%D8%A7%D9%8A"><bdi>شاي</bdi></a>' in page
    words = words_of(page)
    assert "legitimate voice 50% of the response, 10% of the posts on it here: 4 posts, 9 people, proved since" in words
    assert "Half of the reactions come within 1.5 hours; 25% of them are by people who had not reacted before." in words
    assert "Pins: 20% of the posts, 1% of the response." in words
    assert "Kites: 7 of 9 people, where it is 10% of everybody." in words
    assert "1 topic is hidden by Ada." in words
    new = " ".join(ask(site, "/@new")[2].split())
    assert "No topic is proved: that takes at least three posts" in new
    for target in ("/@one", "/accounts/net/001"):
        assert '<h2 id="topics">' not in ask(site, target)[2]


def test_the_list_of_topics_gives_every_one_once(tmp_path: Path) -> None:
    lake, table = FolderLake(tmp_path / "lake"), SqliteTable(tmp_path / "table.sqlite")
    topics = ["Machine Learning", "شاي", "🫖", *(f"t{n:03d}" for n in range(127))]
    voices = [runs_made.heard(name, ["@ada"], 300 - n) for n, name in enumerate(topics)]
    finish(lake, "r1", [card("@ada", 60.0)], voices=voices[::-1])
    publish(lake, table, now=1_800_000_000)
    site = build(table)
    target: str | None = "/v1/topics?limit=70"
    entries: list[dict[str, Any]] = []
    while target:
        page = get(site, target)
        assert (page["run"], page["topics"]) == ("r1", 130)
        entries += page["entries"]
        target = page["next"]
    assert [entry["name"] for entry in entries] == topics
    assert entries[0] == {"topic": "machine-learning", "name": "Machine Learning", "people": 300, "heard": 1}
    _, headers, body = ask(site, "/v1/topics")
    assert len(json.loads(body)["entries"]) == 50
    assert f'<{json.loads(body)["next"]}>; rel="next"' in headers["Link"]
    shown = ask(site, "/topics")[2]
    assert "The 100 topics that most people react to" in shown
    assert shown.count("<tr><th") == 101
    assert '<a href="/topics/%F0%9F%AB%96"><bdi>🫖</bdi></a>' in shown
    table.close()


@pytest.mark.parametrize(
    ("name", "topic"),
    [
        ("machine-learning", "machine-learning"),
        ("Machine%20Learning", "machine-learning"),
        ("%23machine_learning", "machine-learning"),
        ("MACHINE%2FLearning", "machine-learning"),
        (
            "%EF%BC%AD%EF%BC%A1%EF%BC%A3%EF%BC%A8%EF%BC%A9%EF%BC%AE%EF%BC%A5-learning",
            "machine-learning",
        ),  # wide letters
        ("%D8%B4%D8%A7%D9%8A", "شاي"),
        ("شاي", "شاي"),
        ("%F0%9F%AB%96", "🫖"),
    ],
)
def test_who_is_heard_on_a_topic_in_any_spelling_of_the_tag(site: Site, name: str, topic: str) -> None:
    found = get(site, f"/v1/topics/{name}")
    assert (found["topic"], found["run"], found["voices"][0]["id"]) == (topic, "r1", "@ada")
    status, _, page = ask(site, f"/topics/{name}")
    assert status == 200
    assert '<a href="/@ada"><bdi>Ada</bdi></a>' in page
    assert ("Who together reach the most" in page) == (topic == "machine-learning")


@pytest.mark.parametrize(
    "name", ["none", "a" * 10_000, "%F0%9F%AB%96" * 800, "%ff%fe", "%00", "%20", "%23", "..", "%2e%2e%2f", "%ED%A0%80"]
)
def test_a_topic_that_nobody_claims_is_not_found(site: Site, name: str) -> None:
    expected = 404 if len(name) < 4_000 else 414
    status, headers, body = ask(site, f"/v1/topics/{name}")
    assert (status, headers["Content-Type"]) == (expected, ["application/problem+json"])
    assert len(json.loads(body)["detail"]) < 300
    status, headers, _ = ask(site, f"/topics/{name}")
    assert (status, headers["Content-Type"]) == (expected, ["text/html; charset=utf-8"])


def test_hostile_names_of_topics_and_people_stay_text(site: Site) -> None:
    slug = quote(topic(EVIL), safe="")
    pages_ = [ask(site, target) for target in ("/topics", f"/topics/{slug}", "/@eve")]
    for status, _, page in pages_:
        assert status == 200
        assert "<script" not in page
        assert not re.search(r"""(?:href|src|action)=["']?\s*(?:javascript|data|vbscript):""", page, re.IGNORECASE)
        assert "&lt;script&gt;alert(1)" in page
        assert "{{7*7}}" in page
        assert f'href="/topics/{slug}"' in page or "Who is heard" in page
    assert get(site, f"/v1/topics/{slug}")["voices"][0]["name"] == EVIL


def test_the_page_shows_the_biggest_receipts(site: Site) -> None:
    ada, eve, one = (ask(site, target)[2] for target in ("/accounts/simulated/ada", "/@eve", "/@one"))
    assert ada.count('<a href="https://net.example/post') == ada.count(">somebody<") == 10
    assert "110 more reactions add\n55.00 points." in ada
    assert 'href="/v1/profiles/ada/receipts"' in ada
    assert eve.count('<a href="/@ada"><bdi>@ada</bdi></a>') == 10
    assert "2 more reactions add\n9.67 points." in eve
    assert "Receipts" not in one
    assert "Receipts" not in ask(site, "/@new")[2] + ask(site, "/accounts/net/001")[2]


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
        ("/v1/leaderboard?limit=0000000011", 400, "'limit'"),
        ("/v1/leaderboard?limit=%C2%B2", 400, "'limit'"),
        ("/v1/leaderboard?cursor=" + cursor(SECRET, LEADERS, "r0", 1), 400, "earlier run"),
        ("/v1/leaderboard?cursor=" + cursor(SECRET, OF_ADA, "r1", 1), 400, "another list"),
        ("/v1/leaderboard?cursor=" + cursor("guessed", LEADERS, "r1", 1), 400, "take it from the `next`"),
        ("/v1/leaderboard?cursor=" + unsigned('["leaderboard","r1",1]'), 400, "take it from the `next`"),
        ("/v1/leaderboard?cursor=" + cursor(SECRET, LEADERS, "r1", -1), 400, "the list has 125 entries"),
        ("/v1/leaderboard?cursor=" + cursor(SECRET, LEADERS, "r1", 125), 400, "the list has 125 entries"),
        ("/v1/leaderboard?cursor=" + unsigned("[" * 5000), 400, "'cursor'"),
        ("/v1/profiles/nobody/receipts", 404, "@nobody has no scorecard"),
        ("/v1/profiles/one/receipts", 404, "@one: run r1 was made without receipts"),
        ("/v1/profiles/one/relationships", 404, "@one: run r1 was made without relationships"),
        ("/v1/profiles/one/topics", 404, "@one: run r1 was made without topics"),
        ("/v1/profiles/nobody/topics", 404, "@nobody has no scorecard"),
        ("/v1/profiles/ada/topics?limit=1", 400, "parameter 'limit': there are none here"),
        ("/v1/topics?limit=0", 400, "'limit'"),
        ("/v1/topics?limit=101", 400, "'limit'"),
        ("/v1/topics?page=2", 400, "known are limit, cursor"),
        ("/v1/topics?cursor=x", 400, "'cursor'"),
        ("/v1/topics?cursor=" + cursor(SECRET, "topics", "r0", 1), 400, "earlier run"),
        ("/v1/topics?cursor=" + cursor(SECRET, "topics", "r1", 4), 400, "the list has 4 entries"),
        ("/v1/topics/tea?limit=1", 400, "there are none here"),
        ("/v1/topics/none", 404, "nobody can claim the topic 'none' yet: that takes 3 posts on it and 5 people"),
        ("/v1/topics/a/b", 404, "there is nothing at"),
        ("/v1/profiles/one/segments", 404, "@one: run r1 was made without segments"),
        ("/v1/profiles/ada/receipts?limit=101", 400, "'limit'"),
        ("/v1/profiles/ada/receipts?page=2", 400, "known are limit, cursor"),
        ("/v1/profiles/ada/receipts?cursor=" + cursor(SECRET, OF_ADA, "r1", 120), 400, "the list has 120 entries"),
        ("/v1/profiles/new/receipts?cursor=" + cursor(SECRET, OF_NEW, "r1", 0), 400, "the list has 0 entries"),
        ("/v1/profiles/ada/receipts?cursor=" + cursor(SECRET, OF_ADA, "r0", 1), 400, "earlier run"),
        ("/v1/profiles/ada/receipts/2", 404, "there is nothing at"),
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
        assert (status, headers["Allow"]) == (405, ["GET, HEAD, OPTIONS"])


def test_head_is_get_without_the_body(site: Site) -> None:
    status, headers, body = ask(site, "/v1/profiles/ada", "HEAD")
    assert (status, body) == (200, "")
    assert headers["ETag"] == ask(site, "/v1/profiles/ada")[1]["ETag"]


def test_what_has_not_changed_is_not_sent_again(site: Site) -> None:
    (tag,) = ask(site, "/v1/profiles/ada")[1]["ETag"]
    assert tag.startswith('W/"')
    assert ask(site, "/v1/profiles/ada", If_None_Match=tag.removeprefix("W/"))[0] == 304
    assert ask(site, "/v1/profiles/ada", If_None_Match=tag)[0::2] == (304, "")
    assert ask(site, "/v1/profiles/ada", If_None_Match=f'"other",{tag}')[0] == 304
    assert ask(site, "/v1/profiles/ada", if_none_match="*")[0] == 304
    assert ask(site, "/v1/profiles/eve", If_None_Match=tag)[0] == 200
    assert ask(site, "/v1/profiles/nobody", If_None_Match="*")[0] == 404


@pytest.mark.parametrize(
    "target", ["/", "/@ada", "/@eve", "/@new", "/accounts/net/001", "/@nobody", "/etc/passwd", *ON_TOPICS]
)
def test_pages_are_whole_and_closed(site: Site, target: str) -> None:
    status, headers, body = ask(site, target)
    assert status == (404 if target in ("/@nobody", "/etc/passwd") else 200)
    assert headers["Content-Type"] == ["text/html; charset=utf-8"]
    assert "default-src 'none'" in headers["Content-Security-Policy"][0]
    assert body.rstrip().endswith("</html>")
    assert "<script" not in body
    assert ("{{7*7}}" in body) == (target in ("/", "/@eve", "/topics"))  # a template in a name is no template of ours
    assert "style=" not in body
    assert "made up" in body or status == 404


def test_links_of_pages_stand_behind_the_stage(site: Site) -> None:
    request = event("GET", "/")
    request["requestContext"]["path"] = "/Prod/"
    body = site.resolve(request, None)["body"]
    assert 'href="/Prod/style.css"' in body
    assert 'href="/Prod/@ada"' in body
    assert 'href="/Prod/v1/leaderboard"' in body
    request = event("GET", "/v1/leaderboard?limit=2")
    request["requestContext"]["path"] = "/Prod/v1/leaderboard"
    assert json.loads(site.resolve(request, None)["body"])["next"].startswith("/Prod/v1/leaderboard?limit=2&cursor=")


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


def test_over_a_real_socket(laptop: Site) -> None:
    with server(laptop, "127.0.0.1", 0) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        connection = http.client.HTTPConnection("127.0.0.1", listening.server_address[1], timeout=10)
        for method, target, status in (
            ("GET", "/v1/profiles/ada", 200),
            ("HEAD", "/@ada", 200),
            ("DELETE", "/v1/profiles/ada", 405),
            ("GET", "/../../etc/passwd", 404),
            ("GET", "/" + "a" * 20_000, 414),
            ("HEAD", "/" + "a" * 20_000, 414),
            ("GET", "/style.css", 200),
            ("GET", "/icon.svg", 200),
            ("GET", "/v1/accounts/bluesky/did%3Aplc%3Ax%2Fy%20z?", 200),
            ("GET", "/v1/leaderboard?limit=1&limit=2", 400),
        ):
            connection.request(method, target)
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == status, (method, target, body)
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert bool(body) == (method != "HEAD")
            length = answer.headers.get("Content-Length")
            assert length != "0" if method == "HEAD" else length == str(len(body))  # that of GET, or none
        connection.close()
        listening.shutdown()


def test_what_is_no_request_is_a_problem_too(laptop: Site) -> None:
    with server(laptop, "127.0.0.1", 0) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        for request, status in (
            (b"nonsense\r\n\r\n", None),
            (b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 200 + b"\r\n", 431),
        ):
            with socket.create_connection(("127.0.0.1", listening.server_address[1]), timeout=10) as connection:
                connection.sendall(request)
                with connection.makefile("rb") as file:
                    head, _, body = file.read().rpartition(b"\r\n\r\n")
            problem = json.loads(body)
            assert problem["type"] == "urn:renown:problem:not-a-request"
            assert problem["status"] == (status or 400)
            assert (b"application/problem+json" in head) == (status is not None)  # HTTP/0.9 has no headers
        listening.shutdown()


def test_a_request_is_one_line_of_the_log(laptop: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "renown.web.serve")
    with server(laptop, "127.0.0.1", 0) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        connection = http.client.HTTPConnection("127.0.0.1", listening.server_address[1], timeout=10)
        connection.request("GET", "/v1/leaderboard?limit=3", headers={"Cookie": "secret"})
        connection.getresponse().read()
        connection.close()
        listening.shutdown()
    (line,) = (record.message for record in caplog.records if record.name == "renown.web.serve")
    assert re.fullmatch(r"'GET' '/v1/leaderboard' 200 [0-9.]+ ms", line)


def test_an_address_that_is_taken(laptop: Site) -> None:
    with server(laptop, "127.0.0.1", 0) as listening, pytest.raises(BadInput, match="choose another with --port"):
        server(laptop, "127.0.0.1", int(listening.server_address[1]))


def test_the_api_imports_nothing_heavy() -> None:
    heavy = ("duckdb", "numpy", "boto3", "networkx", "jinja2")
    code = f"import sys, renown.web.routes; print([name for name in {heavy} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_the_method_is_served_as_json_and_in_words(site: Site) -> None:
    doc = get(site, "/v1/method")
    assert (doc["backtest"], doc["redteam"]) == (GRADED, PRICE)
    assert Formula.model_validate(doc["formula"]) == load()
    page = ask(site, "/method")[2]
    words = words_of(page)
    assert "a reaction counts half after 35 days" in words
    assert "2026-08-01 spearman persistence +0.050" in words
    assert "12 1.50 1.25 75%" in words
    assert "ring 1,000 0 +0.4 +21.5" in words
    assert page.count("<circle") == 1
    assert 'aria-label="−0.010 to +0.110"' in page


def test_before_any_backtest_the_method_says_so(tmp_path: Path) -> None:
    lake = FolderLake(tmp_path / "lake")
    finish(lake, "r1", [card("@ada", 60.0)])
    table = SqliteTable(tmp_path / "table.sqlite")
    publish(lake, table, now=1_800_000_000)
    status, _, page = ask(build(table), "/method")
    assert status == 200
    assert "No backtest was made for this community yet" in page
    table.close()
