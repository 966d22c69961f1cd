"""Known vulnerabilities of everything that our locks name, by pip-audit: exit code 1 where there are any, and 2 where
it could not be found out, because OSV's database is not reached or does not know a package.

    python -m infra.supply.audit
"""

import json
import subprocess
import sys
import tempfile
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

from . import FUNCTIONS, LAPTOP, ROOT, pins

TOOL: Final = ROOT / ".venv-audit/bin/pip-audit"


def lists() -> list[list[str]]:
    """Everything that the locks name, in lists that have each package once: pip-audit takes no other."""
    known: dict[str, set[str]] = {}
    for lock in (*FUNCTIONS.values(), LAPTOP):
        for pin in pins(lock):
            known.setdefault(pin.name, set()).add(f"{pin.name}=={pin.version}")
    return [sorted(filter(None, each)) for each in zip_longest(*map(sorted, known.values()))]


def asked(packages: list[str]) -> list[dict[str, Any]]:
    """What pip-audit says of each package; raises RuntimeError where it says nothing."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "requirements.txt")
        path.write_text("\n".join(packages) + "\n", "utf-8")
        options = ["--no-deps", "--disable-pip", "--progress-spinner", "off", "-s", "osv", "-f", "json"]
        done = subprocess.run([str(TOOL), "-r", str(path), *options], check=False, capture_output=True, text=True)
    if not done.stdout.startswith("{"):
        why = (done.stderr.strip().splitlines() or ["it printed nothing"])[-1]
        raise RuntimeError(f"pip-audit could not ask: {why[-300:]}")
    found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    return found


def judged(answers: list[dict[str, Any]], packages: list[str]) -> tuple[int, list[str]]:
    """The exit code, and what is to be said: of packages that are vulnerable, and of those nobody said anything of."""
    told = {f"{each['name']}=={each['version']}": each["vulns"] for each in answers if "vulns" in each}
    silent = [package for package in packages if package not in told]
    bad = [f"{package}: {', '.join(vuln['id'] for vuln in told[package])}" for package in sorted(told) if told[package]]
    lines = [f"vulnerable: {each}" for each in bad] + [f"not found out: {each}" for each in silent]
    return (1 if bad else 2 if silent else 0), lines


def main() -> int:
    """Prints what was found, and returns the exit code."""
    some = lists()
    packages = [package for each in some for package in each]
    try:
        answers = [answer for each in some for answer in asked(each)]
    except RuntimeError as error:
        print(f"NOT AUDITED: {error}", file=sys.stderr)
        return 2
    code, lines = judged(answers, packages)
    print("\n".join([*lines, f"{len(packages)} packages asked about"]))
    return code


if __name__ == "__main__":
    sys.exit(main())
