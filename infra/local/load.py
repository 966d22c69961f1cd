"""Load: how many requests a second `renown serve` and the API function in the Lambda runtime answer, and how fast.

Drives both with `hey` (Debian's package of that name), on loopback only and for a bounded number of requests.
"""

import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

from . import example, sam, served
from .sam import CheckError, check

REQUESTS: Final = 1000

AT_ONCE: Final = 8


class Load(NamedTuple):
    """What one load test found; times are milliseconds."""

    per_second: float
    p50: float
    p99: float
    errors: int


def hey(url: str, *options: str, at_once: int) -> Load:
    """What `hey` says of `REQUESTS` requests to `url`; whatever is not answered with 200 is an error."""
    tool = shutil.which("hey")
    if tool is None:
        raise CheckError("no `hey` on PATH: apt-get install hey")
    said = sam.run(tool, "-n", str(REQUESTS), "-c", str(at_once), *options, url)

    def number(pattern: str) -> float:
        found = re.search(pattern, said)
        check(found, f"hey says no {pattern}: {said}")
        return float(found[1])  # type: ignore[index]  # checked above

    good = re.search(r"\[200\]\s+(\d+) responses", said)
    return Load(
        number(r"Requests/sec:\s+([\d.]+)"),
        1000 * number(r"50%+ in ([\d.]+) secs"),
        1000 * number(r"99%+ in ([\d.]+) secs"),
        REQUESTS - int(good[1] if good else 0),
    )


def say(what: str, found: Load) -> None:
    """One line of the report; raises CheckError where a request failed."""
    print(
        f"  {what:44} {found.per_second:8.0f} a second   p50 {found.p50:6.1f} ms   p99 {found.p99:6.1f} ms"
        f"   {found.errors} errors"
    )
    check(not found.errors, f"{what}: {found.errors} of {REQUESTS} requests failed")


def main() -> None:
    """Both, over a made-up community."""
    try:
        with tempfile.TemporaryDirectory(prefix="renown-load-") as home:
            table, _, best = served.community(Path(home))
            handle = best[0]["handle"]
            paths = (f"/v1/profiles/{handle}", "/v1/leaderboard", f"/@{handle}")
            print(f"{REQUESTS} requests each, {AT_ONCE} at once (the Lambda runtime answers one at a time)")
            with served.serving(Path(home)) as url:
                for path in paths:
                    say(f"renown serve {path}", hey(f"{url}{path}", at_once=AT_ONCE))
            if sam.kit("rie.sh") is None:
                print("  skipped: the Lambda runtime comes with the runtime kit")
                return
            if not (sam.BUILD / "ApiFunction").is_dir():
                sam.build()
            with served.dynamodb(table) as address, served.emulated(served.environment(address)) as url:
                for path in paths:
                    event = Path(home, "event.json")
                    event.write_text(json.dumps(example.request(path)), "utf-8")
                    say(f"Lambda runtime {path}", hey(url, "-m", "POST", "-D", str(event), at_once=1))
            table.close()
    except (CheckError, subprocess.SubprocessError, OSError) as error:
        sam.fail(str(error))


if __name__ == "__main__":
    main()
