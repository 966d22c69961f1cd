"""Every function by `sam local invoke`, with its event of infra/local/events, and the API by `sam local start-api`.

In containers with the template's memory and time limits, over an S3 and a DynamoDB that moto serves on this machine.
"""

import json
import logging
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import boto3
import urllib3
from moto.server import ThreadedMotoServer
from samtranslator.yaml_helper import yaml_parse

from . import example, sam
from .aws_local import DUMMIES
from .sam import CheckError, check

LAKE: Final = "lake"
TABLE: Final = "table"

NEWEST: Final = 1_790_000_000
"""The made-up activity ends here (unix seconds)."""

ORDER: Final = ("Verify", "Plan", "Visit", "Collect", "Score", "Publish", "Api")
"""As a run calls them; every other function of the template comes after them."""

PATIENCE: Final = 120
"""Seconds for `sam local start-api` to answer."""


def template() -> dict[str, Any]:
    """template.yaml, as it is written."""
    written: dict[str, Any] = yaml_parse((sam.ROOT / "template.yaml").read_text("utf-8"))
    return written


def functions() -> list[str]:
    """The functions of the template."""
    found = [name for name, each in template()["Resources"].items() if each["Type"] == "AWS::Serverless::Function"]
    names = [name.removesuffix("Function") for name in found]
    return [*ORDER, *(name for name in names if name not in ORDER)]


def bridge() -> str:
    """This machine's address for containers."""
    told = sam.run("docker", "network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}")
    return told.strip()


@contextmanager
def stores() -> Iterator[str]:
    """An empty table, and a lake with activity to be imported and people; gives their address for containers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # else a line for each request
    server = ThreadedMotoServer(ip_address="0.0.0.0", port=port, verbose=False)  # noqa: S104  # containers reach it
    server.start()
    os.environ.update({**DUMMIES, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"})
    try:
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket=LAKE)
        s3.put_object(Bucket=LAKE, Key="inbox/table/made-up.csv", Body=example.made_up_table(NEWEST).encode())
        s3.put_object(Bucket=LAKE, Key="people/people.json", Body=example.people("2026-01-01T00:00:00Z").encode())
        table = template()["Resources"]["Table"]["Properties"]
        shape = {name: table[name] for name in ("BillingMode", "AttributeDefinitions", "KeySchema")}
        boto3.client("dynamodb").create_table(TableName=TABLE, **shape)
        yield f"http://{bridge()}:{port}"
    finally:
        del os.environ["AWS_ENDPOINT_URL"]  # else the kit's `sam` would take it for a local AWS
        server.stop()


def variables(at: str) -> dict[str, dict[str, str]]:
    """What `--env-vars` gives each function: the stores, and somebody whom networks can turn to."""
    given = {"RENOWN_LAKE": f"s3://{LAKE}", "RENOWN_TABLE": f"dynamodb:{TABLE}", "RENOWN_POPULATION": "accounts"}
    given |= {f"AWS_ENDPOINT_URL_{service}": at for service in ("S3", "DYNAMODB", "SSM")}
    given |= {"RENOWN_CONTACT": "https://renown.invalid/", "RENOWN_SITE": ""}
    return {f"{name}Function": given for name in functions()}


def invoke(name: str, env: str, **changes: Any) -> Any:
    """What a function answers to its event, with changes."""
    start = time.perf_counter()
    with tempfile.NamedTemporaryFile("w", suffix=".json") as event:
        json.dump(example.event(name.lower(), **changes), event)
        event.flush()
        said = sam.sam("local", "invoke", f"{name}Function", "-e", event.name, "--env-vars", env, *PARAMETERS).strip()
    answer = json.loads(said.splitlines()[-1])
    check(not (isinstance(answer, dict) and "errorType" in answer), f"{name}: {said}")
    print(f"  {name:8} {time.perf_counter() - start:5.1f} s  {said[:100]}", flush=True)
    return answer


PARAMETERS: Final = ("--parameter-overrides", sam.PROCESSOR)


@contextmanager
def api(env: str) -> Iterator[str]:
    """The API as `sam local start-api` serves it; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    started = subprocess.Popen(
        [sam.program(), "local", "start-api", "-p", port, "--warm-containers", "LAZY", "--env-vars", env, *PARAMETERS],
        cwd=sam.ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        started.terminate()
        started.wait(60)


def read(address: str, path: str) -> urllib3.BaseHTTPResponse:
    """The API's answer, once there is one."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return urllib3.request("GET", address + path, retries=False, timeout=60)
        except urllib3.exceptions.HTTPError as error:
            check(time.monotonic() < end, f"`sam local start-api` does not answer: {error}")
            time.sleep(0.5)


def main() -> None:
    """Builds, calls each function in the order of a run, and reads the API."""
    try:
        if "--built" not in sys.argv:
            sam.build()
        with stores() as at, tempfile.NamedTemporaryFile("w", suffix=".json") as env:
            json.dump(variables(at), env)
            env.flush()
            for name in functions():
                invoke(name, env.name)
            with api(env.name) as address:
                leaderboard = read(address, "/v1/leaderboard")
                check(leaderboard.status == 200, f"the leaderboard answers {leaderboard.status}")
                example.check_leaderboard(leaderboard.json())
                page = read(address, "/")
                check(page.status == 200 and re.search(rb"<h1|p00", page.data), f"the page answers {page.status}")
                print(f"  start-api: the leaderboard and the page at {address}")
    except (CheckError, subprocess.SubprocessError, OSError) as error:
        sam.fail(str(error))
    print("ok: every function works under `sam local invoke`, and the API under `sam local start-api`")


if __name__ == "__main__":
    main()
