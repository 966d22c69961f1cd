"""What hosts say about when to come again."""

import email.utils

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.networks.rates import LONGEST, is_refusal, rests_until

NOW = 1_795_000_000.0


def until(status: int, **headers: str) -> float | None:
    named = {name.lower().replace("_", "-"): value for name, value in headers.items()}
    found = rests_until(status, named, NOW)
    return None if found is None else found - NOW


def test_retry_after_in_both_forms() -> None:
    assert until(429, retry_after="7") == 7
    assert until(503, Retry_After=email.utils.formatdate(NOW + 90, usegmt=True)) == 90
    assert until(429, retry_after="Sunday, 06-Nov-94 08:49:37 GMT") == 1  # has passed: soon
    assert until(200, retry_after="7") is None
    for nonsense in ("", "soon", "-5", "1e9", "٣", "9" * 30, "2026-11-22"):
        assert until(429, retry_after=nonsense) is None


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) + 600)}, 600),  # GitHub
        ({"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(int(NOW) + 600)}, 600),  # X
        ({"ratelimit-remaining": "0", "ratelimit-reset": str(int(NOW) + 60)}, 60),  # Bluesky
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "2026-11-18T11:16:40.809356Z"}, 600),  # Mastodon
        ({"x-ratelimit-remaining": "0.0", "x-ratelimit-reset": "33"}, 33),  # Reddit
        ({"x-ratelimit-remaining": "1", "x-ratelimit-reset": "33"}, None),
        ({"x-ratelimit-remaining": "0"}, None),
        ({"x-ratelimit-reset": "33"}, None),
        ({"x-ratelimit-remaining": "none", "x-ratelimit-reset": "33"}, None),
    ],
)
def test_each_networks_own_headers(headers: dict[str, str], wait: float | None) -> None:
    for status in (200, 429):
        found = rests_until(status, headers, NOW)
        assert (None if found is None else found - NOW) == wait


def test_retry_after_counts_before_the_reset() -> None:
    assert until(429, retry_after="5", x_ratelimit_remaining="0", x_ratelimit_reset="500") == 5


def test_what_is_a_refusal() -> None:
    assert is_refusal(429, {})
    assert is_refusal(503, {})
    assert is_refusal(403, {"retry-after": "60"})
    assert is_refusal(403, {"x-ratelimit-remaining": "0"})
    assert not is_refusal(403, {"x-ratelimit-remaining": "12"})
    assert not is_refusal(403, {})
    assert not is_refusal(200, {"x-ratelimit-remaining": "0"})
    assert not is_refusal(500, {"retry-after": "60"})


@given(st.text(max_size=40), st.text(max_size=40), st.integers(200, 599))
def test_no_header_makes_a_host_rest_for_longer_than_a_day(after: str, reset: str, status: int) -> None:
    headers = {"retry-after": after, "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset}
    found = rests_until(status, headers, NOW)
    assert found is None or NOW + 1 <= found <= NOW + LONGEST
