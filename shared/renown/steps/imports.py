"""Import: one source of people's activity into the lake.

Under `imports/` a marker says how far each source was read. Rows are written before the marker that covers them, and
rows have ids: whatever moment an import is killed at, the next one leaves the lake as if nothing had happened.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final

from .. import parts
from ..activity import Activity, Observation, Reject
from ..formats import Batch, Format
from ..lake import Lake

ROWS: Final = 250_000
"""Records after which they are written: about 200 MB of memory, and parts that are not tiny."""


@dataclass(frozen=True)
class ImportReport:
    """What importing `file` came to, counted over all attempts at it.

    `read` counts the activities, observations and rejects found, `new` the activities that the lake did not hold.
    `already` says that it was complete before. The rejects stand under `rejects_key` in the lake (None: there are
    none), as JSON Lines with file, line and reason.
    """

    file: str
    read: int = 0
    new: int = 0
    observations: int = 0
    rejected: int = 0
    complete: bool = False
    already: bool = False
    rejects_key: str | None = None


@dataclass
class _Pending:
    """Records that were read and not written yet; `position` stands for everything up to them."""

    position: int
    activity: list[Activity] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)

    def add(self, batch: Batch) -> None:
        self.position = batch.position
        self.activity += batch.activity
        self.observations += batch.observations
        self.rejects += batch.rejects

    def __len__(self) -> int:
        return len(self.activity) + len(self.observations) + len(self.rejects)


def _never() -> bool:
    return False


def _ignored(batch: Batch) -> None:
    """Progress that nobody watches."""


def import_source(
    lake: Lake,
    fmt: Format,
    source: Path,
    *,
    latest: int,
    stop: Callable[[], bool] = _never,
    progress: Callable[[Batch], None] = _ignored,
) -> ImportReport:
    """Reads `source` into the lake, from where an earlier import of the same content ended.

    Activity later than `latest` (unix seconds) is rejected. `progress` is called with every batch. Once `stop` is
    true what was read is written, and the report is not complete. Raises what `fmt.read` raises.
    """
    name = f"imports/{fmt.name}-{fmt.fingerprint(source)[:16]}"
    report, position = _before(lake, name, source)
    if report.complete:
        return replace(report, already=True)
    pending = _Pending(position)
    complete = True
    for batch in fmt.read(source, latest=latest, start=position):
        pending.add(batch)
        progress(batch)
        if stop():
            complete = False
            break
        if len(pending) >= ROWS:
            report = _written(lake, name, report, pending, position)
            position = pending.position
            pending = _Pending(position)
    if complete and position:  # written in several goes: joined before the marker says that nothing is left to do
        report = _written(lake, name, report, pending, position)
        position, pending = pending.position, _Pending(pending.position)
        parts.join(lake)
    return _written(lake, name, replace(report, complete=complete), pending, position)


def _before(lake: Lake, name: str, source: Path) -> tuple[ImportReport, int]:
    """What earlier imports came to, and the position that they ended at."""
    marker = lake.read(f"{name}.json")
    if marker is None:
        return ImportReport(str(source)), 0
    known = json.loads(marker)
    return ImportReport(**{**known["counts"], "file": str(source), "complete": known["complete"]}), known["position"]


def _written(lake: Lake, name: str, report: ImportReport, pending: _Pending, since: int) -> ImportReport:
    """Writes what was read behind position `since`, then the marker that says so; the report with it counted."""
    new = parts.write(lake, pending.activity)
    parts.write_observations(lake, pending.observations)
    rejects_key = f"{name}/rejects-{since}.jsonl"
    if pending.rejects:
        lines = (json.dumps(reject._asdict()) + "\n" for reject in pending.rejects)
        lake.write(rejects_key, "".join(lines).encode())
    else:
        lake.delete(rejects_key)  # of an attempt that got further from here, and was killed
    report = replace(
        report,
        read=report.read + len(pending),
        new=report.new + new,
        observations=report.observations + len(pending.observations),
        rejected=report.rejected + len(pending.rejects),
        rejects_key=f"{name}/" if pending.rejects else report.rejects_key,
    )
    counts = {k: v for k, v in asdict(report).items() if k not in ("file", "complete", "already")}
    marker = {"file": report.file, "position": pending.position, "complete": report.complete, "counts": counts}
    lake.write(f"{name}.json", json.dumps(marker).encode())
    return report
