"""Relays are asked through websockets, over the connections that everything goes over."""

import json
from collections.abc import Callable, Iterable
from typing import Any

import httpcore
import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    Pong,
    RejectConnection,
    TextMessage,
)
from wsproto.events import Request as Opening

from renown.errors import HostResting, RetriableError, SkippableError
from renown.networks.hosts import GuardedTransport
from tests.contract.fakes.visits import Clock, client

PUBLIC = "93.184.215.14"
Answer = Callable[[list[Any]], Iterable[Event]]


def say(*message: Any) -> TextMessage:
    return TextMessage(json.dumps(message))


class Relay(httpcore.NetworkBackend):
    """A relay at every address: what it sends when it is asked, and how it opens the websocket."""

    def __init__(self, answer: Answer, opening: Event | bytes | None = None) -> None:
        self.answer = answer
        self.opening = opening or AcceptConnection()
        self.connected: list[tuple[str, int]] = []
        self.heard: list[Any] = []

    def connect_tcp(self, host: str, port: int, *args: Any, **more: Any) -> httpcore.NetworkStream:
        self.connected.append((host, port))
        return Wire(self)


class Wire(httpcore.NetworkStream):
    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self.server = WSConnection(ConnectionType.SERVER)
        self.waiting = bytearray()

    def start_tls(self, *args: Any, **more: Any) -> httpcore.NetworkStream:
        return self

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.server.receive_data(buffer)
        for event in self.server.events():
            if isinstance(event, Opening):
                self.relay.heard.append(event)
                opening = self.relay.opening
                self.waiting += opening if isinstance(opening, bytes) else self.server.send(opening)
            elif isinstance(event, TextMessage):
                self.relay.heard.append(json.loads(event.data))
                for said in self.relay.answer(self.relay.heard[-1]):
                    self.waiting += self.server.send(said)
            elif isinstance(event, Pong):
                self.relay.heard.append(event)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        piece = bytes(self.waiting[: min(max_bytes, 3000)])
        del self.waiting[: len(piece)]
        return piece

    def close(self) -> None:
        self.waiting.clear()


def asked(relay: Relay, url: str = "wss://relay.example/x?y=1", address: str = PUBLIC) -> Any:
    transport = GuardedTransport(relay, lambda host, port: [address])
    return client(transport, Clock(1_795_000_000.0)).post(url, {"filters": [{"kinds": [1]}, {"kinds": [0]}]}).json()


def test_the_events_before_eose_are_the_answer() -> None:
    event = {"id": "1", "content": "x" * 9000}
    said = [
        say("NOTICE", "hello"),
        say("EVENT", "renown", event),
        Ping(b"there?"),
        TextMessage("no JSON"),
        TextMessage("[" * 100_000),
        say("EVENT", "other", {"id": "no"}),
        BytesMessage(b"no text"),
        TextMessage('["EVENT","ren', message_finished=False),
        TextMessage('own",{"id":"2"}]'),
        say("EVENT", "renown", {"id": "3"}),
        say({}), say(), say("EVENT", "renown"), TextMessage("7"),
        say("EOSE", "renown"),
        say("EVENT", "renown", {"id": "late"}),
    ]  # fmt: skip
    relay = Relay(lambda message: said)
    assert asked(relay) == [event, {"id": "2"}, {"id": "3"}]
    opening, request, pong = relay.heard
    assert (opening.host, opening.target) == ("relay.example", "/x?y=1")
    assert (b"user-agent", b"Renown/1 (+https://renown.example/contact)") in opening.extra_headers
    assert opening.extensions == []
    assert request == ["REQ", "renown", {"kinds": [1]}, {"kinds": [0]}]
    assert pong.payload == b"there?"
    assert relay.connected == [(PUBLIC, 443)]


def test_nothing_is_there() -> None:
    assert asked(Relay(lambda message: [say("EOSE", "renown")])) == []


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ([], RetriableError),
        ([CloseConnection(1001)], RetriableError),
        ([say("EVENT", "renown", {"id": "1"}), CloseConnection(1000)], RetriableError),
        ([say("CLOSED", "renown", "rate-limited: slow down")], RetriableError),
        ([say("CLOSED", "renown", "error: shutting down")], RetriableError),
        ([say("CLOSED", "renown", "auth-required: who are you")], SkippableError),
        ([say("CLOSED", "renown")], SkippableError),
        ([TextMessage("x" * 5_000_001)], SkippableError),
        ([say("EVENT", "renown", "x" * 60_000)] * 90, SkippableError),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_no_answer(said: list[Event], kind: type[Exception]) -> None:
    with pytest.raises(kind) as raised:
        asked(Relay(lambda message: said))
    assert type(raised.value) is kind


@pytest.mark.parametrize(
    ("opening", "kind"),
    [
        (RejectConnection(status_code=429, headers=[(b"retry-after", b"4000")]), HostResting),
        (RejectConnection(status_code=500), RetriableError),
        (RejectConnection(status_code=403), SkippableError),
        (RejectConnection(status_code=302, headers=[(b"location", b"https://169.254.169.254/")]), SkippableError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", SkippableError),
        (b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: x\r\n\r\n", SkippableError),
        (b"\x00\x01garbage\r\n\r\n", RetriableError),
        (b"", RetriableError),
    ],
    ids=lambda value: str(value)[:60],
)
def test_where_no_websocket_is_opened(opening: Event | bytes, kind: type[Exception]) -> None:
    relay = Relay(lambda message: [say("EOSE", "renown")])
    relay.opening = opening
    with pytest.raises(kind) as raised:
        asked(relay)
    assert type(raised.value) is kind
    assert {host for host, _ in relay.connected} == {PUBLIC}


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("wss://relay.example/", "127.0.0.1"),
        ("wss://relay.example/", "::ffff:10.0.0.1"),
        ("wss://relay.example/", "169.254.169.254"),
        ("wss://10.0.0.1/", PUBLIC),
        ("wss://localhost/", PUBLIC),
        ("wss://relay.example:6379/", PUBLIC),
        ("wss://user:word@relay.example/", PUBLIC),
        ("ws://relay.example/", PUBLIC),
    ],
)
def test_only_public_relays_are_connected_to(url: str, address: str) -> None:
    relay = Relay(lambda message: [say("EOSE", "renown")])
    with pytest.raises(SkippableError):
        asked(relay, url, address)
    assert relay.connected == []


def test_a_relay_that_goes_on_for_ever_is_left() -> None:
    """Every piece that comes in counts for the time that an answer may take, whatever is in it."""
    clock = Clock(1_795_000_000.0)

    class Slow(Wire):
        def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
            clock.now += 5
            return super().read(max_bytes, timeout) or self.server.send(Ping(b""))

    class SlowRelay(Relay):
        def connect_tcp(self, host: str, port: int, *args: Any, **more: Any) -> httpcore.NetworkStream:
            return Slow(self)

    transport = GuardedTransport(SlowRelay(lambda message: []), lambda host, port: [PUBLIC])
    with pytest.raises(RetriableError, match="ReadTimeout"):
        client(transport, clock).post("wss://relay.example/", {"filters": []})
