"""Every route of the API's description is asked, and answers as it is described."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import jsonschema

from .sam import check

Get = Callable[[str], tuple[int, Any]]
"""The status and the document at a path."""


def check_routes(get: Get, handles: tuple[str, str], account: str) -> int:
    """Asks every route for two profiles, the first one's `account`, and the first topic; returns how many gave 200.

    Others have to say in a described way that there is nothing: 404.
    """
    described = get("/openapi.json")[1]
    network, _, native_id = account.partition(":")
    topics = get("/v1/topics")[1]["entries"] or [{"topic": "none"}]
    values = {"handle": handles[0], "network": network, "native_id": native_id, "name": topics[0]["topic"]}
    filled = {name: quote(value, safe="") for name, value in values.items()}
    queries = {
        "/v1/compare": f"?handles={','.join(handles)}",
        "/v1/profiles": f"?ids=@{handles[0]}",
        "/v1/search": f"?q={handles[0]}",
    }
    given = 0
    for path, operations in described["paths"].items():
        asked = path.format(**filled) + queries.get(path, "")
        status, document = get(asked)
        check(status in (200, 404), f"{asked} answers {status}: {document}")
        (kind,) = operations["get"]["responses"][str(status)]["content"].values()
        schema = {**kind["schema"], "components": described["components"]}
        wrong = next(jsonschema.Draft202012Validator(schema).iter_errors(document), None)
        check(wrong is None, f"{asked} is not as described: {wrong and wrong.message[:500]}")
        given += status == 200
    return given


def check_gone(get: Get, handle: str, account: str) -> int:
    """Asks every route that is of a profile or an account for one that was erased, and every other one that needs no
    more than its path, whether it names them; returns how many were asked."""
    described = get("/openapi.json")[1]
    network, _, native_id = account.partition(":")
    values = {"handle": handle, "network": network, "native_id": native_id}
    asked = 0
    for path in described["paths"]:
        wanted = set(re.findall(r"\{(\w+)\}", path))
        if path == "/openapi.json" or not wanted <= values.keys():
            continue
        asked += 1
        status, document = get(path.format(**{name: quote(value, safe="") for name, value in values.items()}))
        text = json.dumps(document)
        named = [name for name in (f'"{handle}"', f'"@{handle}"', f'"{account}"') if name in text]
        check(not named and (status == 404 or not wanted), f"{path} answers {status} for who was erased: {text[:500]}")
    return asked
