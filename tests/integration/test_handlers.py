"""The Lambda functions, one after the other as the state machine calls them, against moto."""

import io
import json
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.api import handler as api
from functions.collect import handler as collect
from functions.erase import handler as erase
from functions.plan import handler as plan
from functions.publish import handler as publish
from functions.review import handler as review
from functions.score import handler as score
from functions.verify import handler as verify
from functions.visit import handler as visit
from infra.local import example
from renown import app, dynamo
from renown.errors import BadInput, TooLarge
from renown.formats import batches
from renown.networks import hosts
from renown.scoring.formula import CURRENT
from tests.contract.fakes.github import FakeGitHub
from tests.contract.fakes.visits import Clock
from tests.contract.fakes.world import Server
from tests.contract.wire import wire
from tests.template.translated import Resources, dig, translated, written
from tests.unit.scoring.test_formula import TEXT

NEWEST = 1_790_000_000
BUCKET = "lake"
HANDLERS = {
    "verify": verify,
    "plan": plan,
    "visit": visit,
    "collect": collect,
    "score": score,
    "publish": publish,
    "api": api,
    "erase": erase,
    "review": review,
}

CACHES = (visit.client, verify.client, api.routes, app.wired)

# What AWS asks permission for when these are called; DynamoDB's operations are named as their permissions.
PERMISSION = {
    "ListObjectsV2": "s3:ListBucket",
    "GetObject": "s3:GetObject",
    "HeadObject": "s3:GetObject",
    "PutObject": "s3:PutObject",
}


@dataclass
class Context:
    """What Lambda tells a function about itself."""

    remaining: list[int] = field(default_factory=lambda: [900_000])
    function_name: str = "function"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:123456789012:function:function"
    aws_request_id: str = "request"

    def get_remaining_time_in_millis(self) -> int:
        """Each of the times in turn; the last one for ever."""
        return self.remaining.pop(0) if len(self.remaining) > 1 else self.remaining[0]


def collector(batch: dict[str, Any]) -> str:
    """The function that the state machine gives a batch to."""
    return "collect" if "format" in batch else "visit"


@dataclass
class Aws:
    """The deployed stores, and the calls that the functions made to them: function, permission, key."""

    calls: set[tuple[str, str, str]] = field(default_factory=set)
    running: str = ""

    def note(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        action = PERMISSION.get(model.name) or f"{model.service_model.service_name}:{model.name}"
        if self.running:
            self.calls.add((self.running, action, str(params.get("Key", ""))))

    def invoke(self, name: str, event: dict[str, Any], context: Context | None = None) -> Any:
        """Calls a function with the variables that the template gives it; its answer has to be JSON."""
        self.running = name
        for cache in CACHES:  # each function is a process of its own
            cache.cache_clear()
        with pytest.MonkeyPatch.context() as patch:
            for variable, value in variables(name).items():
                patch.setenv(variable, value)
            named = event if name == "api" else {"execution": "run-1", **event}
            answer = HANDLERS[name].handler(named, context or Context())
        self.running = ""
        return json.loads(json.dumps(answer))

    def put(self, key: str, body: str) -> None:
        boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body.encode())

    def read(self, key: str) -> Any:
        return json.loads(boto3.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read())

    def due(self, execution: str = "run-1") -> list[Any]:
        """The batches that are due, where the state machine reads them."""
        planned = self.invoke("plan", {"execution": execution})
        batches: list[Any] = self.read(planned["plan"])
        assert planned["batches"] == len(batches)
        return batches

    def collect(self, batch: dict[str, Any], number: int = 0, **more: Any) -> Any:
        """One batch, by the function that the state machine chooses."""
        return self.invoke(collector(batch), {"batch": batch, "number": number, **more})

    @staticmethod
    def publish(call: Callable[[str, dict[str, Any]], Any], **asked: Any) -> Any:
        """A run is checked, written in its parts, and shown."""
        checked = call("publish", {"phase": "check", **asked})
        plan = {"plan": checked["plan"]}
        parts = [call("publish", {"phase": "part", **plan, "part": number}) for number in checked["parts"]]
        return call("publish", {"phase": "flip", **plan, "written": [part["part"] for part in parts]})

    def run(self, request: dict[str, Any] | None = None) -> dict[str, Any]:
        """One run, as the state machine makes it."""
        assert self.invoke("plan", {"phase": "begin"}) == {"running": None}
        verified = self.invoke("verify", example.event("verify"))
        due = list(enumerate(self.due()))
        collected = [self.collect(batch, number) for number, batch in due]
        concluded = self.invoke("collect", {"request": request or {}})
        scored = self.invoke("score", {"execution": "run-1", "request": {"at": concluded["at"]}})
        published = self.publish(self.invoke, run=scored["run"], request=request or {})
        assert self.invoke("plan", {"phase": "end"}) == {}
        return {
            "verified": verified,
            "collected": collected,
            "concluded": concluded,
            "scored": scored,
            "published": published,
        }

    def get(self, path: str, **parameters: str) -> tuple[int, Any]:
        answer = self.invoke("api", example.request(path, **parameters))
        return answer["statusCode"], json.loads(answer["body"])


