"""Finished runs for tests of what comes after scoring."""

import gzip
import json
from collections.abc import Sequence
from typing import Any

from renown import runs
from renown.activity import topic
from renown.lake import Lake
from renown.people import People
from renown.published import PAGE
from renown.runs import Report
from renown.scoring.formula import load
from renown.scoring.relationships import KINDS


def card(card_id: str, score: float | None, **more: Any) -> dict[str, Any]:
    """A scorecard as the score step writes it; an id that begins with @ is a profile with one account."""
    handle = card_id.removeprefix("@") if card_id.startswith("@") else None
    pillars = (None, None, None) if score is None else (score - 3, 2.0, 1.0)
    return {
        "id": card_id,
        "handle": handle,
        "name": handle and handle.title(),
        "made_up": True,
        "accounts": [f"simulated:{handle}"] if handle else [card_id],
        "run": "",
        "at": "2026-10-31T00:00:00Z",
        "formula": "2026-11",
        "score": score,
        **dict(zip(("reach", "amplification", "network"), pillars, strict=True)),
        "audience": None if score is None else 2 ** (score / 5) - 1,
        "interval": None if score is None else {"share": 0.8, "people": [0, 99], "score": [0.0, 33.2]},
        "ten_more": None if score is None else 42,
        "evidence": {
            "reactors": 3 if score is None else 9,
            "needed": 5,
            "reactions": 12,
            "trusted": 0.9,
            "defended": True,
        },
        "missing": "3 of 5 people needed" if score is None else None,
        **more,
    }


