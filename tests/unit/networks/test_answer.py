"""Answers are read within limits, and bombs do not go off."""

import gzip
import tracemalloc
import zlib
from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.errors import RetriableError, SkippableError
from renown.networks.answer import MAX_BODY, MAX_TIME, Answer, read_body, redacted

URL = "https://example.com/path"


class Pieces(httpx.SyncByteStream):
    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        return self.pieces


def read(pieces: Iterator[bytes], encoding: str = "", seconds: float = 0.0) -> bytes:
    """The body that comes in these pieces, one every `seconds`."""
    now = iter(range(1_000_000))
    response = httpx.Response(200, headers={"content-encoding": encoding} if encoding else {}, stream=Pieces(pieces))
    return read_body(response, URL, lambda: next(now) * seconds)


def answer(body: bytes = b"", **headers: str) -> Answer:
    named = httpx.Headers({name.replace("_", "-"): value for name, value in headers.items()})
    return Answer(URL, 200, named, body)


@given(st.binary(max_size=3000), st.integers(1, 500))
def test_a_body_is_what_was_sent_plain_or_packed(body: bytes, size: int) -> None:
    packed = gzip.compress(body)
    assert read(iter([body[n : n + size] for n in range(0, len(body), size)])) == body
    assert read(iter([packed[n : n + size] for n in range(0, len(packed), size)]), "gzip") == body
    assert read(iter([packed]), " GZIP ") == body


def test_a_body_of_the_greatest_size_is_read() -> None:
    assert len(read(iter([bytes(MAX_BODY)]))) == MAX_BODY
    assert len(read(iter([gzip.compress(bytes(MAX_BODY))]), "gzip")) == MAX_BODY


def endless() -> Iterator[bytes]:
    while True:
        yield bytes(65_536)


def bomb(megabytes: int) -> Iterator[bytes]:
    """Nothing, packed a thousandfold."""
    pack = zlib.compressobj(1, wbits=31)
    for _ in range(megabytes):
        yield pack.compress(bytes(1 << 20))
    yield pack.flush()


def test_larger_bodies_and_bombs_are_refused_without_being_unpacked() -> None:
    at_once = b"".join(bomb(128))
    tracemalloc.start()
    try:
        for pieces, encoding in ((endless(), ""), (bomb(2048), "gzip"), (iter([at_once]), "gzip")):
            with pytest.raises(SkippableError, match="larger than 5,000,000 bytes"):
                read(pieces, encoding)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_what_follows_a_packed_body_is_not_read() -> None:
    def pieces() -> Iterator[bytes]:
        yield gzip.compress(b"body") + b"rubbish"
        raise AssertionError("nothing more is asked for")

    assert read(pieces(), "gzip") == b"body"


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, gzip", "x-gzip"])
def test_only_what_was_asked_for_is_unpacked(encoding: str) -> None:
    with pytest.raises(SkippableError, match="not asked for"):
        read(iter([b"x"]), encoding)


def test_a_packed_body_that_is_damaged_or_breaks_off() -> None:
    packed = gzip.compress(b"something" * 100)
    with pytest.raises(httpx.TransportError):
        read(iter([packed[:-9]]), "gzip")
    with pytest.raises(zlib.error):
        read(iter([b"\x1f\x8b" + packed[4:]]), "gzip")
    assert read(iter([]), "gzip") == b""


def test_a_body_that_drips_is_given_up() -> None:
    seen = 0

    def drip() -> Iterator[bytes]:
        nonlocal seen
        while True:
            seen += 1
            yield b"x"

    with pytest.raises(httpx.TimeoutException):
        read(drip(), seconds=9.0)
    assert seen <= MAX_TIME / 9 + 1


def test_json() -> None:
    for kind in ("application/json", "application/json; charset=utf-8", "application/activity+json", "text/javascript"):
        assert answer(b'\xef\xbb\xbf{"a": [1, "\xc3\xbc"]}', content_type=kind).json() == {"a": [1, "ü"]}


@pytest.mark.parametrize("kind", ["text/html", "", "application/xml", "image/png"])
def test_something_else_than_json(kind: str) -> None:
    with pytest.raises(SkippableError, match="where JSON was expected"):
        answer(b"{}", content_type=kind).json()


@pytest.mark.parametrize("body", [b"", b"{", b'{"a": "', b"{}{}", b"NaN", b'{"a": \xff}', b"1" * 5000])
def test_broken_json(body: bytes) -> None:
    with pytest.raises(RetriableError):
        answer(body, content_type="application/json").json()


@pytest.mark.parametrize("sign", [b"[", b'{"a":'])
def test_json_that_is_too_deep(sign: bytes) -> None:
    with pytest.raises(SkippableError, match="too deeply"):
        answer(sign * 200_000, content_type="application/json").json()


def test_validators() -> None:
    given_ = answer(etag='W/"1"', last_modified="Sun, 22 Nov 2026 18:05:56 GMT")
    assert given_.validators == {"if-none-match": 'W/"1"', "if-modified-since": "Sun, 22 Nov 2026 18:05:56 GMT"}
    assert answer().validators == {}
    assert answer(etag='"' + "x" * 600 + '"').validators == {}
    assert Answer(URL, 200, {"etag": '"ü"'}, b"").validators == {}


def test_messages_hold_no_secret() -> None:
    url = httpx.URL("https://user:secret@example.com/path?key=secret#secret")
    assert redacted(url) == URL
    assert "secret" not in repr(Answer(URL, 200, {"x": "secret"}, b"secret"))
