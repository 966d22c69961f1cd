"""What each function may do, held against the calls that it makes: in docs/permissions.md, by `make permissions`.

Calls are taken where botocore is handed their parameters, in runs through the handlers with all that they can meet.
"""

import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import boto3
import pytest

from infra.local import example
from renown import parts
from renown.activity import Observation
from renown.database import connect
from renown.lake import S3Lake
from renown.topics import store
from renown.topics.ontology import Topic, checked
from tests.contract.fakes.github import FakeGitHub
from tests.template.test_template import WITHOUT_A_RESOURCE
from tests.template.translated import ROOT, as_list, dig, of_type

from . import test_handlers as deployed
from .test_handlers import HANDLERS, NEWEST, PERMISSION, PERSON, TEMPLATE, Aws

aws, fake = deployed.aws, deployed.fake

PAGE: Final = ROOT / "docs/permissions.md"

BY_LAMBDA: Final = {
    "logs:CreateLogStream": "its log",
    "logs:PutLogEvents": "its log",
    "xray:PutTraceSegments": "traces",
    "xray:PutTelemetryRecords": "traces",
}
"""What Lambda does with a function's role, without a call of the function."""


class Grant(NamedTuple):
    """One action that a function's role allows, on what; `prefix` is of keys in the lake, empty for none."""

    action: str
    on: str
    prefix: str = ""


class Call(NamedTuple):
    function: str
    action: str
    key: str


FUNCTIONS: Final = {
    name.removesuffix("Function").lower(): dig(function)
    for name, function in of_type(TEMPLATE, "AWS::Lambda::Function").items()
}


def grants(function: str) -> Iterator[Grant]:
    """Everything that a function's role allows."""
    role = dig(TEMPLATE[FUNCTIONS[function]["Role"]["Fn::GetAtt"][0]])
    for policy in role["Policies"]:
        for statement in as_list(policy["PolicyDocument"]["Statement"]):
            assert statement["Effect"] == "Allow"
            assert "Condition" not in statement, "S3 answers 403 and not 404 where an object is missing; lists fail"
            for action in as_list(statement["Action"]):
                for on in as_list(statement["Resource"]):
                    yield granted(action, on)


def granted(action: str, on: Any) -> Grant:
    text = on if isinstance(on, str) else on.get("Fn::Sub") or ".".join(on["Fn::GetAtt"])
    found = re.fullmatch(r"\$\{LakeBucket\.Arn\}/(.+)\*", text)
    if found:
        return Grant(action, f"lake: {found[1]}", found[1])
    names = {"LakeBucket.Arn": "lake", "Table.Arn": "table", "*": "AWS has no other"}
    parameter = re.search(r":parameter/(.+)$", text)
    return Grant(
        action, names.get(text) or (f"parameters: /{parameter[1]}" if parameter else text.removesuffix(".Arn"))
    )


@pytest.fixture
def calls(aws: Aws, fake: FakeGitHub, tmp_path: Path) -> set[Call]:
    """The calls of two runs and some reads, with files good and bad, people on networks, an ontology, and of every
    other function's event."""
    made: set[Call] = set()

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        action = PERMISSION.get(model.name) or f"{model.service_model.service_name}:{model.name}"
        if aws.running:
            made.add(Call(aws.running, action, str(params.get("Key") or params.get("Prefix") or "")))

    boto3.DEFAULT_SESSION.events.register("provide-client-params", note)  # type: ignore[union-attr]  # the fixture's
    aws.put("inbox/table/made-up.csv", example.made_up_table(NEWEST))
    aws.put("inbox/table/broken.csv", example.made_up_table(NEWEST)[:-200] + "oh,no\n")
    author, post = "https://b.example/users/ada", {"id": "https://b.example/1", "type": "Note", "content": "Engines!"}
    said = {"id": "https://b.example/2", "type": "Create", "actor": author, "object": {**post, "attributedTo": author}}
    aws.put("inbox/activitystreams/one.json", json.dumps({**said, "published": "2026-09-15T04:00:00Z"}))
    proved = {"proof": "made up", "proved_at": PERSON["opted_in_at"], "check": {"at": "2100-01-01T00:00:00Z"}}
    ada = {**PERSON, "handle": "ada", "name": "Ada", "links": [{"account": fake.account, **proved}], "made_up": False}
    links = [*PERSON["links"], {"account": "github:ann", "proof": "made up"}]
    ann = {**PERSON, "links": links, "made_up": False}
    aws.put("people/people.json", json.dumps({"profiles": [ann, ada]}))
    lake = S3Lake(deployed.BUCKET, boto3.client("s3"), tmp_path)
    for seen in (NEWEST, NEWEST + 1):  # as two batches write them, to be joined
        parts.write_observations(
            lake,
            [
                Observation(
                    f"o{seen}", "example", "views", "example:p00" if seen == NEWEST else None, "post-0-0", 1, None, seen
                )
            ],
        )
    for judged in ("backtests", "redteam"):
        lake.write(f"{judged}/latest.json", b"{}")
    store.write(lake, checked([Topic("engines", {"en": "Engines"})], None, (), "made up"))
    fake.write(fake.now - example.DAY, "issue")  # has a text
    first = aws.run({"at": "2026-09-16T04:00:00Z"})["published"]["run"]
    time.sleep(8 * example.DAY)  # a made-up clock
    fake.now += 8 * example.DAY
    fake.react(fake.posts[0], "Like", 9)
    assert aws.run()["concluded"]["networks"]
    assert aws.get("/v1/profiles/ann/why", **{"from": first})[0] == 200
    assert len(aws.get("/v1/profiles", ids="ann")[1]["profiles"]) == 1
    assert aws.get("/v1/profiles/ann/history")[0] == 200
    aws.invoke("plan", {"phase": "fail", "state": {"failure": {"Error": "made up"}}})
    aged = [row.split(",", 1) for row in example.made_up_table(NEWEST - 100 * example.DAY).splitlines()[1:]]
    rows = [f"{int(at) + back * example.DAY},{rest}" for at, rest in aged for back in range(0, 100, 5)]
    aws.put("inbox/table/long.csv", "\n".join(["at,verb,actor,author,object,topics", *rows]) + "\n")
    aws.run()
    shutil.rmtree(tmp_path / "renown-lake")  # another function has other copies
    at = "2026-11-29T12:00:00Z"
    aws.invoke("review", {"phase": "backtest", "at": at})
    named = aws.invoke("review", {"phase": "calibrate", "at": at})["candidate"]
    assert "tau" in aws.invoke("review", {"phase": "shadow", "at": at, "candidate": named})
    lines = [{"file": "x", "line": 1, "reason": "ann: odd"}]
    aws.put("imports/made-up/rejects-0.jsonl", json.dumps(lines[0]) + "\n")
    shadowed = tmp_path / "moves.parquet"
    with connect() as con:
        con.execute(f"COPY (SELECT '@ann' AS id) TO '{shadowed}'")
    lake.put("shadows/made-up/against-made-up.parquet", shadowed)
    shutil.rmtree(tmp_path / "renown-lake")  # another function has other copies
    assert aws.invoke("erase", {"request": {"who": "ann"}})["quiet"]
    for name in FUNCTIONS.keys() - {call.function for call in made}:
        aws.invoke(name, example.event(name))
    return made


