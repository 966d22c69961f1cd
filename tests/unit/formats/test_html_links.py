"""Links of web pages: as a browser reads them, and in time that grows with the page's length only."""

import pytest

from renown.formats.html_links import absolute, read_page

AT = "https://ada.example/about/"


def hrefs(text: str) -> list[str]:
    return [link.href for link in read_page(text, AT).links]


def test_links_as_a_browser_sees_them() -> None:
    page = read_page(
        """<!doctype html><html><head><title><a href=/no></title><LINK REL="alternate Me" TYPE=application/RSS+xml
        href='feed.xml?a=1&amp;b=2'></head><a class=x href=/x/y rel="nofollow me">it's</a><a href=#top>x</a>
        <a title='> <a href="/no">' href="//b.example"></a><area href="https://c.example/ä b#z" href="/no"><a>""",
        AT,
    )
    assert [(link.href, set(link.rels), link.kind) for link in page.links] == [
        ("https://ada.example/about/feed.xml?a=1&b=2", {"alternate", "me"}, "application/rss+xml"),
        ("https://ada.example/x/y", {"nofollow", "me"}, ""),
        ("https://ada.example/about/", set(), ""),
        ("https://b.example", set(), ""),
        ("https://c.example/ä b", set(), ""),
    ]
    assert [link.href for link in page.rel("me")] == [
        "https://ada.example/about/feed.xml?a=1&b=2",
        "https://ada.example/x/y",
    ]
    assert not page.noindex


@pytest.mark.parametrize(
    "text",
    [
        "<!-- <a href=/x> -->",
        "<!-- <a href=/x>",
        "<script>'<a href=/x>'</script>",
        "<STYLE><a href=/x>",
        "<textarea><a href=/x></textarea >",
        "<img alt='<a href=/x>'>",
        '<img alt = "><a href=/x>">',
        '<img alt="><a href=/x>',
        "</a href=/x>",
        "<a href=/x",
        "<a href='/x>",
        "<abbr href=/x>",
        "<a data-href=/x>",
        "<a href=javascript:alert(1)>",
        "<a href=''>",
        "&lt;a href=/x>",
        "<a href='http://[::1'>",
        "<a href=https://x.example/\ud800>",
        f"<a href=/{'x' * 3000}>",
    ],
)
def test_what_is_no_link(text: str) -> None:
    assert hrefs(text) == []


def test_a_base_counts_once() -> None:
    assert hrefs("<base href=/b/><base href=/c/><a href=x>") == ["https://ada.example/b/x"]
    assert hrefs("<base href=javascript:x><a href=x>") == ["https://ada.example/about/x"]


@pytest.mark.parametrize("content", ["noindex", "NOINDEX, follow", "none"])
def test_pages_that_ask_not_to_be_indexed(content: str) -> None:
    assert read_page(f'<meta name="Robots" content="{content}">', AT).noindex
    assert not read_page(f'<meta name="description" content="{content}">', AT).noindex
    assert not read_page(f'<!-- <meta name="robots" content="{content}"> -->', AT).noindex


@pytest.mark.parametrize(
    "piece", ["<a ", "<!--", "<a href='", '<a href="', "</", "<![", "<script>", "<a =", "<", "<a href=x", "=", " "]
)
def test_hostile_pages_are_read_once(piece: str) -> None:
    """With a parser that reads on from every piece to the end, this would take days."""
    assert hrefs(piece * 400_000) == []


def test_addresses_are_made_absolute() -> None:
    assert absolute(AT, " ../x#y ") == "https://ada.example/x"
    assert absolute(AT, "mailto:ada@ada.example") is None
