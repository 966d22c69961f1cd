"""Where the client may connect to. Hosts of servers, forums and feeds come from strangers.

An address is checked at the moment when it is connected to, and it is the checked address that is connected to, not
its name: what a name resolves to before or afterwards does not matter. Every redirect is a connection of its own.
"""

import contextlib
import ipaddress
import re
import socket
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import httpcore
import httpx

from ..errors import SkippableError
from . import relays

_NAME: Final = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
"""A name of at least two labels, the last of which begins with a letter: no address in any of its spellings."""

_REFUSED_4: Final = tuple(map(ipaddress.IPv4Network, (
    "0.0.0.0/8",  # this network
    "10.0.0.0/8",  # private
    "100.64.0.0/10",  # carrier-grade NAT; metadata of Alibaba Cloud
    "127.0.0.0/8",  # loopback
    "168.63.129.16/32",  # metadata of Azure
    "169.254.0.0/16",  # link-local; metadata of AWS and others
    "172.16.0.0/12",  # private
    "192.0.0.0/24",  # protocol assignments; metadata of Oracle Cloud
    "192.0.2.0/24",  # documentation
    "192.31.196.0/24",  # AS112
    "192.52.193.0/24",  # AMT
    "192.88.99.0/24",  # 6to4 relays
    "192.168.0.0/16",  # private
    "192.175.48.0/24",  # AS112
    "198.18.0.0/15",  # benchmarks
    "198.51.100.0/24",  # documentation
    "203.0.113.0/24",  # documentation
    "224.0.0.0/4",  # multicast
    "240.0.0.0/4",  # reserved, and broadcast
)))  # fmt: skip
"""IANA's special-purpose registry and the metadata services of clouds; written out, as Python's list changes."""

_GLOBAL_6: Final = ipaddress.IPv6Network("2000::/3")
"""All that is given out so far. Outside of it: loopback, link-local, unique local (metadata of AWS), multicast, and
what holds an IPv4 address: mapped, compatible, translated (NAT64)."""

_REFUSED_6: Final = tuple(map(ipaddress.IPv6Network, (
    "2001::/23",  # protocol assignments: Teredo, ORCHID, AMT
    "2001:db8::/32",  # documentation
    "2002::/16",  # 6to4, which holds an IPv4 address
    "2620:4f:8000::/48",  # AS112
    "3fff::/20",  # documentation
)))  # fmt: skip
_ISATAP: Final = (0x00005EFE, 0x02005EFE)
"""The third quarter of an address that holds an IPv4 address in its fourth (RFC 5214)."""

PORTS: Final = (80, 443)


def check_url(url: httpx.URL) -> None:
    """Raises SkippableError, in one line, unless `url` is of a kind that is fetched.

    That is: http or https, its usual ports, a host that is a name, and no user or password.
    """
    host = url.raw_host.decode("ascii", "replace")
    if url.scheme not in ("http", "https"):
        raise SkippableError(f"{url.scheme[:20]!r} addresses are not fetched: only http and https")
    if url.userinfo:
        raise SkippableError(f"an address of {host[:80]!r} has a user or password in it: not fetched")
    if not _NAME.fullmatch(host):
        raise SkippableError(f"host {host[:80]!r}: not the name of a public host")
    if url.port not in (None, *PORTS):
        raise SkippableError(f"port {url.port} of {host[:80]!r}: only 80 and 443 are used")


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, and no other address is hidden in it."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return not any(ip in network for network in _REFUSED_4)
    hides = int(ip) >> 32 & 0xFFFFFFFF in _ISATAP
    return ip in _GLOBAL_6 and not hides and not any(ip in network for network in _REFUSED_6)


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system resolves them; raises OSError where there are none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class GuardedBackend(httpcore.NetworkBackend):
    """Connects to public addresses only: those that `resolver` gives for a host, checked, and no others."""

    def __init__(self, connector: httpcore.NetworkBackend, resolver: Callable[[str, int], list[str]]) -> None:
        self._connector = connector
        self._resolver = resolver

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first address of `host` that answers.

        Raises SkippableError if any of its addresses is not public: a name that points both ways is a trap.
        """
        try:
            addresses = self._resolver(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} has no address") from error
        if not all(map(is_public, addresses)):
            raise SkippableError(f"host {host[:80]!r}: its address is not public")
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                return self._connector.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


class GuardedTransport(httpx.BaseTransport):
    """What carries the client's requests to the internet, and nowhere else. It uses no proxy: one would resolve.

    With `https_only` nothing goes in the clear, redirects neither.
    """

    def __init__(
        self,
        connector: httpcore.NetworkBackend | None = None,
        resolver: Callable[[str, int], list[str]] = resolve,
        *,
        https_only: bool = False,
    ) -> None:
        self._https_only = https_only
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            max_connections=20,
            keepalive_expiry=30,
            network_backend=GuardedBackend(connector or httpcore.SyncBackend(), resolver),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer; raises SkippableError for an address that is not fetched, httpx.TransportError for failures.

        A wss address is a relay's, which is asked through a websocket (see `relays`).
        """
        if request.url.scheme == "wss":
            check_url(request.url.copy_with(scheme="https"))
            with _as_httpx():
                return relays.ask(request, self._pool.handle_request)
        check_url(request.url)
        if self._https_only and request.url.scheme != "https":
            raise SkippableError(f"an address of {request.url.host} is not https: not fetched")
        sent = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _as_httpx():
            answer = self._pool.handle_request(sent)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    def close(self) -> None:
        """Closes the connections."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    """The body of an answer, as it comes in."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx():
            yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


@contextlib.contextmanager
def _as_httpx() -> Iterator[None]:
    """httpcore's failures as httpx's, of the two kinds that the client tells apart."""
    try:
        yield
    except httpcore.TimeoutException as error:
        raise httpx.TimeoutException(str(error)) from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise httpx.TransportError(str(error)) from error
