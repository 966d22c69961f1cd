"""Export: the lake's activity as ActivityStreams 2.0 JSON Lines."""

import gzip
import json
from pathlib import Path
from typing import TextIO

from .. import parts
from ..formats.activitystreams import to_activitystreams
from ..lake import Lake


def export(lake: Lake, path: Path) -> int:
    """Writes all activity to `path` (gzipped where it ends in .gz), whole or not at all; returns their number."""
    temporary = path.with_name(f".new-{path.name}")
    try:
        with _opened(temporary, compressed=path.suffix == ".gz") as lines:
            number = _write(lake, lines)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return number


def _opened(path: Path, *, compressed: bool) -> TextIO:
    return gzip.open(path, "wt", encoding="utf-8") if compressed else path.open("w", encoding="utf-8")


def _write(lake: Lake, lines: TextIO) -> int:
    number = 0
    for activity in parts.read(lake):
        number += 1
        lines.write(json.dumps(to_activitystreams(activity), ensure_ascii=False, separators=(",", ":")) + "\n")
    return number
