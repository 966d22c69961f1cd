"""What is read elsewhere, over SQLite and DynamoDB (moto): badges, feeds, oEmbed, and previews of links."""

import base64
import gzip
import html
import json
import re
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit
from xml.etree import ElementTree as ET

import pytest
from moto import mock_aws

from renown import changes
from renown.lake import FolderLake
from renown.steps.publish import publish
from renown.table import SqliteTable, Table
from renown.web.routes import build
from renown.web.serve import event, server
from renown.web.site import Site
from tests.contract.test_table import create
from tests.integration.runs_made import card, finish

EVIL = """<script>alert(1)</script>"'&{{7*7}}]]>\u202e\x0b"""
SEEN = EVIL.replace("\u202e", "[U+202E]").replace("\x0b", "[U+000B]")
ATOM = "{http://www.w3.org/2005/Atom}"
HERE = "http://scores.example.org"
RUNS = [f"2026-10-{day:02d}T000000Z-x" for day in (1, 10, 20, 21, 31)]
SCORES = [50.0, 51.5, 51.5, None, 60.0]


def change(run: int, who: str, score: float | None) -> bytes:
    """Why the score of `who` changed with a run, as the lake keeps it; it was 50.0, or whatever ada had, before."""

    def end(number: int, points: float | None) -> dict[str, Any]:
        missing = "3 of 5 people needed" if points is None else None
        at = f"{RUNS[number][:10]}T00:00:00Z"
        about = {"run": RUNS[number], "at": at, "formula": "2026-11b", "defended": True}
        return {**about, "score": points, "missing": missing}

    was = SCORES[run - 1]
    moved = None if was is None or score is None else score - was
    parts = {
        "corrections": {"points": 0.0 if moved is not None else None, "deleted": 0, "late": 0, "moved": 0},
        "formula": {"points": 0.0 if moved is not None else None},
        "ageing": {"points": 0.0 if moved is not None else None, "seconds": 86_400 * 9, "expired": 0},
        "reactions": {"points": moved, "reactions": 3, "people": 2, "again": 1},
        "trust": {"points": 0.0 if moved is not None else None, "more": 0, "less": 0},
    }
    doc = {"id": who, "from": end(run - 1, was), "to": end(run, score), "change": moved, "parts": parts}
    return f"{json.dumps(doc)}\n".encode()


def fill(table: Table, folder: Path, public: str | None = None) -> Site:
    lake = FolderLake(folder / "lake")
    for number, (run, score) in enumerate(zip(RUNS, SCORES, strict=True)):
        at = f"{run[:10]}T00:00:00Z"
        cards = [card("@ada", score, at=at), card("@eve", 42.4, at=at, name=EVIL), card("@new", None, at=at)]
        finish(lake, run, [*cards, card("net:1", 30.0, at=at)], at=at)
        if number:
            lines = change(number, "@ada", score) + change(number, "@eve", 42.4)
            lake.write(changes.key(RUNS[number - 1], run), gzip.compress(lines))
        publish(lake, table, now=1_800_000_000, force=True)
    return build(table, public)


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("elsewhere")
    table = SqliteTable(folder / "table.sqlite")
    yield fill(table, folder)
    table.close()


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with mock_aws():
        yield fill(create("elsewhere"), tmp_path_factory.mktemp("aws"))


@pytest.fixture(params=["laptop", "aws"])
def site(request: pytest.FixtureRequest) -> Site:
    found: Site = request.getfixturevalue(request.param)
    return found


def ask(site: Site, target: str, host: str = "scores.example.org") -> tuple[int, dict[str, list[str]], bytes]:
    answer = site.resolve(event("GET", target, [("Host", host)]), None)
    body = answer["body"]
    data = base64.b64decode(body, validate=True) if answer["isBase64Encoded"] else body.encode()
    return answer["statusCode"], answer["multiValueHeaders"], data