def receipts(card_id: str, points: list[float], **more: Any) -> list[dict[str, Any]]:
    """The pages of receipts with these points, as the score step writes them."""
    entries = [
        {
            "points": each,
            "verb": "Reply",
            "at": "2026-10-30T12:00:00Z",
            "object": f"post{number}",
            "url": f"https://net.example/post{number}",
            "reactor": None,
            **more,
        }
        for number, each in enumerate(points)
    ]
    about = {"id": card_id, "score": sum(points), "reactions": len(points)}
    return [
        {**about, "page": start // PAGE, "before": sum(points[:start]), "entries": entries[start : start + PAGE]}
        for start in range(0, len(points), PAGE)
    ]


def ties(card_id: str, named: Sequence[str] = (), **answer: Any) -> dict[str, Any]:
    """Relationships as the score step writes them: five people, of whom those who are named are mutual."""
    person = {"they": 7, "you": 2, "first": "2026-01-02", "last": "2026-10-30", "reached": 3}
    people = [{"who": who, **person} for who in named]
    waiting = {"who": None, "they": 4, "last": "2026-10-29", "verb": "Like", "object": "post1", "url": None, **answer}
    return {
        "id": card_id,
        "counts": {"people": 5, "beyond": 40, **dict.fromkeys(KINDS, 0), "mutual": 4, "unanswered": 1},
        "named": {**{kind: [] for kind in KINDS}, "mutual": people},
        "answer": [waiting],
    }


def split(card_id: str, named: Sequence[str] = (), **more: Any) -> dict[str, Any]:
    """Segments as the score step writes them: one community, a topic, and a community that is not reached."""
    bridges = {"people": 9, "named": [{"who": who, "beyond": 31} for who in named]}
    topics = [{"topic": "beer", "lift": 2.5}]
    one = {"segment": "2", "people": 80, "size": 30, "share": 0.75, "lift": 3.1, "lately": 12, "before": 8}
    one |= {"stability": 0.81, "topics": topics, "voices": list(named), "bridges": bridges}
    unknown = dict.fromkeys(("size", "share", "lift", "lately", "before"))
    return {
        "id": card_id,
        "audience": 40,
        "needed": 20,
        "everybody": {"people": 500, "modularity": 0.4, "ties": 900, "searched": 900},
        "communities": [one],
        "others": 10,
        "topics": [{**one, "segment": "hops", "stability": None, "topics": [], "voices": []}],
        "unreached": [{**one, **unknown, "segment": "1", "people": 420, "voices": []}],
        **more,
    }


def claims(card_id: str, topics: Sequence[str], **more: Any) -> dict[str, Any]:
    """Topics as the score step writes them: a claim to each of these, `more` with each; one to improve on, one untried,
    one hidden.
    """
    proof = [{"post": "best1", "url": "https://net.example/best1", "at": "2026-10-30T12:00:00Z", "people": 5}]
    claim = {"points": 30.0, "people": [3.0, 63.0, 99.0], "common": False, "since": "2026-01-02", "posts": 4}
    claim |= {"voice": "legitimate", "against_others": True, "heard_share": 0.5, "posted_share": 0.1, "reach": 9}
    claim |= {"resonance": {"half_life": 5_400, "beyond": 0.25}, "relevance": [2.0, 5.0, 9.0]}
    claim |= {"best": proof, "reactors": []}
    about = {"topic": "pins", "name": "Pins", "posts": 9, "against_others": True, "reach": 1}
    share = {"heard_share": 0.01, "posted_share": 0.2, "relevance": [0.01, 0.05, 0.2]}
    return {
        "id": card_id,
        "claims": [{"topic": topic(name), "name": name, **claim, **more} for name in topics],
        "improve": [{**about, **share}],
        "untried": [{"topic": "kites", "name": "Kites", "people": 7, "of": 9, "usual": 0.1}],
        "hidden": 1,
        "disputed": 0,
    }


def heard(on: str, ids: Sequence[str], people: int = 9, **more: Any) -> dict[str, Any]:
    """Who is heard on a topic, as the score step writes it, `more` with each; the first two together reach most."""
    voices = [{**_who(each), "points": 30.0 - n, "people": [3.0, 63.0, 99.0], **more} for n, each in enumerate(ids)]
    voices = [{**voice, "reach": 9, "voice": "steady"} for voice in voices]
    together = {"people": [{**_who(each), "adds": 2.5, **more} for each in ids[:2]], "expected": 5.0, "top": 4.0}
    return {
        "topic": topic(on),
        "name": on,
        "people": people,
        "heard": len(ids),
        "voices": voices,
        "together": together,
    }


def _who(card_id: str) -> dict[str, Any]:
    handle = card_id[1:] if card_id.startswith("@") else None
    return {"id": card_id, "handle": handle, "name": handle and handle.title()}


def finish(  # a run has these files
    lake: Lake,
    run: str,
    cards: list[dict[str, Any]],
    pages: Sequence[dict[str, Any]] = (),
    tied: Sequence[dict[str, Any]] = (),
    parts: Sequence[dict[str, Any]] = (),
    *,
    claimed: Sequence[dict[str, Any]] = (),
    voices: Sequence[dict[str, Any]] = (),
    **more: Any,
) -> Report:
    """Writes `cards` (highest score first), pages of receipts, relationships, segments, topics and voices as a run."""
    for name, inputs in (("formula", load()), ("people", People())):
        lake.write(runs.key(run, f"{name}.json"), inputs.model_dump_json().encode())
    written = {"scorecards": [{**entry, "run": run} for entry in cards], "receipts": pages}
    written |= {"relationships": tied, "segments": parts, "topics": claimed, "voices": voices}
    for name, documents in written.items():
        text = "".join(json.dumps(document) + "\n" for document in documents)
        lake.write(runs.key(run, f"{name}.jsonl.gz"), gzip.compress(text.encode(), mtime=0))
    scores = [entry["score"] for entry in cards if entry["score"] is not None]
    fields: dict[str, Any] = {
        "run": run,
        "at": "2026-10-31T00:00:00Z",
        "formula": "2026-11",
        "population": "accounts",
        "made_up": True,
        "accounts": len(cards),
        "scored": len(scores),
        "scorecards": len(cards),
        "receipts": len(pages),
        "topics": len(voices),
        "floor": 5,
        "reactions": 100,
        "edges": 50,
        "mean": sum(scores) / len(scores) if scores else None,
        "defended": True,
        "vouched": 0.9,
        "seeds": 2,
        "seeds_from": "named",
        "trusted_accounts": 5,
        "trust_steps": 10,
        "trust_residual": 1e-7,
        **more,
    }
    report = Report.model_validate(fields)
    lake.write(runs.key(run, runs.REPORT), report.model_dump_json().encode())
    runs.name_latest(lake, run)
    return report
