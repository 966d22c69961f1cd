"""Attacks in every text that a stranger can set, looked at in a real browser.

Content-Security-Policy is off in half of the tests: escaping has to do without it.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import urllib3

from tests.browser.hostile import ATTACKS, HIT, LINKS
from tests.browser.watched import Watched, watched

TEMPLATES = Path(__file__).parents[2] / "shared/renown/web/templates"
ELEMENTS = sorted(
    {tag for file in TEMPLATES.rglob("*.html") for tag in re.findall(r"<([a-z][a-z0-9]*)", file.read_text())}
)
"""What our own templates are made of; anything else came from a stranger."""

FOREIGN = """(own) => [...document.querySelectorAll("*")].flatMap(e => [
    ...(own.includes(e.localName) ? [] : [e.localName]),
    ...[...e.attributes].map(a => a.name).filter(n => /^on|^style$|^srcdoc$|^autofocus$/i.test(n)),
    ...(e.localName === "a" && !["http:", "https:"].includes(e.protocol) ? [e.outerHTML] : []),
    ...(e.localName === "meta" && e.httpEquiv ? [e.outerHTML] : []),
])"""

TOUCHES = "['mouseover', 'focus', 'load', 'error', 'toggle', 'begin']"

INVISIBLE = "\\u200b\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069\\u{e0000}-\\u{e007f}"


@pytest.fixture(params=[False, True], ids=["as it is", "without policy"])
def page(browser: Any, request: pytest.FixtureRequest) -> Iterator[Watched]:
    with watched(browser, bypass_csp=request.param) as page:
        yield page


def harmless(page: Watched, address: str, path: str) -> None:
    """Opens `path`, and touches what can be touched."""
    page.goto(address + path)
    page.run(f"document.querySelectorAll('main *').forEach(e => {TOUCHES}.forEach(t => e.dispatchEvent(new Event(t))))")
    assert page.run(f"window.{HIT}") is None
    assert page.page.evaluate(FOREIGN, ELEMENTS) == []
    assert not page.run(f"/[{INVISIBLE}]/u.test(document.documentElement.innerText + document.title)")
    assert "49" not in page.page.inner_text("h1")
    page.check(address, missing=page.status == 404)
    assert page.status in (200, 404)


def get(address: str, path: str) -> Any:
    """The JSON at a path."""
    answer = urllib3.request("GET", address + path)
    assert answer.status == 200
    return answer.json()


def test_the_attacks_have_arrived(stranger: str) -> None:
    assert get(stranger, "/v1/runs/current")["scorecards"] == len(ATTACKS)
    topics = {entry["topic"] for entry in get(stranger, "/v1/topics")["entries"]}
    assert len(topics) > len(ATTACKS) * 3 / 4
    receipts = get(stranger, "/v1/profiles/stranger-0/receipts")["entries"]
    assert {receipt["url"] for receipt in receipts} - {None} <= {link for link in LINKS if link.startswith("http")}


@pytest.mark.parametrize("number", range(len(ATTACKS)))
def test_a_profile_called_like_an_attack(page: Watched, stranger: str, number: int) -> None:
    harmless(page, stranger, f"/@stranger-{number}")


def test_lists_of_attacks(page: Watched, stranger: str) -> None:
    handles = ",".join(f"stranger-{number}" for number in range(5))
    for path in ("/", "/topics", "/search?q=script", f"/compare?handles={handles}"):
        harmless(page, stranger, path)


def test_topics_called_like_attacks(page: Watched, stranger: str) -> None:
    for entry in get(stranger, "/v1/topics")["entries"]:
        harmless(page, stranger, f"/topics/{quote(entry['topic'], safe='')}")


def test_attacks_in_addresses(browser: Any, stranger: str) -> None:
    with watched(browser, bypass_csp=True) as page:
        for attack in (*ATTACKS, *LINKS):
            text = quote(attack, safe="")
            for path in (
                f"/search?q={text[:250]}",
                f"/@{text}",
                f"/topics/{text}",
                f"/accounts/net/{text}",
                f"/{text}",
            ):
                page.goto(stranger + path)
                assert page.status in (200, 400, 404)
                assert page.run(f"window.{HIT}") is None
                assert page.page.evaluate(FOREIGN, ELEMENTS) == []
                assert page.page.url.startswith(f"{stranger}/")
        assert not page.opened
        assert not [url for url in page.asked if not url.startswith(f"{stranger}/")]


def test_feeds_and_badges_of_attacks(page: Watched, stranger: str) -> None:
    for number in range(len(ATTACKS)):
        for path in (f"/@stranger-{number}/feed.xml", f"/badge/stranger-{number}.svg"):
            page.goto(stranger + path)
            assert page.status == 200
            assert page.run(f"window.{HIT}") is None
            assert page.run("document.querySelector('parsererror, script')") is None
    assert not page.opened


def test_whatever_the_table_holds_stays_text(page: Watched, stored: str) -> None:
    entries = get(stored, "/v1/leaderboard?limit=100")["entries"]
    handles = [entry["handle"] for entry in entries if entry["handle"]]
    assert sum(json.dumps(entry).count(HIT) for entry in entries) > len(entries) / 2, "nothing was poisoned"
    for path in ("/", "/topics", "/method", *(f"/@{handle}" for handle in handles[:20])):
        harmless(page, stored, path)
