"""The site on a laptop: each HTTP request as the event that API Gateway would send.

Powertools' HttpResolverLocal would need an ASGI server beside it; the standard library's server is enough here.
"""

import logging
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from ..errors import BadInput
from .site import Site

log = logging.getLogger(__name__)

LONGEST: Final = 8192
"""Characters of an address; API Gateway's limit is 10,240 for all of a request's line and headers."""


def server(site: Site, host: str, port: int) -> ThreadingHTTPServer:
    """A server of `site` that listens already; raises BadInput where the address cannot be had."""

    one_at_a_time = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        server_version = "renown"
        sys_version = ""
        timeout = 30

        def answer(self) -> None:
            start = time.perf_counter()
            with one_at_a_time:
                answered = site.resolve(event(self.command, self.path, dict(self.headers)), None)
            body = answered["body"].encode()
            self.send_response(answered["statusCode"])
            for name, values in answered["multiValueHeaders"].items():
                for value in values:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            spent = 1000 * (time.perf_counter() - start)
            log.info("%s %r %d %.1f ms", self.command, self.path[:200], answered["statusCode"], spent)

        def __getattr__(self, name: str) -> Any:
            # The base class looks for do_GET, do_PUT and so on: whatever the method, the site knows what to say.
            if name.startswith("do_"):
                return self.answer
            raise AttributeError(name)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            log.debug(format, *args)

    try:
        return ThreadingHTTPServer((host, port), Handler)
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


def event(method: str, target: str, headers: dict[str, str]) -> dict[str, Any]:
    """The event of API Gateway (REST, version 1) for a request of `target`, a path with a query."""
    parts = urlsplit(target[:LONGEST] if target.startswith("/") else "/")
    query = parse_qs(parts.query, keep_blank_values=True)
    return {
        "httpMethod": method,
        "path": parts.path,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "requestContext": {"path": parts.path, "httpMethod": method, "stage": ""},
        "body": None,
        "isBase64Encoded": False,
    }
