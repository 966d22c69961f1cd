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

from renown import cli, cli_people, terminal
from renown.scoring.formula import CURRENT
from tests.contract.fakes.visits import Clock, client
from tests.integration.test_verify import NOW, Web
from tests.unit.scoring.test_formula import TEXT

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def renown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `renown ...` in a home of its own; gives exit code, standard output and standard error."""
    monkeypatch.setenv("RENOWN_HOME", str(tmp_path / "home"))
    for console in (terminal.out, terminal.err):
        monkeypatch.setattr(console, "width", 400)

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["renown", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        shown = capsys.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err

    return run


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


def test_people_are_added_linked_listed_and_taken_away(renown: Run, tmp_path: Path) -> None:
    code, out, _ = renown("people", "add", "ada", "--name", "Ada [L]", "--how", "signed at the meeting")
    assert (code, out) == (0, "ada: opted in, signed at the meeting\n")
    code, out, _ = renown("people", "link", "ada", "mastodon:ada@example.social")
    assert (code, out.startswith("mastodon:ada@example.social: linked to ada, not proved yet.")) == (0, True)
    code, out, _ = renown("people", "list")
    assert (code, "Ada [L]" in out, "signed at the meeting" in out, " no " in out) == (0, True, True, True)
    (ada,) = json.loads(renown("people", "list", "--json")[1])
    assert (ada["handle"], ada["links"][0]["proof"]) == ("ada", None)
    exported = tmp_path / "people.yaml"
    assert renown("people", "export", exported)[:2] == (0, f"1 people written to {exported}\n")
    code, out, _ = renown("people", "import", exported, "--json")
    assert (code, json.loads(out)) == (0, {"added": 0, "changed": 0, "unchanged": 1, "left_out": 0})
    exported.write_text(exported.read_text().replace("handle: ada", "handle: bob").replace("ada@", "bob@"))
    assert renown("people", "import", exported)[1].startswith("1 added, 0 changed, 0 as they were.")
    code, out, _ = renown("people", "unlink", "ada", "mastodon:ada@example.social")
    assert (code, out) == (0, "mastodon:ada@example.social: no longer linked to ada\n")


def test_people_verify_says_what_it_found(renown: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    web = Web({"github:ada": "https://renown.example/@ada"})
    for name, value in (("CONTACT", "ada@renown.example"), ("SITE", "https://renown.example")):
        monkeypatch.setenv(f"RENOWN_{name}", value)
    monkeypatch.setattr(cli_people, "client", lambda chosen, table: client(web, Clock(NOW)))
    renown("people", "add", "ada", "--name", "Ada")
    for account in ("github:ada", "hackernews:Ada_L"):
        assert "https://renown.example/@ada, or another account of ada" in renown("people", "link", "ada", account)[1]
    code, out, _ = renown("people", "verify")
    assert code == 0
    page = "https://renown.example/@ada"
    assert out.splitlines() == [
        f"ada: github:ada: proved: it names {page} (https://github.com/ada)",
        "ada: hackernews:Ada_L: failed: https://news.ycombinator.com/user?id=Ada_L names neither the profile's page nor"
        " an account of it that names it back",
    ]
    assert renown("people", "verify")[:2] == (0, "No link is due.\n")
    web.down = {"api.github.com"}
    found = json.loads(renown("people", "verify", "ada", "--json")[1])
    assert (found["profiles"], [each["state"] for each in found["links"]]) == (1, ["silent", "silent"])
    assert "since " in renown("people", "list")[1]


def test_erase_leaves_nothing_and_says_what_it_did(renown: Run, tmp_path: Path) -> None:
    renown("import", "table", rows(tmp_path / "reactions.csv"), "--network", "github")
    run = json.loads(renown("score", "--json")[1])["run"]
    renown("publish")
    renown("people", "add", "zoe", "--name", "Zoe")
    renown("people", "link", "zoe", "github:bob")
    code, out, _ = renown("erase", "github:ada")
    assert code == 0
    assert out.startswith("github:ada: erased: 8 rows of activity and counts; rewritten: ")
    assert [entry["account"] for entry in json.loads(renown("top", "--json")[1])] == ["github:bob", "github:few"]
    code, out, _ = renown("replay", run)
    assert code == 1
    assert out.splitlines()[-1].startswith("Not the same: people were erased since, from this run's files")
    code, out, _ = renown("erase", "zoe")
    assert (code, "github:bob: never proved to be theirs, so it stays" in out) == (0, True)
    done = json.loads(renown("erase", "zoe", "--json")[1])
    assert (done["activity"], done["files"], done["items"]) == (0, 0, 0)


@pytest.mark.parametrize(
    ("arguments", "ended", "said"),
    [
        (["people", "add", "Ada", "--name", "Ada"], 2, "Ada: handle: write 1 to 39 lower-case letters"),
        (["people", "add", "ada"], 2, "--name"),
        (["people", "link", "ada", "github:ada"], 1, "ada: there is no such profile; `renown people add` makes one"),
        (["people", "unlink", "ada", "github:ada"], 1, "ada: there is no such profile"),
        (["people", "import", "none.yaml"], 2, "none.yaml: cannot be read: No such file or directory"),
        (["people", "import", "people.csv"], 2, "people.csv: people are in a file that ends in .yaml, .yml or .json"),
        (["people", "export", "people.csv"], 2, "people.csv: people are in a file that ends in .yaml, .yml or .json"),
        (["people", "verify"], 2, "RENOWN_CONTACT: set it to an address or e-mail where you can be reached"),
        (["erase", "ada"], 1, "ada: there is no such profile; an account that is nobody's is written as network:id"),
        (["erase", ":ada"], 2, "network '': a network is lower-case letters"),
    ],
)
def test_what_is_wrong_with_people_is_one_line(renown: Run, arguments: list[str], ended: int, said: str) -> None:
    code, out, err = renown(*arguments)
    assert (code, out) == (ended, "")
    assert said in err
    assert "Traceback" not in err


def test_a_person_of_a_stack_is_erased_from_its_table_too(renown: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENOWN_LAKE", "s3://bucket")
    code, _, err = renown("erase", "github:ada")
    assert (code, "RENOWN_TABLE: set it to dynamodb: and the stack's table" in err) == (2, True)
