"""Why: what a score's difference between two runs consists of."""

import gzip
import json
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from .. import changes, parts, runs
from ..changes import Doc
from ..errors import BadInput, NotFound
from ..lake import Lake
from ..published import current
from ..runs import Report
from ..scoring import why as scoring
from ..scoring.engine import Sources
from ..scoring.why import Explained, Run
from ..table import Table


def why(lake: Lake, name: str, since: str | None = None, run: str | None = None) -> Doc:
    """Why the score of `name` (`network:id`, or `@handle` of a profile) changed from one run to another, in words.

    By default from the run before to the run scored last. Returns what `changes.in_words` does. Raises NotFound where
    there is no such run or nobody reacted to `name` before either, BadInput for runs of different populations or in
    the wrong order, and where the lake does not give the later run's score any more.
    """
    later = runs.latest(lake) if run is None else _report(lake, run)
    earlier = runs.before(lake, later) if since is None else _report(lake, since)
    if earlier.population != later.population:
        raise BadInput(
            f"runs {earlier.run} and {later.run}: one is of {earlier.population}, the other of {later.population};"
            " compare runs of one population"
        )
    if earlier.at > later.at:
        raise BadInput(f"run {earlier.run} is later than run {later.run}: give the earlier one first")
    before, after = _run(lake, earlier), _run(lake, later)
    card_id = after.owners.get(name, name)
    with tempfile.TemporaryDirectory(prefix="renown-") as folder:
        path = Path(folder, "changes.jsonl.gz")
        done = _explain(lake, before, after, [card_id], path)
        if done.inexact:
            raise BadInput(
                f"run {later.run}: the lake has changed since and gives {name} another score; `renown score` makes a"
                " run of what it holds now"
            )
        if not done.written:
            raise NotFound(f"{name}: nobody has reacted to it in the year before {later.at} (run {later.run})")
        (line,) = gzip.decompress(path.read_bytes()).splitlines()
    return changes.in_words(json.loads(line))


def keep(lake: Lake, table: Table, report: Report) -> None:
    """Writes into the lake why the profiles' scores changed since the run that readers see, for publishing.

    Nothing is written where readers see nothing yet or what does not compare: this run, a later one, one of another
    population or one that is not in the lake as it was.
    """
    pointer = current(table)
    if pointer is None or pointer[0].run == report.run or lake.keys(changes.key(pointer[0].run, report.run)):
        return
    try:
        earlier = _report(lake, pointer[0].run)
        before = _run(lake, earlier)
    except NotFound:
        return
    if earlier.population != report.population or earlier.at > report.at:
        return
    profiles = [profile.id for profile in runs.inputs(lake, report.run)[1].profiles]
    with tempfile.TemporaryDirectory(prefix="renown-") as folder:
        path = Path(folder, "changes.jsonl.gz")
        _explain(lake, before, _run(lake, report), profiles, path)
        lake.put(changes.key(earlier.run, report.run), path)


def _explain(lake: Lake, before: Run, after: Run, ids: Sequence[str], path: Path) -> Explained:
    window = max(before.formula.freshness.window, after.formula.freshness.window)
    keys = parts.keys(lake, since=before.at - window, until=after.at)
    return scoring.explain(Sources(lake.local(keys), parts.overlapping(keys)), before, after, ids, path)


def _report(lake: Lake, run: str) -> Report:
    found = runs.report(lake, run)
    if found is None:
        raise NotFound(f"run {run}: there is no such finished run in the lake")
    return found


def _run(lake: Lake, report: Report) -> Run:
    formula, known = runs.inputs(lake, report.run)
    keys = [runs.key(report.run, name) for name in ("accounts.parquet", "trust.parquet")]
    if not all(map(lake.keys, keys)):
        raise NotFound(f"run {report.run}: what it found is no longer in the lake, or it is of an earlier Renown")
    accounts, trust = lake.local(keys)
    return Run(
        name=report.run,
        at=int(datetime.fromisoformat(report.at).timestamp()),
        moment=report.at,
        formula=formula,
        owners=known.owners(),
        seeds=known.trusted(),
        counts=report.model_dump(),
        accounts=accounts,
        trust=trust,
    )
