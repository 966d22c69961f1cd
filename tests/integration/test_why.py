"""Why scores changed, from the lake to the API and the page."""

import html
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from renown import changes, people, runs
from renown.errors import BadInput, NotFound
from renown.lake import FolderLake
from renown.runs import Report
from renown.scoring.formula import DAY
from renown.simulate import END
from renown.steps.publish import publish
from renown.steps.score import score
from renown.steps.why import keep, why
from renown.table import SqliteTable
from renown.web.routes import build
from renown.web.serve import event
from renown.web.site import Site
from tests.integration.test_score import made

NOW = 1_800_000_000


class Published(NamedTuple):
    """A lake with three published runs a week apart, an earlier one that was not, and one of everybody."""

    lake: FolderLake
    table: SqliteTable
    site: Site
    runs: list[Report]
    unpublished: Report
    accounts: Report


@pytest.fixture(scope="module")
def weeks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    folder = tmp_path_factory.mktemp("weeks")
    lake, table = made(folder / "lake", 1), SqliteTable(folder / "table.sqlite")
    accounts, _ = score(lake, at=END - 3 * DAY)
    unpublished, _ = score(lake, at=END - 20 * DAY, population="profiles")
    found = []
    for back in (14, 7, 0):
        report, _ = score(lake, at=END - back * DAY, population="profiles")
        keep(lake, table, report)
        publish(lake, table, report.run, now=NOW)
        found.append(report)
    yield Published(lake, table, build(table), found, unpublished, accounts)
    table.close()


def ask(site: Site, target: str) -> tuple[int, Any]:
    answer = site.resolve(event("GET", target), None)
    is_json = "json" in answer["multiValueHeaders"]["Content-Type"][0]
    return answer["statusCode"], json.loads(answer["body"]) if is_json else answer["body"]


def scores(weeks: Published, report: Report) -> dict[str, float]:
    return {card["id"]: card["score"] for card in runs.scorecards(weeks.lake, report.run)}


def assert_explains(doc: dict[str, Any], was: float | None, now: float | None) -> None:
    assert (doc["from"]["score"], doc["to"]["score"]) == (was, now)
    if was is None or now is None:
        assert doc["change"] is None
        assert "score" in doc["text"]
        return
    parts = [Decimal(str(part["points"])) for part in doc["parts"]]
    assert sum(parts) == Decimal(str(now)) - Decimal(str(was)) == Decimal(str(doc["change"]))


def test_every_profile_is_told_why_its_score_changed(weeks: Published) -> None:
    before, after = (scores(weeks, report) for report in weeks.runs[1:])
    told = 0
    for name in after:
        status, doc = ask(weeks.site, f"/v1/profiles/{name[1:]}/why")
        if status == 200:
            assert (doc["id"], doc["from"]["run"], doc["to"]["run"]) == (
                name,
                weeks.runs[1].run,
                weeks.runs[2].run,
            )
            assert_explains(doc, before[name], after[name])
            told += doc["change"] is not None
        else:
            assert "nobody has reacted yet" in doc["detail"]
            assert before[name] is after[name] is None
    assert told > 10


def test_changes_between_any_two_published_runs_add_up(weeks: Published) -> None:
    first, _, last = weeks.runs
    before, after = scores(weeks, first), scores(weeks, last)
    name = max((name for name in after if before[name] and after[name]), key=lambda name: after[name])
    status, doc = ask(weeks.site, f"/v1/profiles/{name[1:]}/why?from={first.run}")
    assert status == 200
    assert_explains(doc, before[name], after[name])
    assert doc["parts"][2]["seconds"] == 14 * DAY
    assert ask(weeks.site, f"/v1/profiles/{name[1:]}/why?from={first.run}&to={last.run}") == (200, doc)
    _, week = ask(weeks.site, f"/v1/profiles/{name[1:]}/why?to={weeks.runs[1].run}")
    assert week["from"]["run"] == first.run


def test_the_page_says_it_in_sentences(weeks: Published) -> None:
    name = next(name for name, value in scores(weeks, weeks.runs[2]).items() if value)
    _, doc = ask(weeks.site, f"/v1/profiles/{name[1:]}/why")
    _, page = ask(weeks.site, f"/{name}")
    assert "Why it changed" in page
    said = changes.telling(doc["parts"])
    assert said
    for sentence in (doc["text"], *(part["text"] for part in said)):
        assert sentence in html.unescape(page)


def test_the_command_line_tells_what_the_api_does(weeks: Published) -> None:
    name = next(name for name, value in scores(weeks, weeks.runs[2]).items() if value)
    _, doc = ask(weeks.site, f"/v1/profiles/{name[1:]}/why")
    assert why(weeks.lake, name) == doc
    account = people.load(weeks.lake).profiles[0].accounts[0]
    assert why(weeks.lake, account)["id"] == people.load(weeks.lake).profiles[0].id
    assert why(weeks.lake, name, run=weeks.runs[0].run)["from"]["run"] == weeks.unpublished.run
    itself = why(weeks.lake, name, weeks.runs[2].run, weeks.runs[2].run)
    assert {part["points"] for part in itself["parts"]} == {0}


