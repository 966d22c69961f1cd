"""Times in RFC 3339."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.errors import BadInput
from renown.formats.times import rfc3339, seconds


@given(st.integers(min_value=-(10**9), max_value=10**11))
def test_what_is_written_is_read(at: int) -> None:
    assert seconds(rfc3339(at)) == at


@given(
    st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001  # offset is added
    st.sampled_from(["Z", "+00:00", "-00:30", "+05:45", "-11:00", "+14:00"]),
)
def test_any_offset_is_read_as_the_standard_library_does(moment: datetime, offset: str) -> None:
    text = moment.isoformat() + offset
    assert seconds(text) == int(datetime.fromisoformat(text).timestamp() // 1)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("1970-01-01T00:00:59.999Z", 59),
        ("1970-01-01t00:01:00z", 60),
        ("1970-01-01 01:01:00+01:00", 60),
        ("1970-01-01T00:01Z", 60),
        ("2016-12-31T23:59:60Z", 1483228800),
    ],
)
def test_forms(text: str, at: int) -> None:
    assert seconds(text) == at


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-11-22",
        "2026-11-22T20:15:00",
        "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T00:60:00Z",
        "2026-11-22T00:00:61Z",
        "2026-11-22T00:00:00+24:00",
        "2026-11-22T00:00:00+01:60",
        "12026-11-22T00:00:00Z",
        "२०२६-११-२२T00:00:00Z",
        "2026-11-22T00:00:00Z\n",
    ],
)
def test_what_is_no_such_time_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match=r"^time "):
        seconds(text)