def template() -> Resources:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        return translated()


TEMPLATE = template()
PARAMETERS = {
    "Contact": "",
    "Site": "",
    "Spend": "",
    "Population": "accounts",
    "Formula": written()["Parameters"]["Formula"]["Default"],
    "Networks": "",
    "AWS::StackName": "renown",
}


def variables(name: str) -> dict[str, str]:
    """The variables that the template gives a function, filled in."""
    found = {}
    for variable, given in dig(TEMPLATE[f"{name.title()}Function"])["Environment"]["Variables"].items():
        value = given["Fn::If"][2] if "Fn::If" in given else given  # no site of one's own
        text = value if isinstance(value, str) else value.get("Fn::Sub") or PARAMETERS[value["Ref"]]
        for place, there in {"LakeBucket": BUCKET, "Table": "table", "AWS::StackName": "renown"}.items():
            text = text.replace(f"${{{place}}}", there)
        found[variable] = re.sub(r"\$\{[\w:]+\}", "example", text)
    return found


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(dynamo, "Connection", lambda url: wire(boto3.client("dynamodb")))
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    with mock_aws():
        found = Aws()
        session = boto3.Session()
        session.events.register("provide-client-params", found.note)
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
        place = {"LocationConstraint": "eu-west-1"}
        boto3.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)  # type: ignore[arg-type]  # a literal type
        table = dig(TEMPLATE["Table"])
        shape = {name: table[name] for name in ("AttributeDefinitions", "KeySchema", "BillingMode")}
        boto3.client("dynamodb").create_table(TableName="table", **shape)
        yield found
    for cache in CACHES:
        cache.cache_clear()


def test_one_run_from_a_file_to_the_api(aws: Aws) -> None:
    aws.put("inbox/table/made-up.csv", example.made_up_table(NEWEST))
    aws.put("inbox/table/not-a-table.csv", "hello\n")
    aws.put("inbox/no-such-format/a.csv", "hello\n")
    result = aws.run()
    good, bad = result["collected"]
    assert good["complete"]
    assert good["new"] == good["read"] > 100
    assert (good["rejected"], good["refused"]) == (0, None)
    assert bad["complete"]
    assert "not-a-table" in bad["refused"]
    assert result["scored"]["made"]
    assert result["scored"]["scorecards"] > 5
    assert result["published"] == {
        "run": result["scored"]["run"],
        "scorecards": result["scored"]["scorecards"],
        "previous": None,
    }
    status, leaderboard = aws.get("/v1/leaderboard")
    assert status == 200
    example.check_leaderboard(leaderboard)
    assert aws.get("/v1/accounts/example/p00")[0] == 200
    status, problem = aws.get("/v1/accounts/example/nobody")
    assert (status, problem["status"]) == (404, 404)


def test_the_same_run_again_changes_nothing(aws: Aws) -> None:
    aws.put("inbox/table/made-up.csv", example.made_up_table(NEWEST))
    first, second = aws.run(), aws.run()
    assert second["collected"] == []
    assert second["scored"] == {**first["scored"], "made": False}
    assert second["published"] == first["published"]


def test_a_function_that_is_too_small_says_so_where_a_larger_machine_is_there(aws: Aws) -> None:
    aws.put("inbox/table/made-up.csv", example.made_up_table(NEWEST))
    first, small = aws.run()["scored"], Context(memory_limit_in_mb=128)
    with pytest.raises(TooLarge, match="too much for a function of 128 MB"):
        aws.invoke("score", {"large": "yes"}, small)
    assert aws.invoke("score", {"large": "no"}, small) == {**first, "made": False}


def test_a_function_that_runs_out_of_time_goes_on_where_it_stopped(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "RECORDS", 100)
    table = example.made_up_table(NEWEST)
    aws.put("inbox/table/made-up.csv", table)
    (batch,) = aws.due()
    first = aws.invoke("collect", {"batch": batch}, Context([900_000, collect.RESERVE - 1]))
    assert (first["complete"], first["new"]) == (False, 200)
    assert aws.due() == [batch]
    rest = aws.invoke("collect", {"batch": batch})
    assert (rest["complete"], rest["new"]) == (True, table.count("\n") - 1)  # over both calls
    assert aws.due() == []


