"""Times as the networks write them, as unix seconds."""

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final

from ..errors import BadInput

_RFC3339: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,12})?)?(?:[Zz]|([+-]\d\d):(\d\d))", re.ASCII
)
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()


@lru_cache(maxsize=4096)
def seconds(text: str) -> int:
    """A time in RFC 3339 as unix seconds, rounded down; ActivityStreams' form without seconds is accepted too.

    Raises BadInput where `text` is not such a time: one without an offset from UTC is not.
    """
    match = _RFC3339.fullmatch(text)
    if not match:
        raise BadInput(f"time {text[:40]!r}: write it like 2026-11-22T20:15:00Z, with Z or the offset from UTC")
    year, month, day, hour, minute, second, offset, offset_minute = (int(part or 0) for part in match.groups())
    try:
        days = date(year, month, day).toordinal() - _EPOCH_DAY
    except ValueError:
        raise BadInput(f"time {text[:40]!r}: there is no such day") from None
    if hour > 23 or minute > 59 or second > 60 or abs(offset) > 23 or offset_minute > 59:
        raise BadInput(f"time {text[:40]!r}: there is no such time of day")
    east = offset * 60 + (-offset_minute if match[7] and match[7][0] == "-" else offset_minute)
    return days * 86400 + hour * 3600 + minute * 60 + second - east * 60


def rfc3339(at: int) -> str:
    """Unix seconds as a time in RFC 3339, in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
