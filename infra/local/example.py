"""The example that the local checks run on: events, made-up people, and what is known about their scores."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from .sam import check

EVENTS: Final = Path(__file__).parent / "events"
PEOPLE: Final = 30
DAY: Final = 86_400
NOWHERE: Final = "mastodon:ada@renown.invalid"
SILENT: Final = {"profiles": 1, "left": 0, "links": {"silent": 1}}
"""What comes of looking up the proof of that account."""


def event(name: str, **changes: Any) -> dict[str, Any]:
    """An event of infra/local/events, with changes."""
    loaded: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text("utf-8"))
    return {**loaded, **changes}


def request(path: str, method: str = "GET", **parameters: str) -> dict[str, Any]:
    """A request to the API as API Gateway hands it on, with parameters of the query."""
    plain = event("api")
    context = {**plain["requestContext"], "path": f"/live{path}", "httpMethod": method}
    query = {"queryStringParameters": parameters or None}
    return {**plain, **query, "path": path, "httpMethod": method, "requestContext": context}


def people(at: str) -> str:
    """People as the lake has them: one whose account is on a server that is nowhere, and person 0, who is not due."""
    links = [{"account": NOWHERE, "proof": "made up", "proved_at": at}]
    ann = {"handle": "ann", "name": "Ann", "opted_in_at": at, "links": links}
    link = {"account": "example:p00", "proof": "made up", "proved_at": at, "check": {"at": "2100-01-01T00:00:00Z"}}
    pia = {"handle": "pia", "name": "Pia p00", "opted_in_at": at, "links": [link]}
    return json.dumps({"profiles": [ann, pia]})


def check_visit(networks: list[dict[str, Any]]) -> None:
    """What came of visiting that account: nothing, and no harm."""
    check(len(networks) == 1, f"one network was asked, not {networks}")
    found = networks[0]
    outcome = (found["network"], found["accounts"], found["requests"], found["skipped"], found["complete"])
    check(outcome == ("mastodon", 0, 3, {"no proper answer": 1}, True), f"visited {found}")


def made_up_table(until: int) -> str:
    """A file of the format `table`: made-up people who react to each other in the 30 days before `until`.

    Person 0 is reacted to by everybody, each next one by fewer; so who leads is known.
    """
    return "\n".join(["at,verb,actor,author,object,topics", *_rows(until)]) + "\n"


def _rows(until: int) -> Iterator[str]:
    people = [f"example:p{number:02}" for number in range(PEOPLE)]
    for rank, author in enumerate(people):
        for number in range(3):
            at, post = until - DAY * (3 + 9 * number), f"post-{rank}-{number}"
            yield f"{at},Create,{author},{author},{post},made-up;topic-{number}"
            for other, reactor in enumerate(people):
                if reactor != author and other % (rank + 1) == 0:
                    yield f"{at + 60 * (other + 1)},Like,{reactor},{author},{post},made-up"


def check_leaderboard(document: dict[str, Any]) -> None:
    """The leaderboard of the made-up people: person 0 leads, and the pillars sum to the score."""
    entries = document["entries"]
    check(entries and entries[0]["account"] == "example:p00", f"person 0 does not lead: {entries[:3]}")
    for entry in entries:
        pillars = entry["reach"] + entry["amplification"] + entry["network"]
        check(0 < entry["score"] <= 100, f"a score that cannot be: {entry}")
        check(abs(pillars - entry["score"]) < 1e-3, f"pillars do not sum to the score: {entry}")