@pytest.mark.parametrize(
    ("file", "status", "kind", "shown"),
    [
        ("ada.svg", 200, "image/svg+xml", ">60</text>"),
        ("new.svg", 200, "image/svg+xml", ">no score yet</text>"),
        ("nobody.svg", 404, "image/svg+xml", ">unknown</text>"),
        ("%3Cscript%3E.svg", 404, "image/svg+xml", ">unknown</text>"),
        ("ada.json", 200, "application/json", '"message": "60"'),
        ("new.json", 200, "application/json", '"color": "lightgrey"'),
        ("nobody.json", 404, "application/json", '"isError": true'),
    ],
)
def test_badges(site: Site, file: str, status: int, kind: str, shown: str) -> None:
    answered, headers, body = ask(site, f"/badge/{file}")
    assert (answered, headers["Content-Type"]) == (status, [f"{kind}; charset=utf-8"])
    assert shown in body.decode()
    assert "<script" not in body.decode()
    assert headers["Access-Control-Allow-Origin"] == ["*"]
    assert headers["Cache-Control"][0].startswith("public, max-age=")
    assert ("ETag" in headers) is (status == 200)
    assert "default-src 'none'" in headers["Content-Security-Policy"][0]


@pytest.mark.parametrize("target", ["/badge/ada.svg", "/badge/ada.json", "/badge/ada.png", "/@ada/feed.json"])
def test_before_anything_is_published_nobody_is_unknown(tmp_path: Path, target: str) -> None:
    table = SqliteTable(tmp_path / "empty.sqlite")
    status, headers, _ = ask(build(table), target)
    assert (status, headers["Retry-After"]) == (503, ["60"])
    table.close()


def test_the_picture(site: Site) -> None:
    status, headers, body = ask(site, "/badge/ada.png")
    assert (status, headers["Content-Type"], body[1:4]) == (200, ["image/png"], b"PNG")
    assert (body[16:20], body[20:24]) == ((1200).to_bytes(4, "big"), (630).to_bytes(4, "big"))
    _, _, small = ask(site, "/badge/ada.png?width=480")
    assert small[16:20] == (480).to_bytes(4, "big")
    assert ask(site, "/topic.png")[2][1:4] == b"PNG"


@pytest.mark.parametrize(
    ("target", "status", "said"),
    [
        ("/badge/nobody.png", 404, "@nobody has no scorecard"),
        ("/badge/ada.gif", 404, "a badge is /badge/handle.svg"),
        ("/badge/ada", 404, "a badge is /badge/handle.svg"),
        ("/badge/ada.png?width=481", 400, "is none of 240, 480, 720, 960, 1200"),
        ("/badge/ada.svg?width=480", 400, "only of a .png"),
        ("/badge/ada.svg?style=flat", 400, "known are width"),
        ("/ada/feed.json", 404, "/@handle/feed.json"),
        ("/net%3A1/feed.xml", 404, "/@handle/feed.json"),
        ("/@nobody/feed.json", 404, "@nobody has no scorecard"),
        ("/oembed", 400, "'url'"),
        ("/oembed?url=https://evil.example/@ada", 404, "is no page of a profile here"),
        (f"/oembed?url={HERE}.evil.example/@ada", 404, "is no page of a profile here"),
        (f"/oembed?url={HERE}/@nobody", 404, "@nobody has no scorecard"),
        (f"/oembed?url={HERE}/method", 404, "is no page of a profile here"),
        (f"/oembed?url={HERE}/@ada&maxwidth=wide", 400, "'maxwidth'"),
        (f"/oembed?url={HERE}/@ada&callback=x", 400, "known are url, format, maxwidth, maxheight"),
    ],
)
def test_what_is_wrong_is_said(site: Site, target: str, status: int, said: str) -> None:
    answered, _, body = ask(site, target)
    assert (answered, said in html.unescape(body.decode())) == (status, True)


