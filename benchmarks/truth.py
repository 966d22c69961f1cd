"""The whole scoreboard on real activity: what the score forecast, whether its unit is true, what gaming it costs.

Reads RENOWN_DATA (default ../shared/data), which is not part of the project. Prints one line a check, and at the end
how many hold.
"""

import csv
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

DATA: Final = Path(os.environ.get("RENOWN_DATA") or "../shared/data").resolve()
RENOWN: Final = (sys.executable, "-m", "renown")
SIMULATED: Final = (1, 2, 3, 7)


@dataclass(frozen=True)
class Set:
    """A data set: how it is imported, and the cutoffs and horizon of its backtest."""

    name: str
    imports: tuple[str, ...]
    cutoffs: tuple[str, ...]
    horizon: str


@dataclass
class Board:
    """The checks, and how many held."""

    held: list[bool] = field(default_factory=list)

    def line(self, name: str, said: str, held: bool | None = None) -> None:
        if held is not None:
            self.held.append(held)
        mark = "    " if held is None else "yes " if held else "NO  "
        print(f"{mark}{name:32} {said}", flush=True)


def sets(folder: Path) -> list[Set]:
    """The data sets that are there; the two that have formats of their own are written as tables into `folder`."""
    lean, git = folder / "lean.tsv", folder / "git.tsv"
    _lean(DATA / "lean_zulip/mentions_2018-02_2025-02.tsv.gz", lean)
    _git(DATA / "git_trailers/git.tsv.gz", git)
    halves = ("2022-01-01", "2022-07-01", "2023-01-01", "2023-07-01", "2024-01-01", "2024-12-01")
    years = tuple(f"{year}-01-01" for year in (2010, 2013, 2016, 2019, 2022, 2024))
    beer = ("2015-01-01", "2015-07-01", "2016-01-01", "2017-01-01", "2018-01-01", "2019-01-01")
    burst = ("2012-07-04T00:02:52Z", "2012-07-04T12:02:52Z", "2012-07-05T00:02:52Z", "2012-07-06T00:02:52Z")
    return [
        Set("higgs", ("higgs", str(DATA / "higgs/higgs-activity_time.txt.gz")), burst, "1d"),
        Set("lean", ("table", str(lean), "--network", "zulip"), halves, "28d"),
        Set("beer", ("stackexchange", str(DATA / "stackexchange/beer")), beer, "90d"),
        Set("git", ("table", str(git), "--network", "git"), years, "90d"),
    ]


def main() -> int:
    """Prints the scoreboard; 0 also where a check does not hold: it is a measurement, not a test."""
    if not DATA.is_dir():
        print(f"{DATA}: no data there; RENOWN_DATA names the folder", file=sys.stderr)
        return 2
    start = time.perf_counter()
    board = Board()
    with tempfile.TemporaryDirectory(prefix="renown-truth-") as folder:
        homes = {}
        for one in sets(Path(folder)):
            homes[one.name] = Path(folder, one.name)
            _run(homes[one.name], "import", *one.imports)
            _forecast(board, one, homes[one.name])
        for seed in SIMULATED:
            homes[f"made up, seed {seed}"] = home = Path(folder, f"simulated-{seed}")
            _run(home, "simulate", "--seed", str(seed))
        for name in ("lean", *(name for name in homes if name.startswith("made up")), "git", "beer"):
            _price(board, name, _json(homes[name], "redteam", "--json"), binding=name not in ("git", "beer"))
        _price(board, "higgs", _json(homes["higgs"], "redteam", "--horizon", "1d", "--json"), binding=False)
        judged = _json(Path(folder), "judge", str(DATA / "influence_pairs/pairs.csv"), "--json")
        board.line("people's judgement", f"AUC {judged['auc']:.3f} on unseen people", judged["auc"] >= 0.86)
    print(f"\n{sum(board.held)} of {len(board.held)} checks hold; {time.perf_counter() - start:.0f} s")
    return 0


