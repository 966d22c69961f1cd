"""Looks for names in files of the lake, packed ones too."""

import gzip
import tempfile
from collections.abc import Mapping
from typing import Final

from renown.database import connect

PIA: Final = ('"pia"', '"@pia"', "example:p00")
"""How the profile of `example.people` that is erased would be named."""


def objects_with(objects: Mapping[str, bytes], *names: str) -> list[str]:
    """The keys of those objects whose text, or rows, have one of the names in them."""
    return [key for key, data in objects.items() if any(name in _text(key, data) for name in names)]


def _text(key: str, data: bytes) -> str:
    if key.endswith(".gz"):
        return gzip.decompress(data).decode()
    if not key.endswith(".parquet"):
        return data.decode()
    with tempfile.NamedTemporaryFile(suffix=".parquet") as file, connect() as con:
        file.write(data)
        file.flush()
        rows = con.execute("FROM read_parquet($path)", {"path": file.name}).fetchall()
    return repr(rows).replace("'", '"')
