"""The API function's first invocation in the real Lambda runtime, and what it imports."""

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from . import example, sam, served
from .sam import BUILD, CheckError, check

BUDGET: Final = 400.0
"""Milliseconds that the first invocation may take here, the best of `TIMES`: the machine may be busy otherwise."""

TIMES: Final = 5

LIST = """
import sys
before = set(sys.modules)
import handler
handler.routes()
names = sorted({name.partition(".")[0] for name in set(sys.modules) - before} - sys.stdlib_module_names)
print(len(sys.modules), *(f"{name}:{sum(n.split('.')[0] == name for n in sys.modules)}" for name in names))
"""


def measure(event: dict[str, Any], variables: dict[str, str]) -> None:
    """Prints how long first and later invocations take; raises CheckError above the budget."""
    first, later = zip(*(served.first_and_next(variables, event) for _ in range(TIMES)), strict=True)
    print(f"  first invocation: median {statistics.median(first):.0f} ms, best {min(first):.0f} ms of {TIMES}")
    print(f"  the next one: median {statistics.median(later):.1f} ms")
    print(f"  it imports (package:modules): {imported()}")
    check(min(first) <= BUDGET, f"the API's first invocation takes {min(first):.0f} ms; the budget is {BUDGET:.0f}")


def imported() -> str:
    """How many modules the function has imported when it can answer, and those of packages by package."""
    paths = [BUILD / "ApiFunction", BUILD / "SharedLayer/python"]
    own = {"PYTHONPATH": os.pathsep.join(map(str, paths)), "PATH": os.environ["PATH"], "RENOWN_TABLE": "dynamodb:x"}
    own |= {"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    own |= {"PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sam.runtime(), "-c", LIST], env=own, text=True, capture_output=True, check=False)
    check(done.returncode == 0, done.stderr)
    return done.stdout.strip()


def main() -> None:
    """Builds and measures over a made-up community."""
    try:
        if "--built" not in sys.argv:
            sam.build()
        with tempfile.TemporaryDirectory(prefix="renown-cold-") as home:
            table, _, best = served.community(Path(home))
            with served.dynamodb(table) as address:
                event = example.request(f"/v1/profiles/{best[0]['handle']}")
                measure(event, served.environment(address))
            table.close()
    except (CheckError, subprocess.SubprocessError, OSError) as error:
        sam.fail(str(error))


if __name__ == "__main__":
    main()
