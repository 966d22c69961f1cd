"""What a deployment costs a month: what each part was measured to use, times the list prices. Pure arithmetic.

`prices-*.toml` and `measured-*.toml` beside this file are dated, and say where each number is from. Every month has
30.4 days with a run each.
"""

import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any, Final

from ..errors import BadInput

DAYS: Final = 30.4
"""Days of a month."""

GB: Final = 1e9

Numbers = Mapping[str, Any]


@dataclass(frozen=True)
class Size:
    """What is asked about: profiles, the reactions of a year to be scored, accounts of each profile that are visited,
    and requests to the API for each profile a month.
    """

    profiles: int
    reactions: int
    accounts: float = 2.0
    requests: float = 30.0


@dataclass(frozen=True)
class Line:
    """One line of the bill: a part of Renown, what it uses a month of what has the price, and dollars at list price."""

    part: str
    price: str
    amount: float
    dollars: float


@dataclass(frozen=True)
class Bill:
    """A month: its lines, their sum, and the sum less what every account has for nothing; and what they are made of."""

    lines: tuple[Line, ...]
    dollars: float
    after_free: float
    prices: date
    measured: date
    notes: tuple[str, ...]


def bill(asked: Size) -> Bill:
    """The monthly bill for a deployment of that size; raises BadInput for sizes below 0."""
    if min(asked.profiles, asked.reactions, asked.accounts, asked.requests) < 0:
        raise BadInput("--profiles, --reactions, --accounts and --requests: none can be below 0")
    prices, measured = newest("prices"), newest("measured")
    used = [(part, price, amount) for part, price, amount in _used(asked, measured) if amount > 0]
    lines = [Line(part, price, amount, amount * prices[price]["dollars"]) for part, price, amount in used]
    amounts: dict[str, float] = {}
    for line in lines:
        amounts[line.price] = amounts.get(line.price, 0.0) + line.amount
    charged = {price: max(0.0, amount - prices[price].get("free", 0)) for price, amount in amounts.items()}
    return Bill(
        lines=tuple(lines),
        dollars=math.fsum(line.dollars for line in lines),
        after_free=math.fsum(amount * prices[price]["dollars"] for price, amount in charged.items()),
        prices=prices["date"],
        measured=measured["date"],
        notes=(*_notes(asked, measured["score"]), *_notes_on_erasing(asked, measured["erase"])),
    )


def newest(name: str) -> dict[str, Any]:
    """The newest of the dated files of that name: "prices" or "measured"."""
    found = [each for each in files(__name__).iterdir() if each.name.startswith(f"{name}-")]
    return tomllib.loads(max(found, key=lambda each: each.name).read_text("utf-8"))


def _used(asked: Size, measured: Numbers) -> Iterator[tuple[str, str, float]]:
    """Part, price, and the amount of a month."""
    yield from _collect(asked, measured["collect"])
    yield from _score(asked, measured["score"])
    yield from _publish(asked, measured["publish"])
    yield from _kept(asked, measured["publish"], measured["score"])
    yield from _erase(asked, measured["erase"])
    yield from _review(asked, measured["review"], measured["score"])
    yield from _api(asked, measured["api"])
    yield from _watch(asked, measured["run"], measured["watch"], measured["collect"])


def _collect(asked: Size, one: Numbers) -> Iterator[tuple[str, str, float]]:
    visits = asked.profiles * asked.accounts * DAYS
    yield "collect", "lambda-gb-second", visits * one["seconds"] * one["memory_gb"]
    yield "collect", "table-write", visits * one["table_writes"]
    yield "collect", "table-read", visits * one["table_reads"]
    yield "collect", "lake-write", visits * one["lake_writes"]
    yield "collect", "lake-read", visits * one["lake_reads"]


def _score(asked: Size, one: Numbers) -> Iterator[tuple[str, str, float]]:
    seconds, memory = _scoring(asked, one)
    if _too_large(seconds, memory, one):
        hours = DAYS * seconds / one["task_speed"] / 3600
        yield "score", "task-processor-hour", hours * one["task_processors"]
        yield "score", "task-gb-hour", hours * one["task_memory_gb"]
    else:
        yield "score", "lambda-gb-second", DAYS * seconds * max(one["memory_gb"], memory / GB)


def _too_large(seconds: float, memory: float, one: Numbers) -> bool:
    """Whether scoring is too much for one Lambda function."""
    processors = one["most_memory_bytes"] / (1769 * 2**20)
    return bool(seconds / processors > one["most_seconds"] or memory > one["most_memory_bytes"])


def _scoring(asked: Size, one: Numbers) -> tuple[float, float]:
    """Seconds that scoring takes, and bytes of memory where there is as much."""
    millions, thousands = asked.reactions / 1e6, asked.profiles / 1e3
    seconds, memory = (
        one[name] + one[f"{name}_per_million"] * millions + one[f"{name}_per_thousand_profiles"] * thousands
        for name in ("seconds", "memory_bytes")
    )
    return seconds, memory


def scoring(profiles: int, reactions: int) -> tuple[float, float]:
    """Seconds of one processor and bytes of memory that it takes to score a lake, as they were measured."""
    return _scoring(Size(profiles, reactions), newest("measured")["score"])


