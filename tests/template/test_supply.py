"""What others wrote and we ship: all of it is in the bill of materials, and under a licence that goes with ours."""

import json
from importlib.metadata import version
from typing import Any

import pytest

from infra.supply import FUNCTIONS, ROOT, audit, pins
from infra.supply.licences import INSTALLABLE, PAGE, SHIPPABLE, allowed, licences, page, rows
from infra.supply.sbom import SBOM, carried


@pytest.fixture(scope="module")
def bill() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SBOM.read_text("utf-8"))
    return found


def test_the_bill_holds_every_package_that_is_deployed_with_its_hashes_and_no_other(bill: dict[str, Any]) -> None:
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    listed = {each["purl"]: each for each in bill["components"]}
    assert len(listed) == len(bill["components"])
    assert {purl: [each["value"] for each in one["properties"]] for purl, one in listed.items()} == carried()
    for lock in FUNCTIONS.values():
        assert pins(lock), lock
        for pin in pins(lock):
            component = listed[f"pkg:pypi/{pin.name}@{pin.version}"]
            assert (component["name"], component["version"]) == (pin.name, pin.version)
            assert tuple(each["content"] for each in component["hashes"]) == pin.hashes
    assert {each["ref"] for each in bill["dependencies"]} == set(listed)


def test_every_function_with_a_lock_of_its_own_is_in_the_bill() -> None:
    assert {*(ROOT / "functions").glob("*/requirements.txt"), ROOT / "shared/requirements.txt"} == {*FUNCTIONS.values()}


def test_the_bill_says_the_licences_that_the_packages_say(bill: dict[str, Any]) -> None:
    known = licences()
    for component in bill["components"]:
        (licence,) = component["licenses"]
        assert licence["expression"] == known[component["name"]], component["name"]
        assert allowed(licence["expression"], SHIPPABLE), component["name"]


def test_licences_are_listed_as_the_packages_say_and_go_with_ours() -> None:
    listed = {tuple(line.strip("| ").split(" | ")) for line in PAGE.read_text("utf-8").splitlines() if line[:1] == "|"}
    assert set(rows()) <= listed, "write docs/licences.md anew: make sbom"
    assert PAGE.read_text("utf-8").split("|", 1)[0] == page().split("|", 1)[0]
    for name, licence, by in listed - {("package", "licence", "carried by"), ("---|---|---",)}:
        assert allowed(licence, INSTALLABLE if by == "laptop" else SHIPPABLE), (name, licence)


@pytest.mark.parametrize(
    ("expression", "goes"),
    [
        ("MIT", True),
        ("GPL-3.0-only OR MIT", True),
        ("GPL-3.0-only AND MIT", False),
        ("BSD-3-Clause AND 0BSD", True),
        ("GPL-3.0-only", False),
        ("LGPL-2.1-or-later", False),
        ("unknown", False),
    ],
)
def test_an_alternative_is_enough_and_an_addition_is_not(expression: str, goes: bool) -> None:
    assert allowed(expression, SHIPPABLE) is goes


def test_an_audit_that_found_nothing_out_is_no_good_one() -> None:
    some = ["ann==1", "bob==2"]
    fine: dict[str, Any] = {"name": "ann", "version": "1", "vulns": []}
    assert audit.judged([fine, {**fine, "name": "bob", "version": "2"}], some) == (0, [])
    assert audit.judged([fine, {"name": "bob", "skip_reason": "not found"}], some) == (2, ["not found out: bob==2"])
    bad = {"name": "bob", "version": "2", "vulns": [{"id": "PYSEC-1"}, {"id": "PYSEC-2"}]}
    assert audit.judged([fine, bad], some) == (1, ["vulnerable: bob==2: PYSEC-1, PYSEC-2"])


def test_everything_that_is_deployed_is_audited_and_nothing_twice_in_one_list() -> None:
    every = [package for each in audit.lists() for package in each]
    assert {f"{pin.name}=={pin.version}" for lock in FUNCTIONS.values() for pin in pins(lock)} <= set(every)
    for each in audit.lists():
        assert len({package.partition("==")[0] for package in each}) == len(each)
    assert f"boto3=={version('boto3')}" in every  # what a laptop installs, too
