"""The connectors against real servers on this machine, with made-up people: what is there is found, and found once.

`make real-networks` runs these; `make test` does not. Only where connections lead is replaced: hosts to local ports.
"""

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from renown import parts
from renown.networks.base import Network
from renown.networks.registry import NETWORKS
from tests.contract.fakes.world import Deed
from tests.integration.test_collect import Place

ROOT = Path(__file__).parents[2]
KIT = Path(os.environ.get("RUNTIME_KIT") or ROOT / "../shared/runtime")
SERVERS = Path(os.environ.get("RENOWN_REAL_SERVERS") or ROOT / ".venv-real") / "bin"
PATIENCE = 60.0
DAY = 86_400


class Local(httpx.BaseTransport):
    """Carries requests for some hosts to ports of this machine."""

    def __init__(self, ports: dict[str, int]) -> None:
        self.ports = ports
        self.inner = httpx.HTTPTransport(limits=httpx.Limits(max_keepalive_connections=0))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        port = self.ports.get(request.url.host)
        if port is None:
            raise httpx.ConnectError(f"{request.url.host} is not here")
        url = request.url.copy_with(scheme="http", host="127.0.0.1", port=port)
        extensions = request.extensions
        return self.inner.handle_request(
            httpx.Request(request.method, url, headers=request.headers, content=request.read(), extensions=extensions)
        )


def until(what: str, fetch: Callable[[], bool]) -> None:
    """Waits until `fetch` is true: servers take a moment to count."""
    end = time.monotonic() + PATIENCE
    while not fetch():
        assert time.monotonic() < end, f"after {PATIENCE} s still not: {what}"
        time.sleep(0.5)


def place(folder: Path, network: str, given: str, ports: dict[str, int]) -> tuple[Place, str]:
    """Where the account that is meant by `given` is collected, and how it is called."""
    connector: Network = NETWORKS[network]
    resolving = Place(folder / "resolving", connector, transport=Local(ports))
    resolving.clock.now = time.time()
    account = connector.resolve(given, resolving.collector().client())
    found = Place(folder / "collecting", connector, account, transport=Local(ports))
    found.clock.now = time.time()
    return found, account


def deeds(of: Place) -> set[Deed]:
    return {(row.verb, row.actor, row.author or "", row.object) for row in parts.read(of.lake)}


def collected(of: Place) -> dict[str, Any]:
    """A visit on the next day."""
    found = of.run()
    shown = {name: found[name] for name in ("network", "requests", "unchanged", "activity", "observations")}
    print(f"\n  {shown}", end="")
    assert (found["accounts"], found["skipped"], found["rejected"]) == (1, {}, 0)
    assert len(of.ids()) == len(set(of.ids()))
    of.clock.now = max(of.clock.now, time.time()) + DAY
    return found


# ---------------------------------------------------------------- Bluesky: PLC, PDS and AppView

PDS, APPVIEW, PLC = 2683, 2684, 2682


@pytest.fixture(scope="module")
def bluesky() -> Iterator[dict[str, int]]:
    script = KIT / "bluesky.sh"
    if not script.exists():
        pytest.skip(f"no kit that starts Bluesky at {KIT}")
    running = subprocess.run([script, "status"], capture_output=True, check=False).returncode == 0
    subprocess.run([script, "start"], stdout=subprocess.DEVNULL, check=True, timeout=900)
    yield {"public.api.bsky.app": APPVIEW, "api.bsky.app": APPVIEW, "plc.directory": PLC}
    if not running:
        subprocess.run([script, "stop"], stdout=subprocess.DEVNULL, check=True)


class Person:
    """Somebody on the PDS."""

    def __init__(self, name: str) -> None:
        self.handle = f"{name}{int(time.time() * 1000) % 10**9}.test"
        given = {"handle": self.handle, "email": f"{self.handle}@example.com", "password": "made-up"}
        made = httpx.post(f"http://127.0.0.1:{PDS}/xrpc/com.atproto.server.createAccount", json=given, timeout=30)
        made.raise_for_status()
        self.did, self.token = made.json()["did"], made.json()["accessJwt"]

    def write(self, kind: str, **record: Any) -> dict[str, str]:
        time.sleep(0.01)  # the AppView's lists lose records of one millisecond
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        doc = {"repo": self.did, "collection": kind, "record": {"$type": kind, "createdAt": at, **record}}
        made = httpx.post(
            f"http://127.0.0.1:{PDS}/xrpc/com.atproto.repo.createRecord",
            json=doc,
            headers={"authorization": f"Bearer {self.token}"},
            timeout=30,
        )
        made.raise_for_status()
        return {name: made.json()[name] for name in ("uri", "cid")}

    def post(self, text: str, **more: Any) -> dict[str, str]:
        return self.write("app.bsky.feed.post", text=text, **more)


def seen(person: Person, **counts: int) -> Callable[[], bool]:
    """Whether the AppView shows the person's newest post with these counts."""

    def ask() -> bool:
        url = f"http://127.0.0.1:{APPVIEW}/xrpc/app.bsky.feed.getAuthorFeed"
        answer = httpx.get(url, params={"actor": person.did, "limit": 30}, timeout=30)
        feed = answer.json().get("feed", []) if answer.status_code == 200 else []
        return any(all(entry["post"].get(name) == number for name, number in counts.items()) for entry in feed)

    return ask


