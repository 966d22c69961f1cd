"""The site on a laptop: each HTTP request as the event that API Gateway would send.

Powertools' HttpResolverLocal would need an ASGI server beside it; the standard library's server is enough here.
"""

import base64
import gzip
import logging
import re
import sys
import threading
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs

from ..errors import BadInput
from .problem import PROBLEM_JSON, Problem, as_json
from .site import HEADERS, Event, Site

log = logging.getLogger(__name__)


SMALL: Final = 1024
"""Bytes below which an answer is not worth compressing; the same in template.yaml, where API Gateway does it."""


class _Server(ThreadingHTTPServer):
    def __init__(self, address: tuple[str, int], site: Site) -> None:
        self._site = site
        self._one_at_a_time = threading.Lock()
        super().__init__(address, _Handler)

    def resolve(self, request: Event) -> dict[str, Any]:
        with self._one_at_a_time:
            return self._site.resolve(request, None)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that hangs up is nothing to tell anybody."""
        hung_up = isinstance(sys.exception(), ConnectionError)
        log.log(logging.DEBUG if hung_up else logging.ERROR, "a request was not answered", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    """The base class bounds what is read: 64 KiB of each line, 100 headers."""

    server: _Server
    server_version = "renown"
    sys_version = ""
    timeout = 30
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else the body waits until the head's receipt is confirmed: 40 ms

    def answer(self) -> None:
        start = time.perf_counter()
        request = event(self.command, self.path, self.headers.items(), int(time.time()))
        answered = self.server.resolve(request)
        status, body = answered["statusCode"], answered["body"].encode()
        if answered["isBase64Encoded"]:
            body = base64.b64decode(body)
        elif len(body) >= SMALL and takes_gzip(self.headers.get("Accept-Encoding", "")):
            body = gzip.compress(body, 6, mtime=0)
            answered["multiValueHeaders"]["Content-Encoding"] = ["gzip"]
        headers = [(name, value) for name, values in answered["multiValueHeaders"].items() for value in values]
        if self.command != "HEAD" and status != HTTPStatus.NOT_MODIFIED:  # there it would have to be that of GET
            headers.append(("Content-Length", str(len(body))))
        if "Content-Length" in self.headers or "Transfer-Encoding" in self.headers:
            headers.append(("Connection", "close"))  # nobody reads the body: it is no next request
        self._send(status, headers, body)
        spent = 1000 * (time.perf_counter() - start)
        log.info("%r %r %d %.1f ms", self.command[:20], request["path"][:200], status, spent)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What is no request at all, and never comes to the routes."""
        status = HTTPStatus(code)
        problem = Problem(status, "not-a-request", "This is no request that can be answered")
        body = as_json(problem, status.description or status.phrase, "/").encode()
        headers = [*HEADERS.items(), ("Content-Type", PROBLEM_JSON), ("Content-Length", str(len(body)))]
        headers.append(("Connection", "close"))
        self._send(status, headers, b"" if self.command == "HEAD" else body)
        log.info("%r: %d %s", (self.command or "")[:20], status, status.phrase)

    def _send(self, status: int, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def __getattr__(self, name: str) -> Any:
        # The base class looks for do_GET, do_PUT and so on: whatever the method, the site knows what to say.
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        log.debug(format, *args)


def server(site: Site, host: str, port: int) -> ThreadingHTTPServer:
    """A server of `site` that listens already; raises BadInput where the address cannot be had."""
    try:
        return _Server((host, port), site)
    except (OSError, OverflowError) as error:
        raise BadInput(f"cannot listen on {host} port {port}: {error}; choose another with --port") from error


def serve(site: Site, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serves until Ctrl-C; `ready` is called with the address once it listens."""
    with server(site, host, port) as listening:
        ready(f"http://{host}:{listening.server_address[1]}/")
        try:
            listening.serve_forever()
        except KeyboardInterrupt:
            log.info("stopped")


def event(method: str, target: str, headers: Iterable[tuple[str, str]] = (), now: int = 0) -> Event:
    """The event of API Gateway (REST, version 1) for a request of `target`, a path with a query; `now` is unix seconds.

    As there, the path stays percent-encoded and the query does not.
    """
    path, _, text = target.partition("#")[0].partition("?")
    query = parse_qs(text, keep_blank_values=True)
    sent: dict[str, list[str]] = {}
    for name, value in headers:
        sent.setdefault(name, []).append(value)
    return {
        "httpMethod": method,
        "path": path,
        "headers": {name: values[-1] for name, values in sent.items()},
        "multiValueHeaders": sent,
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "requestContext": {"path": path, "httpMethod": method, "stage": "", "requestTimeEpoch": 1000 * now},
        "body": None,
        "isBase64Encoded": False,
    }


def takes_gzip(accepted: str) -> bool:
    """Whether who sent this as `Accept-Encoding` can read gzip."""
    for coding in accepted.lower().split(","):
        name, _, weight = coding.replace(" ", "").partition(";")
        if name in ("gzip", "*"):
            return not re.fullmatch(r"q=0(\.0*)?", weight)
    return False
