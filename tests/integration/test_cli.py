"""The command line as a newcomer uses it: the main job, and wrong input."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import spearmanr

from renown.scoring.formula import CURRENT
from tests.unit.scoring.test_formula import TEXT

Run = Callable[..., tuple[int, str, str]]


def rows(path: Path, *, people: int = 8) -> Path:
    lines = ["at,verb,actor,author"]
    lines += [f"2026-10-{n + 1:02d}T00:00:00Z,Like,p{n},{author}" for author in ("ada", "bob") for n in range(people)]
    lines += ["2026-10-09T00:00:00Z,Like,p1,few"]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_the_main_job_on_an_empty_lake(renown: Run, tmp_path: Path) -> None:
    code, out, _ = renown("run")
    assert code == 0
    assert "made-up community of 400 people" in out
    assert "All of these people are made up." in out
    entries = json.loads(renown("top", "--json")[1])
    with (tmp_path / "home" / "truth.csv").open(newline="") as file:
        truth = {row["account"]: row for row in csv.DictReader(file)}
    scored = [entry for entry in entries if entry["score"] is not None]
    agreement = spearmanr([float(truth[e["account"]]["influence"]) for e in scored], [e["score"] for e in scored])
    assert agreement.statistic > 0.8
    ring = [rank for rank, entry in enumerate(scored) if truth[entry["account"]]["role"] == "spam"]
    assert min(ring, default=999) > 0.2 * len(scored)

    before = sorted((path, path.stat().st_mtime_ns) for path in (tmp_path / "home" / "lake").rglob("*.parquet"))
    code, out, _ = renown("run")
    assert code == 0
    assert "Already scored" in out
    assert before == sorted((path, path.stat().st_mtime_ns) for path in (tmp_path / "home" / "lake").rglob("*.parquet"))


def test_import_score_top_show(renown: Run, tmp_path: Path) -> None:
    table = rows(tmp_path / "reactions.csv")
    code, out, _ = renown("import", "table", table, "--network", "forum")
    assert (code, "17 new activities" in out) == (0, True)
    assert "imported already" in renown("import", "table", table, "--network", "forum")[1]
    code, out, _ = renown("score", "--json")
    assert code == 0
    assert json.loads(out)["scored"] == 2
    entries: list[dict[str, Any]] = json.loads(renown("top", "--json")[1])
    assert {entry["account"]: entry["score"] is None for entry in entries} == {
        "forum:ada": False,
        "forum:bob": False,
        "forum:few": True,
    }
    for entry in entries[:2]:
        assert entry["reach"] + entry["amplification"] + entry["network"] == pytest.approx(entry["score"], abs=1e-9)
    assert json.loads(renown("show", "forum:few", "--json")[1])["missing"] == "1 of 5 people needed"
    assert "1 of 5 people needed" in renown("show", "forum:few")[1]
    assert "forum:ada" in renown("top")[1]


def test_why(renown: Run, tmp_path: Path) -> None:
    renown("import", "table", rows(tmp_path / "reactions.csv"), "--network", "forum")
    first = json.loads(renown("score", "--at", "2026-10-06", "--json")[1])["run"]
    assert "there is no earlier run" in renown("why", "forum:ada")[2]
    renown("score")
    code, out, _ = renown("why", "forum:ada", "--json")
    assert code == 0
    change = json.loads(out)
    assert change["from"]["run"] == first
    assert sum(part["points"] for part in change["parts"]) == pytest.approx(change["change"], abs=1e-9)
    assert change["parts"][3]["people"] == 2
    code, out, _ = renown("why", "forum:ada", "--from", first)
    assert code == 0
    assert "2 people reacted who had not before: " in out
    assert renown("why", "forum:few")[1].splitlines()[1].strip() == "There was no score: 0 of 5 people needed."
    for arguments, ended, said in (
        (["forum:nobody"], 1, "forum:nobody: nobody has reacted to it"),
        (["forum:ada", "--from", "r1"], 1, "run r1: there is no such finished run"),
        (["forum:ada", "--from", change["to"]["run"], "--to", first], 2, "give the earlier one first"),
    ):
        code, out, err = renown("why", *arguments)
        assert (code, out) == (ended, "")
        assert said in err


def test_segments(renown: Run, tmp_path: Path) -> None:
    renown("import", "table", rows(tmp_path / "reactions.csv", people=25), "--network", "forum")
    renown("score")
    found = json.loads(renown("segments", "forum:ada", "--json")[1])
    assert (found["id"], found["audience"]) == ("forum:ada", 25)
    assert found["others"] + sum(each["size"] for each in found["communities"]) == 25
    code, out, _ = renown("segments", "forum:ada")
    assert (code, "community 1" in out, "audience of 25" in out) == (0, True, True)
    assert "audience of 1   2026-10-25T00:00:00Z; one is split from 20 people on" in renown("segments", "forum:few")[1]
    assert "account 'nobody': write it as network:id" in renown("segments", "nobody")[2]
    for command in ("segments", "relationships", "receipts", "topics of"):
        code, out, err = renown(*command.split(), "@nobody")
        assert (code, out) == (1, "")
        assert "@nobody: there is no such profile" in err
    assert renown("segments", "forum:nobody")[0] == renown("relationships", "forum:nobody")[0] == 1


def test_receipts_replay_and_shadow(renown: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    renown("import", "table", rows(tmp_path / "reactions.csv"), "--network", "forum")
    run = json.loads(renown("score", "--json")[1])["run"]
    card = json.loads(renown("show", "forum:ada", "--json")[1])
    found = json.loads(renown("receipts", "forum:ada", "--json")[1])
    assert (found["score"], found["run"], found["reactions"]) == (card["score"], run, 8)
    assert sum(entry["points"] for entry in found["entries"]) == pytest.approx(card["score"], abs=1e-9)
    second = json.loads(renown("receipts", "forum:ada", "--run", run, "--page", 2, "--limit", 3, "--json")[1])
    assert second["entries"] == found["entries"][3:6]
    assert [second[where]["reactions"] for where in ("before", "here", "after")] == [3, 3, 2]
    code, out, _ = renown("receipts", "forum:ada", "--limit", 3)
    assert (code, out.count("somebody"), "of 5 after them" in out) == (0, 3, True)
    code, out, err = renown("receipts", "forum:ada", "--page", 2)
    assert (code, out, "page 2: there is 1 page of 20 receipts" in err) == (2, "", True)
    assert "no score in run" in renown("receipts", "forum:few")[2]
    assert "forum:nobody: nobody has reacted to it" in renown("receipts", "forum:nobody")[2]

    code, out, _ = renown("replay", run)
    assert (code, out.startswith("The same bytes: accounts.parquet, ")) == (0, True)
    mine = tmp_path / "mine.toml"
    mine.write_text(TEXT.replace(f'version = "{CURRENT}"', 'version = "mine"').replace("floor = 5 ", "floor = 1 "))
    code, out, _ = renown("shadow", mine)
    assert (code, "gains a score" in out, "1 gain a score, 0 lose theirs." in out) == (0, True, True)
    assert json.loads(renown("shadow", mine, "--json")[1])["moves"][0]["id"] == "forum:few"
    monkeypatch.setenv("RENOWN_FORMULA", str(mine))
    assert "scored: 3 of 3 accounts" in renown("run")[1]
    assert json.loads(renown("score", "--formula", CURRENT, "--json")[1])["run"] == run

    table = (tmp_path / "reactions.csv").read_text().splitlines()
    (tmp_path / "more.csv").write_text("\n".join([table[0], table[1].replace("p0", "p99")]) + "\n")
    renown("import", "table", tmp_path / "more.csv", "--network", "forum")
    code, out, _ = renown("replay", run)
    assert (code, "accounts.parquet: differs" in out, "activity was imported since" in out) == (1, True, True)
    code, _, err = renown("receipts", "forum:ada", "--run", run)
    assert (code, f"the lake does not give the score of run {run} any more" in err) == (1, True)


@pytest.mark.slow
def test_backtest(renown: Run, tmp_path: Path) -> None:
    renown("simulate", "--people", 60, "--days", 120)
    code, out, _ = renown("backtest", "--horizon", "14d", "--cutoffs", "2026-09-20,2026-10-01T12:00:00Z", "--json")
    assert code == 0
    result = json.loads(out)
    assert [record["cutoff"] for record in result["cutoffs"]] == ["2026-09-20T00:00:00Z", "2026-10-01T12:00:00Z"]
    assert result["horizon_days"] == 14
    for record in result["cutoffs"]:
        assert {"score", "distinct", "persistence", "pagerank", "followers"} <= record["methods"].keys()
        assert set(record["methods"]["score"]) == {"spearman", "kendall", "ndcg100"}
        assert 0 <= record["coverage80"] <= 1
    assert list((tmp_path / "home" / "lake" / "backtests").iterdir())
    assert "best of the others" in renown("backtest")[1]


def test_judge(renown: Run, tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("Choice,A_follower_count\n1,2\n")
    code, out, err = renown("judge", pairs)
    assert (code, out) == (2, "")
    assert "pairs.csv" in err


def test_the_inbox_is_collected_once(renown: Run, tmp_path: Path) -> None:
    inbox = tmp_path / "home" / "lake" / "inbox"
    (inbox / "table").mkdir(parents=True)
    (inbox / "higgs").mkdir()
    rows(inbox / "table" / "reactions.csv").write_text(
        (inbox / "table" / "reactions.csv").read_text().replace(",ada", ",forum:ada").replace(",p", ",forum:p")
    )
    (inbox / "higgs" / "bad.txt").write_bytes(b"\x00\x01 this is something else")
    code, out, _ = renown("run")
    assert code == 0
    assert "Collected inbox/table/reactions.csv" in out
    assert "Refused" in out
    code, out, _ = renown("run")
    assert code == 0
    assert "Collected" not in out
    assert "Refused" not in out


def test_export_and_import_again_is_the_same_lake(renown: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    renown("import", "table", rows(tmp_path / "reactions.csv"), "--network", "forum")
    renown("score")
    first = renown("top", "--json")[1]
    code, out, _ = renown("export", tmp_path / "all.jsonl.gz")
    assert (code, "17 activities" in out) == (0, True)
    monkeypatch.setenv("RENOWN_HOME", str(tmp_path / "other"))
    assert renown("import", "activitystreams", tmp_path / "all.jsonl.gz")[0] == 0
    renown("score")
    assert renown("top", "--json")[1] == first


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["import", "excel", "x"], 2, "excel"),
        (["import", "higgs", "/nowhere/at/all"], 2, "/nowhere/at/all"),
        (["score"], 1, "the lake holds no activity"),
        (["score", "--at", "yesterday"], 2, "--at yesterday: write a moment as"),
        (["score", "--formula", "1999", "--at", "2026-01-01"], 2, "formula '1999': there are"),
        (["score", "--formula", "1999.toml"], 2, "formula 1999.toml: cannot be read: No such file"),
        (["backtest", "--formula", "1999.toml"], 2, "formula 1999.toml: cannot be read: No such file"),
        (["shadow", "1999.toml"], 1, "nothing is scored yet"),
        (["receipts", "forum:ada"], 1, "nothing is scored yet"),
        (["receipts", "forum:ada", "--run", "r9"], 1, "run r9: there is no such finished run"),
        (["receipts", "forum:ada", "--page", "0"], 2, "--page"),
        (["replay", "r9"], 1, "run r9: there is no such finished run"),
        (["replay", "../people"], 2, "must be a relative path without '..'"),
        (["score", "--population", "robots"], 2, "robots"),
        (["publish"], 1, "nothing is scored yet"),
        (["why", "net:a"], 1, "nothing is scored yet"),
        (["import", "table", "/nowhere:x:.csv"], 2, "/nowhere:x:.csv"),
        (["top"], 1, "nothing is scored yet"),
        (["simulate", "--people", "3"], 2, "at least 20"),
        (["nonsense"], 2, "nonsense"),
        (["backtest"], 1, "the lake holds no activity"),
        (["backtest", "--horizon", "soon"], 2, "--horizon soon: write a number of days"),
    ],
)
def test_wrong_input_is_one_clear_line(renown: Run, arguments: list[str], code: int, said: str) -> None:
    ended, out, err = renown(*arguments)
    assert (ended, out) == (code, "")
    assert said in err
    assert "Traceback" not in err


def test_made_up_people_are_not_mixed_with_real_ones(renown: Run, tmp_path: Path) -> None:
    renown("import", "table", rows(tmp_path / "reactions.csv"), "--network", "forum")
    code, _, err = renown("simulate")
    assert code == 2
    assert "holds other activity" in err


@pytest.mark.slow
def test_ctrl_c_leaves_a_whole_lake(tmp_path: Path) -> None:
    table = tmp_path / "many.csv"
    with table.open("w") as file:
        file.write("at,verb,actor,author\n")
        file.writelines(f"{1_760_000_000 + n},Like,p{n % 5000},a{n % 100}\n" for n in range(400_000))
    environment = {**os.environ, "RENOWN_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-m", "renown", "import", "table", str(table), "--network", "forum"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    while process.poll() is None and not list((tmp_path / "home").rglob("part-*.parquet")):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode in (0, 130), err
    assert "Traceback" not in err
    assert not list((tmp_path / "home").rglob(".new-*"))
    again = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert again.stderr == ""
    scored = subprocess.run(
        [sys.executable, "-m", "renown", "score", "--json"], env=environment, capture_output=True, text=True, check=True
    )
    assert json.loads(scored.stdout)["reactions"] == 400_000


@pytest.mark.slow
def test_redteam_says_what_gaming_costs_and_keeps_it(renown: Run, tmp_path: Path) -> None:
    renown("import", "table", rows(tmp_path / "reactions.csv"), "--network", "forum")
    before = sorted(path for path in (tmp_path / "home" / "lake").rglob("*") if path.is_file())
    code, out, _ = renown("redteam", "--json", "--seed", "3")
    assert code == 0
    report = json.loads(out)
    assert {"kind", "sybils", "bought", "gain", "by_count", "by_pagerank", "defended"} == set(report["attacks"][0])
    assert {(a["sybils"], a["bought"]) for a in report["attacks"]} >= {(1000, 0), (10, 0), (0, 1)}
    assert (report["formula"], report["seed"], report["seeds"]) == (CURRENT, 3, {"from": "automatic", "count": 1})
    assert report["target"]["account"] == "forum:bob"
    kept = {path for path in (tmp_path / "home" / "lake").rglob("*") if path.is_file()} - set(before)
    assert {path.parent.name for path in kept} == {"redteam"}
    assert len(kept) == 2  # one that stays, and the latest
    assert all(json.loads(path.read_text()) == report for path in kept)


def test_redteam_in_words(renown: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert renown("redteam")[::2] == (1, "renown: the lake holds no activity: `renown import` reads some in\n")
    renown("import", "table", rows(tmp_path / "reactions.csv"), "--network", "forum")
    monkeypatch.setattr(sys.modules["renown.scoring.redteam"], "attacks", lambda *_: iter(()))
    code, out, _ = renown("redteam", "--horizon", "28d")
    assert code == 0
    assert "points gained by forum:bob, the median account" in out
    assert "Trust starts at 1 automatic seeds" in out
    assert "this run is undefended" in out
    assert "Ten more points would take the median account about" in out
