"""Where the API is measured: the built function in the Lambda runtime over a DynamoDB that is made up of SQLite, and
`renown serve`. Everything listens on loopback only."""

import base64
import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final

import urllib3

from renown.published import Pointer, current, leaderboard
from renown.table import SqliteTable, attributes

from . import sam
from .sam import BUILD, ROOT, CheckError, check

PEOPLE: Final = ("--people", "400", "--days", "180", "--seed", "7")


@contextmanager
def dynamodb(table: SqliteTable) -> Iterator[str]:
    """The address of a server that reads `table` as DynamoDB would: GetItem, which is all that a scorecard takes."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else the body waits for 40 ms

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            action = self.headers["X-Amz-Target"].rpartition(".")[2]
            signed = self.headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=")
            answer: dict[str, Any] = {}
            if action == "GetItem" and (item := table.get(asked["Key"]["pk"]["S"], asked["Key"]["sk"]["S"])):
                answer = {"Item": attributes(item)}
            body = json.dumps(answer, default=lambda data: base64.b64encode(data).decode()).encode()
            self.send_response(200 if signed and action == "GetItem" else 400)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def environment(address: str) -> dict[str, str]:
    """The variables of a function whose DynamoDB is at `address`."""
    return {"RENOWN_TABLE": "dynamodb:made-up", "AWS_ENDPOINT_URL_DYNAMODB": address}


def community(home: Path) -> tuple[SqliteTable, Pointer, list[dict[str, Any]]]:
    """A published made-up community in `home`: its table, what readers see, and the first of the leaderboard."""
    renown(home, "simulate", *PEOPLE)
    renown(home, "score")
    renown(home, "publish")
    table = SqliteTable(home / "table.sqlite")
    found = current(table)
    check(found, "nothing was published")
    pointer = found[0]  # type: ignore[index]  # checked above
    return table, pointer, leaderboard(table, pointer.run, 0, 10)


def renown(home: Path, *arguments: str) -> None:
    """Runs `renown` with everything in `home`."""
    done = subprocess.run(_command(*arguments), env=_own(home), text=True, capture_output=True, check=False)
    check(done.returncode == 0, f"renown {' '.join(arguments)}: {done.stderr}")


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """The address of `renown serve` over `home`."""
    port = _free()
    with subprocess.Popen(
        _command("serve", "--port", str(port)), env=_own(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _wait(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@contextmanager
def emulated(variables: dict[str, str]) -> Iterator[str]:
    """The address that invokes the built API function in AWS's runtime interface emulator; needs the kit."""
    rie = sam.kit("rie.sh")
    if rie is None:
        raise CheckError("the emulator comes with the runtime kit: set RUNTIME_KIT")
    port = _free()
    given = [argument for name, value in variables.items() for argument in ("-e", f"{name}={value}")]
    command = [rie, "serve", "-p", str(port), "-t", "30", "-l", str(BUILD / "SharedLayer"), *given]
    with subprocess.Popen(
        [*command, str(BUILD / "ApiFunction"), "handler.handler"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            _wait(port)
            yield f"http://127.0.0.1:{port}/2015-03-31/functions/function/invocations"
        finally:
            process.terminate()  # its trap ends the emulator as well


def first_and_next(variables: dict[str, str], event: dict[str, Any]) -> tuple[float, float]:
    """Milliseconds of the first invocation of a new function, with all that it imports, and of one after it."""
    with emulated(variables) as url:
        times = []
        for _ in range(2):
            start = time.perf_counter()
            answer = urllib3.request("POST", url, body=json.dumps(event), timeout=30, retries=False).json()
            times.append(1000 * (time.perf_counter() - start))
            check(answer.get("statusCode") == 200, f"the API answers {answer}")
    return times[0], times[1]


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from renown.cli import main; main()", *arguments]


def _own(home: Path) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not re.match("AWS_|RENOWN_", name)}
    return {**plain, "RENOWN_HOME": str(home), "PYTHONPATH": str(ROOT / "shared")}


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _wait(port: int) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise CheckError(f"nothing listens on port {port} after 30 s")
