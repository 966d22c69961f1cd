"""What a host says about when it wants to be asked again."""

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

from ..errors import BadInput
from ..formats.times import seconds

LONGEST: Final = 86_400
"""Seconds that a host can ask to be left alone: a day, after which it is tried again whatever it said."""

_REMAINING: Final = ("x-ratelimit-remaining", "x-rate-limit-remaining", "ratelimit-remaining")
_RESET: Final = ("x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset")
_EPOCH: Final = 1_000_000_000
"""A reset greater than this is a moment in unix seconds (GitHub, Bluesky, X), a smaller one a wait (RFC draft)."""


def is_refusal(status: int, headers: Mapping[str, str]) -> bool:
    """Whether an answer says "not now": 429, 503, or GitHub's 403 of somebody who has used up their share."""
    return status in (429, 503) or (status == 403 and ("retry-after" in headers or _used_up(headers)))


def rests_until(status: int, headers: Mapping[str, str], now: float) -> float | None:
    """Until when (unix seconds) the host wants to be left alone after this answer; None if it does not say.

    `Retry-After` counts first, in either form of RFC 9110, section 10.2.3; then the rate limit's reset, once
    nothing remains of it. At most a day from `now`, at least a second.
    """
    until = None
    if status >= 300:
        until = _retry_after(headers.get("retry-after", "").strip(), now)
    if until is None and _used_up(headers):
        until = _reset(_first(headers, _RESET), now)
    return None if until is None else min(max(until, now + 1), now + LONGEST)


def _used_up(headers: Mapping[str, str]) -> bool:
    remaining = _number(_first(headers, _REMAINING))
    return remaining is not None and remaining < 1


def _first(headers: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((headers[name].strip() for name in names if name in headers), "")


def _number(text: str) -> float | None:
    """A number written in digits, with a fraction or not (Reddit); None for anything else."""
    return float(text) if len(text) < 20 and text.replace(".", "", 1).isdecimal() and text.isascii() else None


def _retry_after(text: str, now: float) -> float | None:
    wait = _number(text)
    if len(text) > 64:
        return None
    if wait is not None:
        return now + wait
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()


def _reset(text: str, now: float) -> float | None:
    number = _number(text)
    if number is not None:
        return number if number > _EPOCH else now + number
    try:
        return seconds(text)  # Mastodon
    except BadInput:
        return None
