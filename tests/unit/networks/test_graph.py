"""Graph's errors and limits, asked as all its networks ask."""

import json
from typing import Any

import httpx
import pytest

from renown.errors import FatalError, Gone, HostResting, RenownError, RetriableError, SkippableError
from renown.networks.base import Found
from renown.networks.budget import Budget
from renown.networks.client import Client
from renown.networks.graph import HOST, ask, behind, following, is_gone, listed, time_of
from tests.contract.fakes.graph import refusal
from tests.contract.fakes.visits import Clock, MemoryTable, client
from tests.unit.networks.asked import NOW, Table

URL = f"https://{HOST}/v26.0/1"


def asked(answer: Any, clock: Clock | None = None) -> Any:
    return ask(client(Table({HOST: answer}), clock or Clock(NOW)), URL, {"fields": "id"}, "facebook:1").json()


@pytest.mark.parametrize(
    ("refused", "kind"),
    [
        (refusal(190, 460), FatalError),
        (refusal(190, 463, 401), FatalError),
        (refusal(102), FatalError),
        (refusal(1), RetriableError),
        (refusal(2, None, 500), RetriableError),
        (refusal(4), HostResting),
        (refusal(17, 2446079), HostResting),
        (refusal(32, None, 403), HostResting),
        (refusal(613), HostResting),
        (refusal(80001), HostResting),
        (refusal(100, 33), Gone),
        (refusal(110), Gone),
        (refusal(803, None, 404), Gone),
        (refusal(100), SkippableError),
        (refusal(10, None, 403), SkippableError),
        (refusal(200, None, 403), SkippableError),
        (refusal(299), SkippableError),
        (httpx.Response(400, json={"error": {"code": [190], "error_subcode": {}}}), SkippableError),
        (httpx.Response(400, json={"error": {"code": 5000, "is_transient": True}}), RetriableError),
        (httpx.Response(400, json=[]), SkippableError),
    ],
    ids=lambda value: ascii(getattr(value, "content", value))[:80],
)
def test_a_refusal_is_an_error_of_its_kind_and_its_words_are_not_told(
    refused: httpx.Response, kind: type[RenownError]
) -> None:
    with pytest.raises(RenownError) as raised:
        asked(refused)
    assert type(raised.value) is kind
    assert "made-up" not in str(raised.value)


def test_too_many_calls_rest_for_as_long_as_is_said_else_for_an_hour() -> None:
    usage = json.dumps({"7": [{"type": "pages", "call_count": 100, "estimated_time_to_regain_access": 19}]})
    for refused, wait in (
        (refusal(32, headers={"x-business-use-case-usage": usage}), 19 * 60),
        (refusal(4), 3600),
    ):
        with pytest.raises(HostResting) as raised:
            asked(refused)
        assert raised.value.until == pytest.approx(NOW + wait, abs=2)


@pytest.mark.parametrize(
    ("header", "usage", "wait"),
    [
        ("X-App-Usage", {"call_count": 95, "total_time": 3, "total_cputime": 1}, 600),
        ("X-App-Usage", {"call_count": 1, "total_time": 3, "total_cputime": 120}, 600),
        ("X-App-Usage", {"call_count": 94}, 0),
        ("X-Business-Use-Case-Usage", {"1": [{"call_count": 9}], "2": [{"total_time": 99}]}, 600),
        ("X-Business-Use-Case-Usage", {"1": [{"call_count": 9, "estimated_time_to_regain_access": 30}]}, 1800),
        ("X-Business-Use-Case-Usage", {"1": [{"estimated_time_to_regain_access": 10**9}]}, 86_400),
        ("X-Business-Use-Case-Usage", {"1": {"call_count": "99"}, "2": [[], 3]}, 0),
        ("X-App-Usage", [100], 0),
    ],
)
def test_close_to_a_limit_the_answer_is_kept_and_the_host_left_alone(header: str, usage: Any, wait: int) -> None:
    clock = Clock(NOW)
    answer = httpx.Response(200, json={"id": "1"}, headers={header: json.dumps(usage)})
    asking = client(Table({HOST: answer}), clock)
    assert ask(asking, URL, {}, "facebook:1").json() == {"id": "1"}
    if not wait:
        assert ask(asking, URL, {}, "facebook:1").json() == {"id": "1"}
        return
    with pytest.raises(HostResting) as raised:
        ask(asking, URL, {}, "facebook:1")
    assert raised.value.until == pytest.approx(NOW + wait, abs=2)


def test_a_header_that_is_no_json_is_passed_over() -> None:
    assert asked(httpx.Response(200, json={"id": "1"}, headers={"X-App-Usage": '{"call_count": 100'})) == {"id": "1"}


def test_without_a_token_nothing_is_asked() -> None:
    table, clock = Table({}), Clock(NOW)
    tokenless = Client(table, Budget(MemoryTable(), clock), contact="x", clock=clock, sleep=clock.sleep)
    with pytest.raises(FatalError, match="facebook: there is no token"):
        ask(tokenless, URL, {}, "facebook:1")
    assert table.asked == []


def test_only_what_is_said_to_be_gone_is() -> None:
    for refused, gone, notes in ((refusal(100, 33), True, 0), (refusal(10), False, 1), ({"id": "1"}, False, 0)):
        found = Found("facebook", NOW)
        assert is_gone(client(Table({HOST: refused}), Clock(NOW)), URL, "facebook:1", found) is gone
        assert len(found.rejects) == notes


def test_the_next_page_is_asked_for_by_its_cursor_and_never_by_its_link() -> None:
    paging = {"cursors": {"before": "QQ", "after": "Qg=="}, "next": "https://elsewhere.example/?access_token=x"}
    assert behind(following({"data": [], "paging": paging})) == {"after": "Qg=="}
    last = {"paging": {"cursors": {"after": "Qg=="}}}
    assert following(last) is None
    for things, unlinked, expected in ((0, 1, None), (1, 1, "Qg=="), (1, 2, None), (2, 2, "Qg==")):
        assert following({**last, "data": [{}] * things}, unlinked) == expected
    assert behind(None) == {}
    for after in ("", 3, None, "a){x", "a&b", "x" * 1001):
        assert following({"paging": {**paging, "cursors": {"after": after}}}) is None
    edge: Any
    for edge in (None, [], 3, {"data": {}, "paging": []}):
        assert (listed(edge), following(edge)) == ([], None)


def test_times() -> None:
    found = Found("facebook", NOW)
    assert time_of({"at": "2026-11-01T10:00:00+0000"}, "at", found) == 1_793_527_200
    assert time_of({"at": "2026-11-01T10:00:00-0130"}, "at", found) == 1_793_527_200 + 5400
    assert found.rejects == []
    assert (time_of({"at": 3}, "at", found), time_of({}, "at", found), len(found.rejects)) == (None, None, 2)