def test_a_scheduled_run_scores_what_it_has_just_collected(aws: Aws, fake: FakeGitHub) -> None:
    request = json.loads(dig(TEMPLATE["RefreshMachineDaily"])["Target"]["Input"])
    result = aws.run(request)
    at = datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert result["scored"]["at"] == result["concluded"]["at"] == at
    assert result["verified"] == {"profiles": 1, "left": 0, "links": {"failed": 1}}  # it names nobody, once
    assert aws.get("/v1/profiles/ann")[1]["evidence"]["reactors"] == 8


def test_a_formula_of_ones_own_is_switched_on_by_its_version(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    aws.put("inbox/table/made-up.csv", example.made_up_table(NEWEST))
    monkeypatch.setitem(PARAMETERS, "Formula", "mine")
    with pytest.raises(BadInput, match="formula 'mine': there are"):
        aws.run()
    aws.put("formulas/mine.toml", TEXT.replace(f'version = "{CURRENT}"', 'version = "mine"'))
    assert "-mine-accounts-" in aws.run()["published"]["run"]


def test_a_moment_that_is_none_stops_the_run(aws: Aws) -> None:
    with pytest.raises(ValueError, match=r"request\.at"):
        aws.invoke("score", {"request": {"at": "yesterday"}})


@pytest.mark.parametrize("name", HANDLERS)
def test_log_lines_name_the_run_and_the_step(name: str, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    aws.put("inbox/table/made-up.csv", example.made_up_table(NEWEST))
    aws.run()
    aws.get("/v1/leaderboard")
    written = io.StringIO()
    monkeypatch.setattr(HANDLERS[name].logger.registered_handler, "stream", written)
    aws.invoke(name, example.event(name))
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    run = "by-hand" if name != "api" else example.event("api")["requestContext"]["requestId"]
    assert [(line["service"], line["correlation_id"], line["level"]) for line in lines] == [(name, run, "INFO")]


PERSON: dict[str, Any] = {
    "handle": "ann",
    "name": "Ann",
    "opted_in_at": "2026-01-01T00:00:00Z",
    "links": [{"account": "example:p00", "proof": "made up"}],
    "made_up": True,
}


def test_why_a_score_changed_from_run_to_run(aws: Aws) -> None:
    aws.put("inbox/table/made-up.csv", example.made_up_table(NEWEST))
    aws.put("people/people.json", json.dumps({"profiles": [PERSON], "seeds": ["example:p01"]}))
    days = [aws.run({"at": f"2026-09-{day}T04:00:00Z"})["published"]["run"] for day in (16, 17, 18)]
    status, change = aws.get("/v1/profiles/ann/why")
    assert (status, change["from"]["run"], change["to"]["run"]) == (200, days[1], days[2])
    status, both = aws.get("/v1/profiles/ann/why", **{"from": days[0]})
    assert (status, both["from"]["run"]) == (200, days[0])
    assert sum(part["points"] for part in both["parts"]) == pytest.approx(both["change"], abs=1e-9)
    assert both["parts"][2]["seconds"] == 2 * example.DAY


@pytest.fixture
def fake(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> FakeGitHub:
    """Somebody who opted in and whose account is on a made-up server; the token is in the Parameter Store."""
    person = {**PERSON, "links": [{"account": FakeGitHub.account, "proof": "made up"}], "made_up": False}
    aws.put("people/people.json", json.dumps({"profiles": [person]}))
    boto3.client("ssm").put_parameter(Name="/renown/github", Value="made-up", Type="SecureString")
    found = FakeGitHub()
    for who in range(1, 9):
        found.react(found.posts[0] if found.posts else found.write(found.now - example.DAY, "engines"), "Like", who)
    clock = Clock(float(found.now))
    monkeypatch.setattr(time, "time", clock)
    monkeypatch.setattr(time, "sleep", clock.sleep)
    monkeypatch.setattr(hosts, "GuardedTransport", lambda **_: Server(found))
    return found


def test_accounts_are_visited_and_scored(aws: Aws, fake: FakeGitHub) -> None:
    result = aws.run()
    (found,) = result["concluded"]["networks"]
    assert (found["network"], found["accounts"], found["complete"]) == ("github", 1, True)
    assert found["activity"] == 8
    status, card = aws.get("/v1/profiles/ann")
    assert (status, card["evidence"]["reactors"]) == (200, 8)
    assert aws.run()["collected"] == []


def test_visits_end_before_the_function_does(aws: Aws, fake: FakeGitHub) -> None:
    (batch,) = aws.due()
    first = aws.invoke("visit", {"batch": batch}, Context([900_000, visit.RESERVE - 1]))
    assert (first["complete"], first["accounts"]) == (False, 0)
    rest = aws.invoke("visit", {"batch": batch, "so_far": first})
    assert (rest["complete"], rest["accounts"]) == (True, 1)
