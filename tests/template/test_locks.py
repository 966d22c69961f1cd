"""The locks: one version of everything, each with its hashes, and no word of where it came from."""

import re
import tomllib
from pathlib import Path

import pytest

from .translated import ROOT

LAYER = Path("shared/requirements.txt")
ENGINE = tuple(Path(f"functions/{name}/requirements.txt") for name in ("visit", "collect", "score", "erase", "review"))
LAPTOP = Path("requirements.lock")
DEVELOPERS = Path("requirements-dev.lock")
TOOLS = tuple(
    Path(f"requirements-{name}.lock") for name in ["audit", "browser", "checkov", "klout", "real", "schemathesis"]
)
LOCKS = (DEVELOPERS, LAPTOP, LAYER, *ENGINE)


def pins(lock: Path) -> dict[str, set[str]]:
    """Every package and the versions that the lock allows (one for each marker)."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([a-z0-9.-]+)==([^ ;]+)", (ROOT / lock).read_text("utf-8"), re.MULTILINE):
        found.setdefault(name, set()).add(version)
    return found


def named(*path: str) -> set[str]:
    """The packages that a list in pyproject.toml names."""
    value = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for key in path:
        value = value[key]
    return {re.split(r"[^a-zA-Z0-9-]", requirement)[0] for requirement in value}


@pytest.mark.parametrize("lock", LOCKS[1:], ids=str)
def test_what_ships_is_what_is_tested(lock: Path) -> None:
    tested = pins(DEVELOPERS)
    for name, versions in pins(lock).items():
        assert versions <= tested[name], name
        assert len(versions) == 1 or lock == LAPTOP, name


def test_the_locks_hold_what_pyproject_names() -> None:
    assert named("dependencies") <= pins(LAYER).keys()
    for lock in ENGINE:
        assert pins(lock).keys() == named("optional-dependencies", "engine")
    assert pins(LAYER).keys().isdisjoint(pins(ENGINE[0]))
    everything = set().union(*(named("optional-dependencies", e) for e in ("engine", "laptop", "dev"))) - {"renown"}
    assert everything <= pins(DEVELOPERS).keys()
    assert named("optional-dependencies", "laptop") - {"renown"} <= pins(LAPTOP).keys()


@pytest.mark.parametrize("lock", [*LOCKS, *TOOLS], ids=str)
def test_a_lock_has_a_hash_for_everything_and_names_no_place(lock: Path) -> None:
    text = (ROOT / lock).read_text("utf-8")
    requirements = re.split(r"\n(?! )", text.strip())
    assert len(requirements) >= len(pins(lock)) > 1
    for requirement in requirements:
        first, *rest = requirement.split("\n")
        assert re.fullmatch(r"[a-z0-9.-]+==\S+( ; [^\\]+)? \\", first), first
        assert rest
        for line in rest:
            assert re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line), line
