"""Nothing but the public internet is ever connected to, whatever a name says and whenever it says it."""

import ssl
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx
import pytest

from renown.errors import HostResting, RetriableError, SkippableError
from renown.networks.hosts import GuardedBackend, GuardedTransport, check_url, is_public
from tests.contract.fakes.visits import Clock, client

PUBLIC = "93.184.215.14"
PUBLIC_6 = "2606:2800:21f:cb07:6820:80da:af6b:8b2c"

REFUSED_4 = (
    "0.0.0.0",  # noqa: S104  # nothing is bound to it: it must be refused
    "0.0.0.1", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.100.100.200", "100.127.255.255",
    "127.0.0.1", "127.255.255.255", "168.63.129.16", "169.254.0.0", "169.254.169.254", "169.254.170.2",
    "172.16.0.0", "172.31.255.255", "192.0.0.0", "192.0.0.192", "192.0.0.255", "192.0.2.1", "192.31.196.1",
    "192.52.193.1", "192.88.99.1", "192.168.0.0", "192.168.255.255", "192.175.48.1", "198.18.0.0", "198.19.255.255",
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
)  # fmt: skip
REFUSED_6 = (
    "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:93.184.215.14", "::ffff:0:7f00:1", "64:ff9b::a00:1",
    "64:ff9b::5db8:d70e", "64:ff9b:1::a00:1", "100::1", "100:0:0:1::1", "2001::1", "2001:0:7f00:1::", "2001:2::1",
    "2001:10::1", "2001:20::1", "2001:1ff:ffff::1", "2001:db8::1", "2002:7f00:1::1", "2002:a9fe:a9fe::1",
    "2620:4f:8000::1", "3fff::1", "3fff:fff:ffff::1", "4000::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fdff::1",
    "fe80::1", "fe80::1%eth0", "febf::1", "fec0::1", "ff02::1", "2606:2800:21f:cb07:0:5efe:7f00:1",
    "2606:2800:21f:cb07:200:5efe:a00:1",
)  # fmt: skip
ALLOWED = (
    PUBLIC, "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1",
    "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.255.255", "192.169.0.0",
    "198.17.255.255", "198.20.0.0", "223.255.255.255", PUBLIC_6, "2001:200::1", "2001:4860:4860::8888", "2003::1",
)  # fmt: skip
HOSTILE_URLS = (
    "http://127.0.0.1/", "http://2130706433/", "http://0x7f000001/", "http://0x7f.1/", "http://0177.0.0.1/",
    "http://017700000001/", "http://127.1/", "http://127.0.0.1./", "http://127。0。0。1/", "http://１２７.0.0.1/",
    "http://①②⑦.0.0.1/", "http://0/", "http://93.184.215.14/", "http://[::1]/", "http://[::ffff:127.0.0.1]/",
    "http://[fe80::1%25eth0]/", "http://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/", "http://localhost/",
    "http://LOCALHOST/", "http://localhost./", "http://metadata/", "http://example/", "http://example.com./",
    "http://example.0x1/", "http://example.1/", "http://-example.com/", "http://a..example/", "http://exa%6dple/",
    "http:///path", "http://example.com:8080/", "http://example.com:22/", "https://example.com:6379/",
    "http://example.com:0/", "http://user@example.com/", "http://user:secret@example.com/", "http://:@example.com/",
    "http://example.com@127.0.0.1/", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/",
    "javascript://example.com/", "data:text/html,x", "unix:///run/x.sock", "//example.com/", "/path", "",
    "http://" + "a." * 130 + "com/", "http://" + "a" * 64 + ".com/",
)  # fmt: skip


