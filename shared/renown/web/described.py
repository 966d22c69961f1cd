"""The API's description (OpenAPI 3.1) as it is served; `openapi` writes it."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).parent / "openapi.json"


def described(base: str) -> dict[str, Any]:
    """The description of the API under the address `base`."""
    return {**_written(), "servers": [{"url": base}]}


@cache
def _written() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return found
