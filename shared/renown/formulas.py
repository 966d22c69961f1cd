"""Formulas by name: those that Renown ships, those that the operator put into the lake, and files on this machine."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from .errors import BadInput
from .lake import Lake
from .scoring.formula import VERSION, Formula, load, parse, versions

FOLDER: Final = "formulas/"
"""A community's own formulas in the lake: `formulas/<version>.toml`."""

LONGEST: Final = 100_000
"""Bytes of a formula file; the one that is shipped has 3,000."""


def find(lake: Lake, name: str) -> Formula:
    """The formula `name`: a version that is shipped or in the lake, or the path of a file that ends in .toml.

    Raises BadInput, in one line that names file and field, where there is none or it is wrong. A version stands for one
    formula: it is refused where it is shipped, or in the lake, with other content.
    """
    if name.endswith(".toml"):
        formula = _read(Path(name))
        same = _known(lake, formula.version)
        if same not in (None, formula):
            taken = f"{formula.version} is another formula already"
            raise BadInput(f"formula {name}: version: {taken}; give this one a version of its own")
        return formula
    found = _known(lake, name)
    if found is None:
        own = [key.removeprefix(FOLDER).removesuffix(".toml") for key in lake.keys(FOLDER) if key.endswith(".toml")]
        known = ", ".join(sorted({*versions(), *own}))
        raise BadInput(f"formula {name[:80]!r}: there are {known}; or name a file that ends in .toml")
    return found


def written(formula: Formula) -> str:
    """A formula as the text of a file, which `scoring.formula.parse` reads."""
    return "\n".join(_lines(formula.model_dump(mode="json"))) + "\n"


def _lines(table: Mapping[str, Any], name: str = "") -> Iterator[str]:
    """A table of TOML, those in it after its values; numbers, texts and lists are written there as in JSON."""
    if name:
        yield f"\n[{name}]"
    tables = {key: value for key, value in table.items() if isinstance(value, dict)}
    for key, value in table.items():
        if key not in tables and value is not None:
            yield f"{key} = {json.dumps(value, ensure_ascii=False)}"
    for key, value in tables.items():
        yield from _lines(value, f"{name}.{key}" if name else key)


def _known(lake: Lake, version: str) -> Formula | None:
    """The formula of that version which is shipped or in the lake; None where there is none."""
    shipped = load(version) if version in versions() else None
    key = f"{FOLDER}{version}.toml"
    data = lake.read(key) if re.fullmatch(VERSION, version) else None
    if data is None:
        return shipped
    own = parse(_text(data, key), f"{key} in the lake")
    if own.version != version:
        raise BadInput(f"{key} in the lake: version: it is {own.version}; name the file after its version")
    if shipped not in (None, own):
        raise BadInput(
            f"{key} in the lake: version: {version} is shipped with other content; give yours another version"
        )
    return own


def _read(path: Path) -> Formula:
    try:
        with path.open("rb") as file:
            data = file.read(LONGEST + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise BadInput(f"formula {path}: cannot be read: {reason}") from error
    return parse(_text(data, str(path)), f"formula {path}")


def _text(data: bytes, source: str) -> str:
    if len(data) > LONGEST:
        raise BadInput(f"formula {source}: larger than {LONGEST:,} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"formula {source}: not UTF-8: {error.reason}") from error
