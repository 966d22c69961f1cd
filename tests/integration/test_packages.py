"""What a function may import: the layer and the Lambda runtime; more only where its own requirements say so."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IN_THE_RUNTIME = {"boto3"}

BLOCKED = """
import importlib.abc, sys

class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in {absent}:
            raise ModuleNotFoundError("not in the package: " + name, name=name)

sys.meta_path.insert(0, Absent())
sys.path[:0] = ["shared", "functions/{function}"]
import handler
assert handler.handler
"""


def packages(extra: str) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names = {re.split(r"[^a-zA-Z0-9-]", requirement)[0] for requirement in project["optional-dependencies"][extra]}
    return names - {"renown"} - IN_THE_RUNTIME


@pytest.mark.parametrize("function", ["verify", "plan", "visit", "collect", "score", "publish", "api"])
def test_a_function_imports_only_what_it_carries(function: str) -> None:
    carries_engine = (ROOT / "functions" / function / "requirements.txt").exists()
    assert carries_engine is (function in ("visit", "collect", "score"))
    absent = packages("laptop") | (set() if carries_engine else packages("engine"))
    code = BLOCKED.format(absent=sorted(absent), function=function)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )  # our own code
    assert done.returncode == 0, done.stderr
