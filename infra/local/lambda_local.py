"""Runs the built functions in the real Lambda runtime, over a folder lake and a SQLite table: no AWS, no network.

With the kit in AWS's runtime interface emulator as processes (rie.sh); without it in a container of the image that
`sam local` makes (needs Docker).
"""

import json
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

import urllib3

from . import example, sam
from .every_route import check_gone, check_routes
from .sam import BUILD, CheckError, check, run
from .searched import PIA, objects_with

LARGEST: Final = 180_000_000
"""Bytes, unzipped: of one function, and of the layer. AWS's limit is 250 MB for both together."""

LARGEST_API: Final = 30_000_000
"""Bytes of the function that people wait for."""

NEWEST: Final = 1_790_000_000
"""The made-up activity ends here (unix seconds): the same scores every time."""

FUNCTIONS: Final = ("Verify", "Plan", "Visit", "Collect", "Score", "Publish", "Api", "Review", "Erase")


def sizes() -> None:
    """Prints how large each package is; raises CheckError where one is too large."""
    for name in (*(f"{function}Function" for function in FUNCTIONS), "SharedLayer"):
        size = sum(path.stat().st_size for path in (BUILD / name).rglob("*") if path.is_file())
        print(f"  {name:16} {size / 1e6:6.1f} MB unzipped")
        check(size < (LARGEST_API if name == "ApiFunction" else LARGEST), f"{name}: {size:,} bytes are too many")


def in_emulator(rie: str, function: str, event: str, environment: dict[str, str]) -> str:
    """The answer of a function that runs as a process."""
    variables = [argument for name, value in environment.items() for argument in ("-e", f"{name}={value}")]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    options = ("-p", port, "-t", "900", "-l", str(BUILD / "SharedLayer"))
    return run(rie, *options, *variables, str(BUILD / f"{function}Function"), "handler.handler", event)


def image() -> str:
    """The name of the image that `sam local` runs Python functions in; it makes it when a function is invoked."""
    listed = ("docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}")
    if "samcli/lambda-python:3.13-" not in run(*listed):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as variables:
            json.dump({"PlanFunction": {"RENOWN_LAKE": "an-empty-lake"}}, variables)
            variables.flush()
            event = str(example.EVENTS / "plan.json")
            options = ("--event", event, "--env-vars", variables.name, "--parameter-overrides", sam.PROCESSOR)
            sam.sam("local", "invoke", "PlanFunction", *options)
    found = [name for name in run(*listed).split() if "samcli/lambda-python:3.13-" in name]
    check(found, "`sam local invoke` made no image for python3.13")
    return found[0]


@contextmanager
def container(function: str, environment: dict[str, str], work: Path) -> Iterator[str]:
    """A function in a container that has `work` under the same path; gives the URL that invokes it."""
    code = f"{BUILD}/{function}Function:/var/task:ro", f"{BUILD}/SharedLayer:/opt:ro", f"{work}:{work}"
    options = [argument for volume in code for argument in ("-v", volume)]
    for name, value in {"AWS_LAMBDA_FUNCTION_NAME": "function", **environment}.items():
        options += ["-e", f"{name}={value}"]
    entry = ("--entrypoint", "/var/rapid/aws-lambda-rie", image(), "/var/runtime/bootstrap", "handler.handler")
    user = f"{os.getuid()}:{os.getgid()}"
    started = run("docker", "run", "-d", "-u", user, "-p", "127.0.0.1::8080", *options, *entry).strip()
    try:
        address = run("docker", "port", started, "8080").split()[0]
        yield f"http://{address}/2015-03-31/functions/function/invocations"
    finally:
        run("docker", "rm", "-f", started)


def in_container(function: str, event: str, environment: dict[str, str], work: Path) -> str:
    """The answer of a function that runs in a container."""
    with container(function, environment, work) as url:
        wait = urllib3.Retry(20, backoff_factor=0.05, allowed_methods=None)  # until the emulator listens
        answer: bytes = urllib3.request("POST", url, body=event, retries=wait, timeout=900).data
        return answer.decode()