def test_what_was_kept_is_kept(weeks: Published) -> None:
    key = changes.key(weeks.runs[1].run, weeks.runs[2].run)
    before = weeks.lake.read(key)
    publish(weeks.lake, weeks.table, weeks.runs[1].run, now=NOW)
    weeks.lake.delete(key)
    keep(weeks.lake, weeks.table, weeks.runs[2])
    assert weeks.lake.read(key) == before
    for report in (weeks.runs[0], weeks.runs[1], weeks.accounts):  # an earlier run, the same one, another population
        keep(weeks.lake, weeks.table, report)
        assert not weeks.lake.keys(changes.key(weeks.runs[1].run, report.run))
    publish(weeks.lake, weeks.table, weeks.runs[2].run, now=NOW)


@pytest.mark.parametrize(
    ("target", "status", "said"),
    [
        ("/v1/profiles/nobody/why", 404, "@nobody has no scorecard"),
        ("/v1/profiles/{handle}/why?since=x", 400, "known are from, to"),
        ("/v1/profiles/{handle}/why?from=../x", 400, "'from': '../x' is no run"),
        ("/v1/profiles/{handle}/why?from=" + "9" * 2000, 400, "is no run"),
        ("/v1/profiles/{handle}/why?to=2026", 404, "in run 2026"),
        ("/v1/profiles/{handle}/why?from=2026", 404, "in run 2026"),
        ("/v1/profiles/{handle}/why?from={unpublished}", 404, "in run {unpublished}"),
        ("/v1/profiles/{handle}/why?from={last}", 400, "is not earlier than"),
        ("/v1/profiles/{handle}/why?from={last}&to={first}", 400, "is not earlier than"),
        ("/v1/profiles/{handle}/why?to={first}", 404, "no run was published before it"),
        ("/v1/profiles/{handle}/why?to={first}&to={last}", 400, "given 2 times"),
    ],
)
def test_what_cannot_be_told_is_a_problem(weeks: Published, target: str, status: int, said: str) -> None:
    names = {
        "handle": people.load(weeks.lake).profiles[0].handle,
        "first": weeks.runs[0].run,
        "last": weeks.runs[2].run,
        "unpublished": weeks.unpublished.run,
    }
    answered, problem = ask(weeks.site, target.format(**names))
    assert (answered, problem["status"]) == (status, status)
    assert said.format(**names) in problem["detail"]


def test_what_cannot_be_compared_is_refused(weeks: Published) -> None:
    handle = people.load(weeks.lake).profiles[0].id
    first, _, last = (report.run for report in weeks.runs)
    with pytest.raises(BadInput, match="one is of profiles, the other of accounts"):
        why(weeks.lake, handle, first, weeks.accounts.run)
    with pytest.raises(BadInput, match="give the earlier one first"):
        why(weeks.lake, handle, last, first)
    with pytest.raises(NotFound, match="run nothing: there is no such finished run"):
        why(weeks.lake, handle, "nothing")
    with pytest.raises(NotFound, match="simulated:nobody: nobody has reacted to it"):
        why(weeks.lake, "simulated:nobody")
    with pytest.raises(NotFound, match="no earlier run of the same population"):
        why(weeks.lake, handle, run=weeks.accounts.run)


def test_a_run_that_lost_its_files_holds_nothing_back(tmp_path: Path) -> None:
    lake, table = made(tmp_path / "lake", 1), SqliteTable(tmp_path / "table.sqlite")
    earlier, _ = score(lake, at=END - 7 * DAY)
    publish(lake, table, earlier.run, now=NOW)
    later, _ = score(lake, at=END)
    lake.delete(runs.key(earlier.run, "trust.parquet"))
    keep(lake, table, later)
    assert lake.keys("whys/") == []
    with pytest.raises(NotFound, match="is no longer in the lake"):
        why(lake, "simulated:anybody")
    assert publish(lake, table, later.run, now=NOW).run == later.run
    table.close()


@pytest.mark.parametrize("name", ["formula.json", "report.json"])
def test_a_run_of_another_version_of_renown_holds_nothing_back(tmp_path: Path, name: str) -> None:
    lake, table = made(tmp_path / "lake", 1), SqliteTable(tmp_path / "table.sqlite")
    earlier, _ = score(lake, at=END - 7 * DAY)
    publish(lake, table, now=END)
    lake.write(runs.key(earlier.run, name), b'{"of": "another version"}')
    later, _ = score(lake, at=END)
    keep(lake, table, later)
    assert not lake.keys("whys/")
    assert publish(lake, table, later.run, now=END).run == later.run
    with pytest.raises(NotFound):
        why(lake, "simulated:nobody", since=earlier.run)
    table.close()


def test_a_run_that_the_lake_does_not_give_any_more(tmp_path: Path) -> None:
    lake = made(tmp_path, 1)
    score(lake, at=END - 7 * DAY)
    report, _ = score(lake, at=END)
    top = next(runs.scorecards(lake, report.run))["id"]
    for key in lake.keys("activity/")[1:]:
        lake.delete(key)
    with pytest.raises(BadInput, match="`renown score` makes a run of what it holds now"):
        why(lake, top)