def _forecast(board: Board, one: Set, home: Path) -> None:
    """Spearman and NDCG@100 against the best baseline of each cutoff, then the unit and the interval."""
    asked = ("backtest", "--horizon", one.horizon, "--cutoffs", ",".join(one.cutoffs), "--json")
    records = _json(home, *asked)["cutoffs"]
    for measure in ("spearman", "ndcg100"):
        found = [record["against"][measure] for record in records]
        below, beyond = sum(f["high"] < 0 for f in found), sum(f["low"] > 0 for f in found)
        mean = _mean([record["methods"]["score"][measure] for record in records])
        best = _mean([f["best_is"] for f in _with_best(records, measure)])
        each = " ".join(f"{f['difference']:+.3f}" for f in found)
        said = f"{mean:.3f}, best of the others {best:.3f}; by cutoff {each};"
        said += f" better beyond the interval at {beyond}, worse at {below} of {len(found)}"
        board.line(f"{one.name} {measure}", said, below == 0)
    _unit(board, one.name, [record for record in records if "calibration" in record])


def _with_best(records: Sequence[dict[str, Any]], measure: str) -> Iterator[dict[str, float]]:
    for record in records:
        best = record["against"][measure]["best"]
        yield {"best_is": record["methods"][best][measure]}


def _unit(board: Board, name: str, records: Sequence[dict[str, Any]]) -> None:
    strata: dict[float, list[float]] = {}
    for record in records:
        for row in record["calibration"]:
            total = strata.setdefault(row["from"], [0.0, 0.0, 0.0])
            for number, value in enumerate((1.0, row["said"], row["happened"])):
                total[number] += row["n"] * value
    n, said, happened = (sum(total[number] for total in strata.values()) for number in range(3))
    by = " ".join(f"{bottom:g}:{t[2] / t[1]:.2f}({t[0]:.0f})" for bottom, t in sorted(strata.items()))
    alike = all(abs(t[2] / t[1] - 1) <= 0.2 for t in strata.values() if t[0] >= 20)
    text = f"happened {happened / n:.2f}, said {said / n:.2f}: {happened / said:.2f}; by response {by}"
    board.line(f"{name} unit", text, alike and abs(happened / said - 1) <= 0.2)
    held = _mean([record["coverage80"] for record in records])
    each = " ".join(f"{record['coverage80']:.2f}" for record in records)
    board.line(f"{name} 80% interval", f"held {held:.0%}; by cutoff {each}", 0.75 <= held <= 0.85)


def _price(board: Board, name: str, result: dict[str, Any], *, binding: bool) -> None:
    """What the attacks gained, of those that the bars are for; the worst of each kind of bar."""

    def worst(sybils: int, bought: int) -> float:
        return max(float(a["gain"]) for a in result["attacks"] if (a["sybils"], a["bought"]) == (sybils, bought))

    free, paid, tau = worst(1000, 0), worst(100, 10), result["tau"]
    defended = "defended" if result["defended"] else "undefended"
    said = f"{defended}; 1,000 sybils {free:+.2f}, 100 and 10 bought {paid:+.2f}, tau {tau:.3f}"
    said += f"; ten more points take {result['ten_more']} genuine people"
    board.line(f"{name} price of gaming", said, free <= 1 and paid <= 3 and tau >= 0.9 if binding else None)


def _json(home: Path, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_run(home, *arguments))
    return found


def _run(home: Path, *arguments: str) -> str:
    environment = {**os.environ, "RENOWN_HOME": str(home)}
    done = subprocess.run([*RENOWN, *arguments], check=False, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"renown {' '.join(arguments)}: exit code {done.returncode}: {done.stderr}")
    return done.stdout


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _lean(source: Path, target: Path) -> None:
    """The chat as a table: posts, mentions and quotes; the stream is the topic."""
    verbs = {"post": "Create", "mention": "Mention", "quote": "Quote"}
    with gzip.open(source, "rt", encoding="utf-8", newline="") as rows, target.open("w", newline="") as out:
        table = csv.writer(out, delimiter="\t")
        table.writerow(("at", "verb", "actor", "author", "object", "topics"))
        for row in csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE):
            verb = verbs[row["kind"]]
            table.writerow(
                (row["unix_ts"], verb, row["actor"], row["target"] or row["actor"], row["message"], row["stream"])
            )


def _git(source: Path, target: Path) -> None:
    """Review trailers as a table: whoever reviewed, tested or helped replies to the author."""
    with gzip.open(source, "rt", encoding="utf-8", newline="") as rows, target.open("w", newline="") as out:
        table = csv.writer(out, delimiter="\t")
        table.writerow(("at", "verb", "actor", "author", "object"))
        for row in csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["action"] not in ("signed-off-by", "cc"):
                table.writerow((row["unix_ts"], "Reply", row["actor"], row["author"], row["commit"]))


if __name__ == "__main__":
    sys.exit(main())