def invoke(function: str, event: dict[str, Any], work: Path) -> Any:
    """What the built function answers to `event`; raises CheckError, with what it said, where it fails."""
    environment = {
        "RENOWN_LAKE": f"{work}/lake",
        "RENOWN_TABLE": f"{work}/table.sqlite",
        "RENOWN_POPULATION": "accounts",
        "RENOWN_CONTACT": "https://renown.invalid/",
    }
    start = time.perf_counter()
    rie = sam.kit("rie.sh")
    text = json.dumps(event)
    said = in_emulator(rie, function, text, environment) if rie else in_container(function, text, environment, work)
    answer = json.loads(said)
    check(not (isinstance(answer, dict) and "errorType" in answer), f"{function}: {said}")
    print(f"  {function:8} {time.perf_counter() - start:5.1f} s  {said.strip()[:100]}")
    return answer


def get(path: str, work: Path) -> tuple[int, Any]:
    """Status and document that the API answers to a request."""
    plain, _, query = path.partition("?")
    answer = invoke("Api", example.request(plain, **dict(parse_qsl(query))), work)
    return answer["statusCode"], json.loads(answer["body"])


def chain(work: Path) -> None:
    """One whole run over one data set, and what readers see of it."""
    inbox = work / "lake/inbox/table"
    inbox.mkdir(parents=True)
    (inbox / "made-up.csv").write_text(example.made_up_table(NEWEST), "utf-8")
    (work / "lake/people").mkdir()
    (work / "lake/people/people.json").write_text(example.people("2026-01-01T00:00:00Z"), "utf-8")
    verified = invoke("Verify", example.event("verify"), work)
    check(verified == example.SILENT, f"verified {verified}")
    check(invoke("Plan", example.event("plan", phase="begin"), work) == {"running": None}, "a run is under way")
    planned = invoke("Plan", example.event("plan"), work)
    batches = json.loads((work / "lake" / planned["plan"]).read_text("utf-8"))
    check(len(batches) == 2, f"one file and one host are due, not {batches}")
    file, hosts = batches
    collected = invoke("Collect", example.event("collect", batch=file), work)
    visited = invoke("Visit", example.event("visit", batch=hosts), work)
    check(collected["complete"] and collected["new"] > 100 and not collected["rejected"], f"collected {collected}")
    example.check_visit([visited])
    check(invoke("Plan", example.event("plan"), work)["batches"] == 0, "something is due twice")
    scored = invoke("Score", example.event("score"), work)
    check(scored["made"] and scored["scorecards"] > 0, f"scored {scored}")
    published = invoke("Publish", example.event("publish", run=scored["run"]), work)
    check(published["run"] == scored["run"], f"published {published}")
    check(invoke("Plan", example.event("plan", phase="end"), work) == {}, "the run does not end")
    status, leaderboard = get("/v1/leaderboard", work)
    check(status == 200, f"the leaderboard answers {status}")
    example.check_leaderboard(leaderboard)
    page = invoke("Api", example.request("/"), work)
    check(page["statusCode"] == 200 and "p00" in page["body"], f"the page answers {page['statusCode']}")
    print(f"  {check_routes(lambda path: get(path, work), ('pia', 'ann'), 'example:p00')} routes are as described")
    status, problem = get("/v1/accounts/example/nobody", work)
    check(status == 404 and problem["status"] == 404, f"an unknown account answers {status}: {problem}")
    for phase in ("backtest", "calibrate", "shadow"):
        reviewed = invoke("Review", example.event("review", phase=phase), work)
        check("skipped" in reviewed, f"there is nothing old enough to learn from, and yet {reviewed}")
    erased = invoke("Erase", example.event("erase", request={"who": "pia"}), work)
    check(erased["quiet"] and erased["accounts"] == 1 and erased["activity"] > 10, f"erased {erased}")
    print(f"  {check_gone(lambda path: get(path, work), 'pia', 'example:p00')} routes know nothing of who was erased")
    named = objects_with({str(path): path.read_bytes() for path in (work / "lake").rglob("*") if path.is_file()}, *PIA)
    check(not [key for key in named if "/inbox/" not in key], f"who was erased is in {named}")


def main() -> None:
    """Builds, measures, runs."""
    try:
        sam.build()
        sizes()
        os.environ.pop("PYTHONUNBUFFERED", None)  # with it rie.sh finds the ports taken that it has just probed
        with tempfile.TemporaryDirectory(prefix="renown-lambda-") as work:
            chain(Path(work))
    except (CheckError, subprocess.SubprocessError, OSError) as error:
        sam.fail(str(error))
    print("ok: the built functions work in the Lambda runtime")


if __name__ == "__main__":
    main()