def test_a_feed_has_an_entry_for_every_run_that_moved_the_score(site: Site) -> None:
    status, headers, body = ask(site, "/@ada/feed.json")
    feed = json.loads(body)
    assert (status, headers["Content-Type"]) == (200, ["application/feed+json; charset=utf-8"])
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert (feed["feed_url"], feed["home_page_url"]) == (f"{HERE}/@ada/feed.json", f"{HERE}/@ada")
    assert feed["title"] == "Ada (@ada) on Renown: made up"
    assert [item["title"] for item in feed["items"]] == [
        "There was no score: 3 of 5 people needed.",
        "There is no score: 3 of 5 people needed.",
        "From 50.00 to 51.50: +1.50.",  # and none of the run in which nothing moved
    ]
    assert [item["date_published"] for item in feed["items"]] == [f"2026-10-{day}T00:00:00Z" for day in (31, 21, 10)]
    assert "2 people reacted who had not before" in feed["items"][-1]["content_text"]
    assert len({item["id"] for item in feed["items"]}) == 3
    assert all(item.keys() == {"id", "url", "title", "content_text", "date_published"} for item in feed["items"])


def test_atom_says_the_same(site: Site) -> None:
    _, headers, body = ask(site, "/@ada/feed.xml")
    feed, other = ET.fromstring(body), json.loads(ask(site, "/@ada/feed.json")[2])  # noqa: S314 - our own
    assert headers["Content-Type"] == ["application/atom+xml; charset=utf-8"]
    assert feed.tag == f"{ATOM}feed"
    for parent in (feed, *feed.iter(f"{ATOM}entry")):  # what RFC 4287 asks for
        assert all(len(parent.findall(f"{ATOM}{name}")) == 1 for name in ("id", "title", "updated"))
    assert feed.findtext(f"{ATOM}author/{ATOM}name") == "Ada"
    assert {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")} == {
        "alternate": f"{HERE}/@ada",
        "self": f"{HERE}/@ada/feed.xml",
    }
    assert feed.findtext(f"{ATOM}updated") == "2026-10-31T00:00:00Z"
    for entry, item in zip(feed.iter(f"{ATOM}entry"), other["items"], strict=True):
        names = {"id": "id", "title": "title", "updated": "date_published", "content": "content_text"}
        assert [entry.findtext(f"{ATOM}{name}") for name in names] == [item[name] for name in names.values()]


def test_feeds_of_somebody_with_nothing_but_a_hostile_name(site: Site) -> None:
    body = ask(site, "/@eve/feed.xml")[2]
    shown = ET.fromstring(body).findtext(f"{ATOM}author/{ATOM}name")  # noqa: S314 - our own
    assert shown == SEEN
    assert b"<script" not in body
    feed = json.loads(ask(site, "/@new/feed.json")[2])
    assert (feed["items"], feed["authors"][0]["name"]) == ([], "New")
    empty = ET.fromstring(ask(site, "/@new/feed.xml")[2])  # noqa: S314 - our own
    assert empty.findtext(f"{ATOM}updated") == "2026-10-31T00:00:00Z"


