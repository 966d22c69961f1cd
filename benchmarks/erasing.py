"""What erasing one person takes: processor seconds for a million reactions, and for each run of a thousand profiles.

    PYTHONPATH=. python benchmarks/erasing.py [--people 1500]

A made-up community (half a year) with two runs: erasing somebody looks through all activity once, and through each run.
"""

import argparse
import tempfile
import time
from pathlib import Path

from renown import parts, people
from renown.erased import add
from renown.lake import FolderLake
from renown.scoring.formula import DAY
from renown.simulate import END
from renown.steps.erase import erase
from renown.steps.publish import publish
from renown.steps.score import score
from renown.steps.simulate import simulate
from renown.table import SqliteTable

SALT = "5a17" * 8


def main() -> None:
    """Makes it, erases, prints."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=1500)
    many = parser.parse_args().people
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lake, table = FolderLake(folder / "lake"), SqliteTable(folder / "table.sqlite")
        simulate(lake, folder / "truth.csv", many, 180, 7, progress=lambda _: None)
        reports = [score(lake, at=END - back * DAY, population="profiles")[0] for back in (1, 0)]
        publish(lake, table, reports[-1].run, now=END)
        first, second = (profile.handle for profile in people.load(lake).profiles[10:12])
        begun = time.process_time()
        parts.erase(lake, add(lake, people.load(lake).profiles[10].accounts, SALT))
        activity = time.process_time() - begun
        begun = time.process_time()
        erase(lake, table, first, salt=SALT)
        erase(lake, table, second, salt=SALT)
        both = time.process_time() - begun
        profiles, reactions = reports[-1].scorecards, reports[-1].reactions
        table.close()
    each = (both / 2 - activity) / 2
    print(f"{profiles:,} profiles, {reactions:,} reactions: {activity:.2f} s for activity, {each:.2f} s for each run")
    print(f"seconds_per_million = {activity / reactions * 1e6:.2f}")
    print(f"seconds_per_run_of_a_thousand_profiles = {each / profiles * 1e3:.2f}")


if __name__ == "__main__":
    main()
