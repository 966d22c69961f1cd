"""Each page on a phone and on a desk, by day and by night, with a keyboard, without JavaScript, for a screen reader."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.community import Community
from tests.browser.watched import Watched, watched

PAGES = (
    "home",
    "profile",
    "profile-without-score",
    "topics",
    "topic",
    "compare",
    "compare-whom",
    "search",
    "method",
    "unknown",
    "nothing",
)
SIZES = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1280, "height": 900}}


@pytest.fixture(params=[(size, scheme) for size in SIZES for scheme in ("light", "dark")], ids="-".join)
def page(browser: Any, request: pytest.FixtureRequest) -> Iterator[Watched]:
    size, scheme = request.param
    with watched(browser, viewport=SIZES[size], color_scheme=scheme) as page:
        yield page


@pytest.mark.parametrize("name", PAGES)
def test_it_reads_well(page: Watched, community: Community, name: str) -> None:
    page.goto(community.address + community.paths()[name])
    page.check(community.address, missing=name in ("unknown", "nothing"))
    wide, window = page.run("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= window, "the page scrolls sideways"
    small = page.run(SMALL)
    assert not small, "text that is too small to read"
    found = Axe().run(page.page).response["violations"]
    said = [f"{each['id']} ({each['impact']}): {each['nodes'][0]['html'][:200]}" for each in found]
    assert not said


SMALL = """[...document.querySelectorAll("main *")]
    .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
    .filter(e => parseFloat(getComputedStyle(e).fontSize) < 13)
    .map(e => e.outerHTML.slice(0, 100))"""


def test_the_kinds_of_pages_are_all_looked_at(community: Community) -> None:
    assert tuple(community.paths()) == PAGES


@pytest.mark.parametrize("name", PAGES)
def test_without_javascript_it_is_the_same(browser: Any, community: Community, name: str) -> None:
    texts = []
    for scripts in (True, False):
        with watched(browser, viewport=SIZES["phone"], java_script_enabled=scripts) as page:
            page.goto(community.address + community.paths()[name])
            texts.append(page.page.inner_text("body"))
    assert texts[0] == texts[1]
    assert len(texts[0]) > 200


@pytest.mark.parametrize("name", PAGES)
def test_a_keyboard_reaches_everything_in_order_and_shows_where_it_is(
    browser: Any, community: Community, name: str
) -> None:
    with watched(browser, viewport=SIZES["desk"]) as page:
        page.goto(community.address + community.paths()[name])
        wanted = page.run(f"({CAN_BE_REACHED}).length")
        reached = []
        for _ in range(wanted):
            page.page.keyboard.press("Tab")
            reached.append(page.run(f"({CAN_BE_REACHED}).indexOf(document.activeElement)"))
            assert page.run("getComputedStyle(document.activeElement).outlineStyle") != "none"
        assert reached == list(range(wanted))


CAN_BE_REACHED = """[...document.querySelectorAll("a[href], input, button, summary, [tabindex='0']")]
    .filter(e => e.checkVisibility())"""


def test_from_the_front_page_to_a_profile_and_its_history_by_keyboard(browser: Any, community: Community) -> None:
    with watched(browser, viewport=SIZES["desk"]) as page:
        page.goto(community.address)
        page.page.focus("input[name=q]")
        page.page.keyboard.type(community.heard[0])
        page.page.keyboard.press("Enter")
        page.page.wait_for_url("**/search?q=*")
        page.page.focus("main li a")
        page.page.keyboard.press("Enter")
        page.page.wait_for_url(f"**/@{community.heard[0]}")
        assert not page.page.is_visible("details table")
        page.page.focus("summary")
        page.page.keyboard.press("Enter")
        assert page.page.is_visible("details table")
        page.check(community.address)


def test_charts_have_a_name_and_a_table(browser: Any, community: Community) -> None:
    with watched(browser, viewport=SIZES["desk"]) as page:
        page.goto(community.address + community.paths()["profile"])
        names = page.run(
            "[...document.querySelectorAll('main svg')].map(e => e.ariaLabel || e.querySelector('title').textContent)"
        )
        assert len(names) == 2
        assert all(names)
        assert page.run("document.querySelectorAll('svg.history line').length") == 1, "where the formula changed"
        rows = page.run("document.querySelectorAll('details tbody tr').length")
        dots = page.run("document.querySelectorAll('svg.history circle').length")
        assert rows == dots == 7
        assert "(new)" in page.page.inner_html("details")


def test_made_up_people_are_called_made_up(browser: Any, community: Community) -> None:
    with watched(browser, viewport=SIZES["phone"]) as page:
        for name in ("home", "profile", "profile-without-score", "topics", "topic", "compare"):
            page.goto(community.address + community.paths()[name])
            assert "made up" in page.page.inner_text(".notice")


def test_printed_or_read_aloud_there_is_one_heading_and_no_level_is_skipped(browser: Any, community: Community) -> None:
    with watched(browser, viewport=SIZES["phone"]) as page:
        for path in community.paths().values():
            page.goto(community.address + path)
            levels = page.run("[...document.querySelectorAll('h1, h2, h3, h4')].map(e => +e.tagName[1])")
            assert levels.count(1) == 1
            assert levels[0] == 1
            assert all(b - a <= 1 for a, b in pairwise(levels))