def _notes(asked: Size, one: Numbers) -> Iterator[str]:
    seconds, memory = _scoring(asked, one)
    if _too_large(seconds, memory, one):
        yield (
            f"Scoring takes {seconds / 60:,.0f} minutes of one processor and {memory / GB:,.0f} GB: more than a Lambda"
            " function has. It is reckoned as a task on Fargate (LargeImage)."
        )
    elif memory > one["memory_gb"] * GB:
        yield f"Scoring takes {memory / GB:,.1f} GB: give the score function more memory than the template does."


def _notes_on_erasing(asked: Size, one: Numbers) -> Iterator[str]:
    hours = _erasing(asked, one) / 3600
    if hours > one["most_seconds"] / 3600:
        yield (
            f"Erasing one person takes {hours:,.0f} hours, once two years of runs are kept; a day is what the state"
            " machine waits: delete old runs, or erase from a larger machine. A day each is reckoned."
        )


def _publish(asked: Size, one: Numbers) -> Iterator[tuple[str, str, float]]:
    waits = one["items"] / one["items_per_request"] * one["seconds_per_request"]
    yield (
        "publish",
        "lambda-gb-second",
        DAYS * asked.profiles * (one["seconds_per_profile"] + waits) * one["memory_gb"],
    )
    yield (
        "publish",
        "table-write",
        DAYS * (one["write_units"] * asked.profiles + one["units_per_reaction"] * _told(asked)),
    )


def _told(asked: Size) -> float:
    """Reactions of which profiles have receipts: all, where the lake holds those of profiles."""
    return float(asked.reactions) if asked.profiles else 0.0


def _kept(asked: Size, one: Numbers, score: Numbers) -> Iterator[tuple[str, str, float]]:
    """What lies in table and lake, once as many days as it is kept for have passed."""
    a_run = one["bytes"] * asked.profiles + one["bytes_per_reaction"] * _told(asked)
    table = (one["days"] * a_run + one["history_days"] * one["history_bytes"] * asked.profiles) / GB
    yield "kept", "table-gb-month", table
    yield "kept", "table-recovery-gb-month", table
    lake = score["activity_bytes_per_million"] * asked.reactions / 1e6
    lake += one["history_days"] * (score["run_bytes_per_thousand_profiles"] * asked.profiles / 1e3)
    lake += one["history_days"] * score["run_bytes_per_million"] * asked.reactions / 1e6
    yield "kept", "lake-gb-month", lake / GB


def _erase(asked: Size, one: Numbers) -> Iterator[tuple[str, str, float]]:
    seconds = min(_erasing(asked, one), one["most_seconds"])
    yield "erase", "lambda-gb-second", one["share"] * asked.profiles * seconds * one["memory_gb"]


def _erasing(asked: Size, one: Numbers) -> float:
    """Seconds of one erasure: it looks through all activity, and through every run that is kept."""
    runs = one["runs"] * one["seconds_per_run_of_a_thousand_profiles"] * asked.profiles / 1e3
    return float(runs + one["seconds_per_million"] * asked.reactions / 1e6)


def _review(asked: Size, one: Numbers, score: Numbers) -> Iterator[tuple[str, str, float]]:
    """Once a week, in a function like that which scores."""
    seconds = one["seconds"] + one["seconds_per_million"] * asked.reactions / 1e6 if asked.reactions else 0.0
    yield "review", "lambda-gb-second", DAYS / 7 * seconds * score["memory_gb"]
    yield "review", "transition", DAYS / 7 * one["transitions"]


def _api(asked: Size, one: Numbers) -> Iterator[tuple[str, str, float]]:
    requests = asked.profiles * asked.requests
    yield "api", "api-request", requests
    yield "api", "lambda-request", requests
    yield "api", "lambda-gb-second", requests * one["seconds"] * one["memory_gb"]
    yield "api", "table-read", requests * one["table_reads"]
    yield "api", "out-gb", requests * one["bytes"] / GB
    yield "api", "log-gb", requests * one["log_bytes"] / GB


def _watch(asked: Size, run: Numbers, watch: Numbers, collect: Numbers) -> Iterator[tuple[str, str, float]]:
    """The run itself, its logs, and what watches it."""
    accounts = asked.profiles * asked.accounts
    batches = run["hosts"] + accounts / run["accounts_per_host"] if accounts else 0.0
    again = accounts * collect["seconds"] / run["seconds_per_call"]  # a function that stops in time is called again
    yield "run", "transition", DAYS * (run["transitions"] + run["transitions_per_batch"] * batches + 2 * again)
    yield "run", "lambda-request", DAYS * (run["calls"] + batches + again)
    yield "run", "lambda-gb-second", DAYS * run["gb_seconds"]
    yield "run", "log-gb", DAYS * (run["log_bytes"] + run["log_bytes_per_batch"] * batches) / GB
    requests = asked.profiles * asked.requests
    always = watch["traces_a_second"] * DAYS * 86_400
    yield "watch", "trace", min(requests, always + watch["traced"] * requests)
    yield "watch", "metric-month", watch["metrics"] * watch["metric_hours"] / 24
    yield "watch", "alarm-month", watch["alarms"]
    yield "watch", "dashboard-month", watch["dashboards"]