@pytest.mark.parametrize("address", [*REFUSED_4, *REFUSED_6, "", "example.com", "1.2.3", "0x7f.1", "010.0.0.1"])
def test_addresses_that_are_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ALLOWED)
def test_addresses_of_the_public_internet(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("url", HOSTILE_URLS, ids=ascii)
def test_addresses_that_are_not_fetched(url: str) -> None:
    with pytest.raises((SkippableError, httpx.InvalidURL)):
        check_url(httpx.URL(url))


@pytest.mark.parametrize(
    "url",
    ["http://example.com", "https://example.com:443/x?y#z", "http://sub.xn--bcher-kva.example:80/", "https://a.co"],
)
def test_addresses_that_are_fetched(url: str) -> None:
    check_url(httpx.URL(url))


class Stream(httpcore.MockStream):
    """A connection that notes with what name and checks TLS is begun on it."""

    secured: list[tuple[str | None, bool, ssl.VerifyMode]] = []  # noqa: RUF012  # shared on purpose: emptied by the test

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        self.secured.append((server_hostname, ssl_context.check_hostname, ssl_context.verify_mode))
        return self


class Internet(httpcore.NetworkBackend):
    """Names with the addresses that they resolve to, one list after the other; and hosts that answer there."""

    def __init__(self, names: dict[str, list[list[str]]], answers: dict[str, bytes] | None = None) -> None:
        self.names = names
        self.answers = answers or {}
        self.connected: list[tuple[str, int]] = []
        self.resolved: list[str] = []
        self.down: set[str] = set()

    def resolve(self, host: str, port: int) -> list[str]:
        self.resolved.append(host)
        if host not in self.names:
            raise OSError("Name or service not known")
        times = self.names[host]
        return times.pop(0) if len(times) > 1 else times[0]

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        self.connected.append((host, port))
        if host in self.down:
            raise httpcore.ConnectError("refused")
        return Stream([self.answers.get(host, b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")])


def get(internet: Internet, url: str) -> Any:
    clock = Clock(1_795_000_000.0)
    return client(GuardedTransport(internet, internet.resolve), clock).get(url)


def redirect(to: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_what_is_connected_to_is_the_address_that_was_checked(scheme: str) -> None:
    internet = Internet({"example.com": [[PUBLIC], ["127.0.0.1"]]})
    assert get(internet, f"{scheme}://example.com/").status == 204
    assert internet.connected == [(PUBLIC, 443 if scheme == "https" else 80)]
    assert internet.resolved == ["example.com"]


def test_certificates_are_checked_against_the_name_and_not_the_address() -> None:
    Stream.secured.clear()
    get(Internet({"example.com": [[PUBLIC]]}), "https://example.com/")
    assert Stream.secured == [("example.com", True, ssl.CERT_REQUIRED)]


def test_the_next_address_is_tried_where_one_does_not_answer() -> None:
    internet = Internet({"example.com": [[PUBLIC_6, PUBLIC]]})
    internet.down = {PUBLIC_6}
    assert get(internet, "http://example.com/").status == 204
    assert [host for host, _ in internet.connected] == [PUBLIC_6, PUBLIC]


@pytest.mark.parametrize("address", [*REFUSED_4, *REFUSED_6])
def test_a_name_with_such_an_address_is_never_connected_to(address: str) -> None:
    for addresses in ([address], [PUBLIC, address], [address, PUBLIC]):
        internet = Internet({"rebind.example": [addresses]})
        with pytest.raises(SkippableError, match="its address is not public"):
            GuardedBackend(internet, internet.resolve).connect_tcp("rebind.example", 443)
        assert internet.connected == []


def test_a_name_that_is_public_first_and_private_later_is_refused_later() -> None:
    internet = Internet({"rebind.example": [[PUBLIC], ["169.254.169.254"]]})
    transport = GuardedTransport(internet, internet.resolve)
    asking = client(transport, Clock(1_795_000_000.0))
    assert asking.get("http://rebind.example/").status == 204
    with pytest.raises(SkippableError, match="not public"):
        asking.get("http://rebind.example/")
    assert internet.connected == [(PUBLIC, 80)]


@pytest.mark.parametrize(
    "url", [*HOSTILE_URLS[:-5], "http://inside.example/", "//127.0.0.1/", "http://[::1"], ids=ascii
)
def test_no_redirect_leads_to_what_is_refused(url: str) -> None:
    internet = Internet({"example.com": [[PUBLIC]], "inside.example": [["10.0.0.5"]]}, {PUBLIC: redirect(url)})
    with pytest.raises((SkippableError, RetriableError)):
        get(internet, "http://example.com/")
    assert {host for host, _ in internet.connected} == {PUBLIC}


def test_redirects_within_the_public_internet_are_followed_five_times_at_most() -> None:
    internet = Internet({"example.com": [[PUBLIC]], "www.example.com": [["1.1.1.1"]]})
    internet.answers[PUBLIC] = redirect("https://www.example.com/there")
    assert get(internet, "http://example.com/").url == "https://www.example.com/there"
    internet.answers["1.1.1.1"] = redirect("http://example.com/")
    internet.connected.clear()
    with pytest.raises(SkippableError, match="more than 5 redirects"):
        get(internet, "http://example.com/")
    assert len(internet.connected) == 6


def test_where_only_https_is_wanted_no_redirect_leads_out_of_it() -> None:
    internet = Internet({"example.com": [[PUBLIC]], "www.example.com": [["1.1.1.1"]]})
    internet.answers[PUBLIC] = redirect("http://www.example.com/there")
    asking = client(GuardedTransport(internet, internet.resolve, https_only=True), Clock(1_795_000_000.0))
    for url in ("https://example.com/", "http://example.com/"):
        with pytest.raises(SkippableError, match="is not https"):
            asking.get(url)
    assert internet.connected == [(PUBLIC, 443)]


def test_a_name_without_an_address_and_a_host_that_is_down_may_come_back() -> None:
    for internet in (Internet({}), Internet({"example.com": [[]]}), Internet({"example.com": [[PUBLIC]]})):
        internet.down = {PUBLIC}
        with pytest.raises(RetriableError) as raised:
            get(internet, "http://example.com/?token=secret")
        assert not isinstance(raised.value, HostResting)
        assert "secret" not in str(raised.value)


def test_unix_sockets_are_not_connected_to() -> None:
    with pytest.raises(NotImplementedError):
        GuardedBackend(Internet({}), lambda host, port: []).connect_unix_socket("/run/docker.sock")


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", b"nonsense\r\n\r\n"])
def test_an_answer_that_breaks_off_may_come_whole_later(answer: bytes) -> None:
    internet = Internet({"example.com": [[PUBLIC]]}, {PUBLIC: answer})
    with pytest.raises(RetriableError):
        get(internet, "http://example.com/")
    assert len(internet.connected) == 3


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:3128")
    internet = Internet({"example.com": [[PUBLIC]]})
    assert get(internet, "http://example.com/").status == 204
    assert internet.connected == [(PUBLIC, 80)]
