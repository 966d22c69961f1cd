"""The client over a real socket: a server on this machine stands in for a public host."""

import gzip
import threading
from collections.abc import Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpcore
import pytest

from renown.errors import RetriableError, SkippableError
from renown.networks.client import Client
from renown.networks.hosts import GuardedTransport
from tests.contract.fakes.visits import Clock, client


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        getattr(self, "answer_" + self.path.strip("/").partition("?")[0])()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name is the base class's
        """Says nothing."""

    def _answer(self, body: bytes, **headers: str) -> None:
        self.send_response(200)
        for name, value in {"content_length": str(len(body)), "content_type": "application/json", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def answer_plain(self) -> None:
        self._answer(b'{"packed": false}')

    def answer_packed(self) -> None:
        assert self.headers["accept-encoding"] == "gzip"
        assert self.headers["host"] == "example.com"
        self._answer(gzip.compress(b'{"packed": true}'), content_encoding="gzip")

    def answer_short(self) -> None:
        self._answer(b'{"packed"', content_length="500")
        self.close_connection = True

    def answer_bomb(self) -> None:
        self.send_response(200)
        self.send_header("content-encoding", "gzip")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        piece = gzip.compress(bytes(64 << 20))
        for _ in range(32):
            try:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            except OSError:  # the client has had enough
                break
        self.close_connection = True

    def answer_inside(self) -> None:
        self.send_response(302)
        self.send_header("location", "http://127.0.0.1/plain")
        self.send_header("content-length", "0")
        self.end_headers()


class Local(httpcore.SyncBackend):
    """Connects to this machine whatever address is asked for."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connections = 0

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        self.connections += 1
        return super().connect_tcp("127.0.0.1", self.port, timeout, local_address, socket_options or [])


@pytest.fixture
def local() -> Iterator[Local]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield Local(server.server_address[1])
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def asking(local: Local) -> Iterator[Client]:
    made = client(GuardedTransport(local, lambda host, port: ["93.184.215.14"]), Clock(0.0))
    yield made
    made.close()


def test_answers_come_over_one_connection(asking: Client, local: Local) -> None:
    assert asking.get("http://example.com/plain").json() == {"packed": False}
    assert asking.get("http://example.com/packed", {"a": "ü"}).json() == {"packed": True}
    assert local.connections == 1


def test_an_answer_that_breaks_off(asking: Client) -> None:
    with pytest.raises(RetriableError):
        asking.get("http://example.com/short")


def test_a_bomb_of_two_gigabytes(asking: Client) -> None:
    with pytest.raises(SkippableError, match="larger than"):
        asking.get("http://example.com/bomb")
    assert asking.get("http://example.com/plain").status == 200


def test_a_redirect_to_this_machine(asking: Client, local: Local) -> None:
    with pytest.raises(SkippableError, match="not the name of a public host"):
        asking.get("http://example.com/inside")
    assert local.connections == 1
