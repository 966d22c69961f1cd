"""Questions to Nostr's relays, which speak through websockets, as requests and answers like all others.

A request with the body {"filters": [...]} to a wss address is sent as REQ (NIP-01), and its answer is the list of the
events that come before EOSE. So the client's budgets, deadline and limits on size and time hold for relays too, and
the connection is made, and checked, as every other one is. Nothing is unpacked: no extension is offered.
"""

import base64
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from typing import Any, Final

import httpcore
import httpx

from ..errors import NotOfFormat, SkippableError
from ..formats.jsontext import parse
from .answer import MAX_BODY, redacted

_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_NAME: Final = "renown"
_PIECE: Final = 65_536


def ask(request: httpx.Request, send: Callable[[httpcore.Request], httpcore.Response]) -> httpx.Response:
    """What a relay answers; `send` carries the request that opens the websocket.

    Raises SkippableError where no websocket is opened, though nothing is refused.
    """
    key = base64.b64encode(os.urandom(16))
    target = request.url
    headers = [
        (b"host", target.netloc),
        (b"user-agent", request.headers.get("user-agent", "").encode()),
        (b"connection", b"Upgrade"),
        (b"upgrade", b"websocket"),
        (b"sec-websocket-key", key),
        (b"sec-websocket-version", b"13"),
    ]
    url = httpcore.URL(scheme=b"https", host=target.raw_host, port=target.port, target=target.raw_path)
    answer = send(httpcore.Request("GET", url, headers=headers, extensions=request.extensions))
    if answer.status >= 300:
        return httpx.Response(answer.status, headers=answer.headers, stream=_Closed(answer))
    expected = base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest()).decode()
    if answer.status != 101 or httpx.Headers(answer.headers).get("sec-websocket-accept") != expected:
        answer.close()
        raise SkippableError(f"{redacted(target)}: no websocket is there")
    events = _Events(answer, json.loads(request.content)["filters"], redacted(target), request.extensions)
    return httpx.Response(200, headers={"content-type": "application/json"}, stream=events)


class _Closed(httpx.SyncByteStream):
    """No body: that of a refusal is not read."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return iter(())

    def close(self) -> None:
        self._answer.close()


class _Events(_Closed):
    """The events as they come in, as a JSON list, with a space for everything that is none."""

    def __init__(self, answer: httpcore.Response, filters: Any, url: str, extensions: Any) -> None:
        super().__init__(answer)
        self._filters, self._url = filters, url
        self._timeout = extensions["timeout"]["read"]

    def __iter__(self) -> Iterator[bytes]:
        before = b"["
        for message in self._messages():
            said = self._said(message) if message else b""
            if said is None:
                yield b"[]" if before == b"[" else b"]"
                return
            yield before + said if said else b" "
            before = b"," if said else before

    def _messages(self) -> Iterator[str]:
        """The texts that come in, and "" for every piece of what comes in."""
        from wsproto.connection import Connection, ConnectionType
        from wsproto.events import CloseConnection, Ping, TextMessage
        from wsproto.utilities import RemoteProtocolError

        stream: httpcore.NetworkStream = self._answer.extensions["network_stream"]
        socket, message = Connection(ConnectionType.CLIENT), ""
        stream.write(socket.send(TextMessage(json.dumps(["REQ", _NAME, *self._filters]))), self._timeout)
        while True:
            received = stream.read(_PIECE, self._timeout)
            yield ""
            try:
                socket.receive_data(received or None)
                for event in socket.events():
                    if isinstance(event, Ping):
                        stream.write(socket.send(event.response()), self._timeout)
                    elif isinstance(event, CloseConnection):
                        raise httpx.RemoteProtocolError("the relay breaks off")
                    elif isinstance(event, TextMessage):
                        message += event.data
                        if len(message) > MAX_BODY:
                            raise SkippableError(f"{self._url}: an event is larger than {MAX_BODY:,} characters")
                        if event.message_finished:
                            yield message
                            message = ""
            except RemoteProtocolError as error:
                raise httpx.RemoteProtocolError(str(error)) from None

    def _said(self, message: str) -> bytes | None:
        """The event of a message, nothing where there is none, None where there are no more."""
        try:
            kind, name, *rest = parse(message)
        except (NotOfFormat, TypeError, ValueError):
            return b""
        if name != _NAME:
            return b""
        if kind == "CLOSED":
            reason = str(rest[0])[:80] if rest else ""
            if reason.startswith(("rate-limited", "error")):
                raise httpx.ReadError(reason)
            raise SkippableError(f"{self._url}: refuses to answer: {reason!a}")
        return None if kind == "EOSE" else json.dumps(rest[0]).encode() if kind == "EVENT" and rest else b""