def used(grant: Grant, function: str, calls: set[Call]) -> str:
    """How a function made use of what it is granted; empty where it did not."""
    if grant.action in BY_LAMBDA:
        return f"by Lambda: {BY_LAMBDA[grant.action]}"
    mine = [call for call in calls if call.function == function]
    number = len({c for c in mine if c.action == grant.action and c.key.startswith(grant.prefix)})
    if not number and grant.action == "s3:ListBucket" and any(call.action == "s3:GetObject" for call in mine):
        return "by S3: without it, a missing object is 403"
    return "yes" if number else ""


def allowed(call: Call) -> bool:
    return any(call.action == grant.action and call.key.startswith(grant.prefix) for grant in grants(call.function))


def table(calls: set[Call]) -> str:
    """Function × action × granted × used."""
    rows = [
        (function, grant.action, grant.on, used(grant, function, calls))
        for function in FUNCTIONS
        for grant in sorted(set(grants(function)))
    ]
    lines = [f"| {function} | `{action}` | {on} | {by or '**never**'} |" for function, action, on, by in rows]
    return "\n".join(["| function | action | granted on | used |", "|---|---|---|---|", *lines])


def test_roles_allow_the_calls_that_are_made_and_no_others(calls: set[Call]) -> None:
    assert {call.function for call in calls} == FUNCTIONS.keys() == HANDLERS.keys()
    lacking = sorted(call for call in calls if not allowed(call))
    assert lacking == []
    never = [
        (name, grant.action, grant.on) for name in FUNCTIONS for grant in grants(name) if not used(grant, name, calls)
    ]
    assert never == []
    text = table(calls)
    print("\n" + text)
    head, _, _ = PAGE.read_text("utf-8").partition("| function |")
    if os.environ.get("WRITE_DOCS"):
        PAGE.write_text(f"{head}{text}\n", "utf-8")
    assert PAGE.read_text("utf-8") == f"{head}{text}\n", "outdated: `make permissions` writes it anew"


def test_a_reader_needs_a_list_to_be_told_that_something_is_missing() -> None:
    for function in FUNCTIONS:
        actions = {grant.action for grant in grants(function)}
        assert "s3:GetObject" not in actions or "s3:ListBucket" in actions, function


def test_all_resources_are_granted_where_aws_has_no_other() -> None:
    for function in FUNCTIONS:
        assert {grant.action for grant in grants(function) if grant.on == "AWS has no other"} <= WITHOUT_A_RESOURCE
    assert not [grant for name in FUNCTIONS for grant in grants(name) if "*" in grant.action + grant.prefix]


def test_the_api_reads_the_table_and_nothing_else() -> None:
    """One or several items by their keys, or the items of one key: it cannot list the table, nor write."""
    reads = {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"}
    logs = {"logs:CreateLogStream", "logs:PutLogEvents"}
    assert set(grants("api")) == {*(Grant(read, "table") for read in reads), *(Grant(log, "ApiLogs") for log in logs)}
    assert TEMPLATE.keys() >= {"Table", "ApiLogs"}


def test_the_run_may_start_the_functions_that_it_names_and_no_others() -> None:
    machine = dig(TEMPLATE["RefreshMachine"])
    definition = (ROOT / "infra/statemachine/refresh.asl.json").read_text("utf-8")
    named = set(re.findall(r"\$\{(\w+Function)\}", definition))
    assert named <= machine["DefinitionSubstitutions"].keys()
    role = dig(TEMPLATE[machine["RoleArn"]["Fn::GetAtt"][0]])
    statements = [each for policy in role["Policies"] for each in as_list(policy["PolicyDocument"]["Statement"])]
    invoked = [
        on["Fn::GetAtt"][0]
        for each in statements
        if "lambda:InvokeFunction" in as_list(each["Action"])
        for on in as_list(each["Resource"])
    ]
    assert sorted(invoked) == sorted(named)