@pytest.mark.parametrize(
    ("asked", "width"),
    [("", 1200), ("&maxwidth=1199", 960), ("&maxheight=130", 240), ("&maxwidth=500&maxheight=9999", 480)],
)
def test_oembed_gives_a_picture_that_fits(site: Site, asked: str, width: int) -> None:
    status, _, body = ask(site, f"/oembed?url={quote(HERE + '/@ada', safe='')}&format=json{asked}")
    found = json.loads(body)
    assert status == 200
    assert (found["type"], found["version"], found["provider_name"]) == ("photo", "1.0", "Renown")
    assert found["title"] == "Ada (@ada, made up): 60 of 100"
    assert (found["width"], found["height"]) == (width, width * 126 // 240)
    picture = ask(site, found["url"].removeprefix(HERE))[2]
    assert (picture[16:20], picture[20:24]) == (width.to_bytes(4, "big"), found["height"].to_bytes(4, "big"))


def test_oembed_where_no_picture_fits_and_where_no_json_is_wanted(site: Site) -> None:
    small = json.loads(ask(site, f"/oembed?url={HERE}/@ada&maxwidth=100")[2])
    assert (small["type"], "url" in small) == ("link", False)
    assert ask(site, f"/oembed?url={HERE}/@ada&format=xml")[0] == 501
    for address in (f"https{HERE[4:]}/@ada", f"{HERE}/@ada/?utm=1", f"{HERE}/@ada#why"):
        assert ask(site, f"/oembed?url={quote(address, safe='')}")[0] == 200


def meta(page: str) -> dict[str, str]:
    found = re.findall(r'<meta (?:property|name)="([a-z:]+)" content="([^"]*)">', page)
    return {name: html.unescape(content) for name, content in found}


def test_the_page_says_what_a_link_unfolds_to(site: Site) -> None:
    page = ask(site, "/@ada")[2].decode()
    said = meta(page)
    assert (said["og:title"], said["og:url"]) == ("Ada (@ada, made up): 60 of 100", f"{HERE}/@ada")
    assert said["twitter:card"] == "summary_large_image"
    picture = ask(site, said["og:image"].removeprefix(HERE))[2]
    sizes = [int(said[f"og:image:{side}"]).to_bytes(4, "big") for side in ("width", "height")]
    assert [picture[16:20], picture[20:24]] == sizes
    links = dict(re.findall(r'<link rel="alternate" type="([^"]+)" href="([^"]+)"', page))
    assert links.keys() == {"application/json+oembed", "application/feed+json", "application/atom+xml"}
    for href in map(html.unescape, links.values()):
        assert ask(site, href.removeprefix(HERE))[0] == 200
    (target,) = parse_qs(urlsplit(html.unescape(links["application/json+oembed"])).query)["url"]
    assert target == f"{HERE}/@ada"


def test_a_hostile_name_stays_text_in_the_head(site: Site) -> None:
    page = ask(site, "/@eve")[2].decode()
    assert meta(page)["og:title"] == f"{SEEN} (@eve, made up): 42 of 100"
    assert "<script" not in page
    assert not [name for name in meta(ask(site, "/accounts/net/1")[2].decode()) if name.startswith("og:")]


def test_addresses_are_those_that_the_operator_named(tmp_path: Path) -> None:
    table = SqliteTable(tmp_path / "table.sqlite")
    site = fill(table, tmp_path, "https://renown.example/scores")
    assert meta(ask(site, "/@ada", "evil.example")[2].decode())["og:url"] == "https://renown.example/scores/@ada"
    assert ask(site, "/oembed?url=https://renown.example/scores/@ada")[0] == 200
    assert ask(site, f"/oembed?url={HERE}/@ada")[0] == 404
    table.close()


@pytest.mark.parametrize(
    ("context", "host", "expected"),
    [
        ({"path": "/live/@ada", "domainName": "x1.execute-api.aws"}, "evil", "https://x1.execute-api.aws/live/@ada"),
        ({"path": "/@ada"}, "localhost:8000", "http://localhost:8000/@ada"),
        ({"path": "/@ada"}, "[::1]:8000", "http://[::1]:8000/@ada"),
        ({"path": "/@ada"}, 'x"><script>', "/@ada"),
        ({"path": "/@ada"}, "user@evil.example", "/@ada"),
        ({"path": "/@ada"}, "", "/@ada"),
    ],
)
def test_an_address_is_of_where_the_request_came_to(
    laptop: Site, context: dict[str, str], host: str, expected: str
) -> None:
    request = event("GET", "/@ada", [("Host", host)])
    request["requestContext"] = context
    assert meta(laptop.resolve(request, None)["body"])["og:url"] == expected


def test_a_picture_comes_through_a_socket_as_it_is(laptop: Site) -> None:
    with server(laptop, "127.0.0.1", 0) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{listening.server_address[1]}/badge/ada.png"
        with urllib.request.urlopen(address, timeout=10) as answer:
            body = answer.read()
        assert body == ask(laptop, "/badge/ada.png")[2]
        listening.shutdown()


def test_pictures_bring_nothing_heavy() -> None:
    code = "import sys, renown.web.routes; print([n for n in ('numpy', 'PIL', 'duckdb', 'jinja2') if n in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