def test_bluesky(bluesky: dict[str, int], tmp_path: Path) -> None:
    ada, bob, eve = (Person(name) for name in ("ada", "bob", "eve"))
    facet = {
        "index": {"byteStart": 6, "byteEnd": 12},
        "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "gears"}],
    }
    first = ada.post("About #gears", facets=[facet])
    quiet = ada.post("Nobody answers this")
    bob.write("app.bsky.feed.like", subject=first)
    eve.write("app.bsky.feed.repost", subject=first)
    answer = bob.post("How?", reply={"root": first, "parent": first})
    quote = eve.post("See this", embed={"$type": "app.bsky.embed.record", "record": first})
    bob.write("app.bsky.graph.follow", subject=ada.did)
    until("counted", seen(ada, likeCount=1, repostCount=1, replyCount=1, quoteCount=1))

    of, account = place(tmp_path, "bluesky", f"bluesky:{ada.handle}", bluesky)
    me, him, her = (f"bluesky:{each.did}" for each in (ada, bob, eve))
    assert account == me
    collected(of)
    expected = {
        ("Create", me, me, first["uri"]),
        ("Create", me, me, quiet["uri"]),
        ("Like", him, me, first["uri"]),
        ("Announce", her, me, first["uri"]),
        ("Reply", him, me, first["uri"]),
        ("Quote", her, me, first["uri"]),
        ("Follow", him, me, None),
    }
    assert deeds(of) == expected, (answer, quote)
    assert {topic for row in parts.read(of.lake) if row.object == first["uri"] for topic in row.topics} == {"gears"}
    assert collected(of)["activity"] == 0

    eve.write("app.bsky.feed.like", subject=quiet)
    until("counted", seen(ada, likeCount=1, repostCount=0))
    assert collected(of)["activity"] == 1
    assert deeds(of) == expected | {("Like", her, me, quiet["uri"])}


# ---------------------------------------------------------------- a Mastodon server (PyPI's mastodon_mock)


@contextmanager
def server(*command: str | Path, port: int, path: str) -> Iterator[None]:
    """A server as a process, once it answers."""
    with subprocess.Popen([str(each) for each in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as one:

        def answers() -> bool:
            try:
                return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=5).status_code < 500
            except httpx.TransportError:
                return False

        try:
            until(f"{command[0]} answers", answers)
            yield
        finally:
            one.terminate()


def test_mastodon(tmp_path: Path) -> None:
    program, port = SERVERS / "mastodon_mock", 8977
    if not program.exists():
        pytest.skip(f"no mastodon_mock at {program}: `make real-networks` installs it")
    command = (program, "serve", "--in-memory", "--demo", "--port", str(port), "--domain", "mock.example")

    def act(who: str, path: str, **form: str) -> dict[str, Any]:
        token = {"authorization": f"Bearer {who}_token"}
        answer = httpx.post(f"http://127.0.0.1:{port}/api/v1/{path}", data=form, headers=token, timeout=30)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    with server(*command, port=port, path="/api/v1/instance"):
        status = act("ada", "statuses", status="About #gears")
        act("grace", f"statuses/{status['id']}/favourite")
        act("alan", f"statuses/{status['id']}/reblog")
        act("grace", "statuses", status="@ada how?", in_reply_to_id=status["id"])
        of, me = place(tmp_path, "mastodon", "mastodon:ada@mock.example", {"mock.example": port})
        collected(of)
        grace, alan = "mastodon:grace@mock.example", "mastodon:alan@mock.example"
        expected = {
            ("Create", me, me, status["uri"]),
            ("Like", grace, me, status["uri"]),
            ("Announce", alan, me, status["uri"]),
            ("Reply", grace, me, status["uri"]),
        }
        assert expected <= deeds(of)
        assert collected(of)["activity"] == 0
        act("katherine", f"statuses/{status['id']}/favourite")
        assert collected(of)["activity"] == 1
        assert ("Like", "mastodon:katherine@mock.example", me, status["uri"]) in deeds(of)


# ---------------------------------------------------------------- a blog


class Blog(BaseHTTPRequestHandler):
    """A feed that says when it changed; nobody mentions it."""

    posts: list[tuple[str, float]]

    def do_GET(self) -> None:
        if self.path.startswith("/feed.xml"):
            items = "".join(
                f"<item><title>A post</title><link>https://blog.example/{name}</link><guid>https://blog.example/{name}"
                f"</guid><pubDate>{format_datetime(datetime.fromtimestamp(at, UTC))}</pubDate>"
                "<category>gears</category></item>"
                for name, at in reversed(self.posts)
            )
            head = "<title>Blog</title><link>https://blog.example/</link><description>Made up</description>"
            body, kind = f'<rss version="2.0"><channel>{head}{items}</channel></rss>', "application/rss+xml"
        elif self.path.startswith("/api/mentions"):
            body, kind = '{"type": "feed", "name": "Webmentions", "children": []}', "application/json"
        else:
            return self.send_error(404)
        tag = f'"{len(body)}"'
        if self.headers.get("if-none-match") == tag:
            self.send_response(304)
            return self.end_headers()
        self.send_response(200)
        for name, value in (("content-type", kind), ("etag", tag), ("content-length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())
        return None

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def test_a_feed(tmp_path: Path) -> None:
    Blog.posts = [("one", time.time() - 2 * DAY), ("two", time.time() - DAY)]
    with ThreadingHTTPServer(("127.0.0.1", 0), Blog) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        port = http.server_address[1]
        hosts = {"blog.example": port, "webmention.io": port}
        of, me = place(tmp_path, "feed", "feed:https://blog.example/feed.xml", hosts)
        collected(of)
        posts = {("Create", me, me, f"https://blog.example/{name}") for name in ("one", "two")}
        assert deeds(of) == posts
        second = collected(of)
        assert (second["activity"], second["unchanged"]) == (0, 1)
        Blog.posts.append(("three", time.time() - 60))
        assert collected(of)["activity"] == 1
        assert deeds(of) == posts | {("Create", me, me, "https://blog.example/three")}
        http.shutdown()
