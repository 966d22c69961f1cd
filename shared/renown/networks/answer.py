"""What a host answered, read without trusting it: limits on its size, packing, form and time."""

import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from ..errors import NotOfFormat, RetriableError, SkippableError
from ..formats.jsontext import parse

MAX_BODY: Final = 5_000_000
"""Bytes of an answer, packed and unpacked."""

MAX_TIME: Final = 30.0
"""Seconds that the body of an answer may take as a whole."""

_PIECE: Final = 65_536
_CONDITIONAL: Final = {"etag": "if-none-match", "last-modified": "if-modified-since"}


@dataclass(frozen=True)
class Answer:
    """What a host answered; `url` is without its query."""

    url: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def unchanged(self) -> bool:
        """Whether nothing has changed since the validators that were sent."""
        return self.status == 304

    @property
    def validators(self) -> dict[str, str]:
        """The headers with which to ask the same address next time, so that it can answer "unchanged"."""
        given = {sent: self.headers.get(name, "") for name, sent in _CONDITIONAL.items()}
        return {sent: value for sent, value in given.items() if value.isascii() and 0 < len(value) <= 500}

    def text(self) -> str:
        """The body as a text; bytes that are not UTF-8 are replaced."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON.

        Raises SkippableError where it is something else or nested too deeply, RetriableError where it is broken.
        """
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if not kind.endswith(("json", "javascript")):
            raise SkippableError(f"{self.url}: answered {kind[:40]!r} where JSON was expected")
        try:
            return parse(self.body.decode("utf-8-sig"))
        except NotOfFormat as error:
            if isinstance(error.__context__, RecursionError):
                raise SkippableError(f"{self.url}: {error}") from None
            raise RetriableError(f"{self.url}: the JSON is broken") from None
        except UnicodeDecodeError:
            raise RetriableError(f"{self.url}: the JSON is not UTF-8") from None


def redacted(url: httpx.URL) -> str:
    """An address for messages and logs: without query, fragment, user and password."""
    return f"{url.scheme}://{url.host}{url.path}"[:200]


def read_body(response: httpx.Response, url: str, clock: Callable[[], float]) -> bytes:
    """The body, unpacked.

    Raises SkippableError where it is larger than MAX_BODY or packed in a way not asked for, httpx.TransportError
    where it breaks off or takes longer than MAX_TIME, zlib.error where it is damaged.
    """
    latest = clock() + MAX_TIME
    body, arrived = bytearray(), 0
    for piece, size in _unpacked(response, url):
        body += piece
        arrived += size
        if max(len(body), arrived) > MAX_BODY:
            raise SkippableError(f"{url}: the answer is larger than {MAX_BODY:,} bytes")
        if clock() > latest:
            raise httpx.ReadTimeout(f"the answer takes longer than {MAX_TIME:.0f} s")
    return bytes(body)


def _unpacked(response: httpx.Response, url: str) -> Iterator[tuple[bytes, int]]:
    """The body in pieces, each with how much came in for it; gzip unfolds at most 64 KiB at a time."""
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip"):
        raise SkippableError(f"{url}: packed as {encoding[:20]!r}, which was not asked for")
    if not isinstance(response.stream, httpx.SyncByteStream):
        raise TypeError("the transport is not a synchronous one")
    unpack = zlib.decompressobj(wbits=31) if encoding == "gzip" else None
    arrived = 0
    for raw in response.stream:
        arrived += len(raw)
        if unpack is None:
            yield raw, len(raw)
            continue
        piece = unpack.decompress(raw, _PIECE)
        yield piece, len(raw)
        while piece:
            piece = unpack.decompress(unpack.unconsumed_tail, _PIECE)
            yield piece, 0
        if unpack.eof:
            return
    if unpack and arrived:
        raise httpx.RemoteProtocolError("the answer breaks off")
