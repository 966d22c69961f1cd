"""A person's own page: only its links with rel=me count, whatever else it is."""

import httpx
import pytest

from renown.errors import SkippableError
from renown.networks import relme
from tests.contract.fakes.visits import Clock, client

HERE = "https://ada.example/about/"


def links(body: str | bytes, kind: str = "text/html; charset=utf-8") -> tuple[str, ...]:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["accept"] == "text/html"
        content = body if isinstance(body, bytes) else body.encode()
        return httpx.Response(200, content=content, headers={"content-type": kind})

    proof = relme.page("of:ada", HERE, client(httpx.MockTransport(answer), Clock(0)))
    assert (proof.account, proof.evidence, proof.verified, proof.addresses) == ("of:ada", HERE, (), ())
    return proof.links


def test_links_with_rel_me() -> None:
    assert links(
        """<link rel=ME href="https://a.example/"><A REL="nofollow me" HREF=' https://b.example/@ada '>b</a>
        <a rel="me" href="../c">c</a><a rel="me" href="https://a.example/">again</a>"""
    ) == ("https://a.example/", "https://b.example/@ada", "https://ada.example/c")


@pytest.mark.parametrize(
    "body",
    [
        "<a href='https://a.example'>not me</a>",
        "<a rel='menu' href='https://a.example'>",
        "<a rel=me>",
        "<a rel=me href>",
        "<form rel=me action='https://a.example'>",
        "<!-- <a rel=me href='https://a.example'> -->",
        "<script>'<a rel=me href=\"https://a.example\">'</script>",
        "<a rel=me href='https://[a.example'>",
        "<a rel=me href='https://a.example",
        b"\xff\xfe\x00<a rel",
        "",
    ],
)
def test_what_is_no_such_link(body: str | bytes) -> None:
    assert links(body) == ()


def test_pages_are_not_read_without_end() -> None:
    assert len(links("".join(f"<a rel=me href='https://a{n}.example'>" for n in range(99)))) == relme.MOST
    assert links(" " * relme.LONGEST + "<a rel=me href='https://a.example'>") == ()
    assert links("<a " * 150_000) == ()


def test_what_is_no_page() -> None:
    with pytest.raises(SkippableError, match="'image/png' where a page was expected"):
        links(b"\x89PNG", "image/png")
