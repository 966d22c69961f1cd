"""Deploys the template to a local AWS, makes two runs, reads scores over HTTP, and deletes everything again.

The local AWS is the one at AWS_ENDPOINT_URL, else the kit's LocalStack (started here, and stopped again).
"""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

import boto3
import urllib3

from . import example, sam
from .sam import CheckError, check

STACK: Final = "renown-local"
PATIENCE: Final = 900
"""Seconds that one run may take."""

DUMMIES: Final = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""Nothing here can reach a real account."""


@contextmanager
def local_aws() -> Iterator[str]:
    """The endpoint of a local AWS, which the environment names from here on."""
    script = sam.kit("localstack.sh")
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    started = False
    if endpoint is None:
        if script is None:
            raise CheckError("no local AWS: start one and set AWS_ENDPOINT_URL, or set RUNTIME_KIT")
        started = subprocess.run([script, "status"], capture_output=True, check=False).returncode != 0
        # Not captured: the service would keep the pipe open.
        subprocess.run([script, "start"], stdout=subprocess.DEVNULL, check=True)
        (endpoint,) = (word for word in sam.run(script, "env").split() if word.startswith("AWS_ENDPOINT_URL="))
        endpoint = endpoint.partition("=")[2]
    check("amazonaws" not in endpoint, f"{endpoint} is no local AWS")
    os.environ.pop("AWS_PROFILE", None)
    os.environ.pop("AWS_SESSION_TOKEN", None)
    os.environ.update({**DUMMIES, "AWS_ENDPOINT_URL": endpoint})
    try:
        yield endpoint
    finally:
        if started and script:
            sam.run(script, "stop")


@contextmanager
def deployed() -> Iterator[dict[str, str]]:
    """The stack's outputs while it is there; afterwards nothing of it is left."""
    parameters = (sam.PROCESSOR, "Population=accounts", "LogLevel=DEBUG", "DeletionProtection=DISABLED")
    sam.sam("deploy", "--parameter-overrides", *parameters)
    stack = boto3.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    kept = 0
    try:
        yield outputs
    finally:
        sam.sam("delete", "--no-prompts")
        kept = remove_what_stays(outputs)
    check(kept, "deleting the stack emptied the lake")


def remove_what_stays(outputs: dict[str, str]) -> int:
    """Removes what deleting the stack leaves, the lake and the table, and returns how many files the lake still had."""
    bucket = boto3.resource("s3").Bucket(outputs["LakeBucketName"])
    kept = len(list(bucket.objects.all()))
    bucket.object_versions.delete()
    bucket.delete()
    boto3.client("dynamodb").delete_table(TableName=outputs["TableName"])
    return kept


def run_machine(machine: str, request: dict[str, Any]) -> dict[str, Any]:
    """The result of a run that was started with `request`; raises CheckError with its cause and the last log lines."""
    client = boto3.client("stepfunctions")
    execution = client.start_execution(stateMachineArn=machine, input=json.dumps(request))["executionArn"]
    end = time.monotonic() + PATIENCE
    while (state := client.describe_execution(executionArn=execution))["status"] == "RUNNING":
        check(time.monotonic() < end, f"the run takes longer than {PATIENCE} s\n{logs()}")
        time.sleep(0.5)
    if state["status"] != "SUCCEEDED":
        cause = json.dumps({key: state.get(key) for key in ("status", "error", "cause")}, indent=1)
        raise CheckError(f"the run did not succeed: {cause}\n{logs()}")
    result: dict[str, Any] = json.loads(state["output"])
    return result


def logs(lines: int = 20) -> str:
    """The last lines of every log group."""
    client = boto3.client("logs")
    found = []
    for group in client.describe_log_groups()["logGroups"]:
        events = client.filter_log_events(logGroupName=group["logGroupName"])["events"][-lines:]
        found += [f"--- {group['logGroupName']}", *(event["message"].rstrip() for event in events)]
    return "\n".join(found)


def fetch(endpoint: str, outputs: dict[str, str], path: str, method: str = "GET") -> urllib3.BaseHTTPResponse:
    """The answer of the deployed API to a request."""
    url = urlsplit(outputs["ApiUrl"])
    api, stage = url.netloc.split(".")[0], url.path.strip("/")
    return urllib3.request(method, f"{endpoint}/_aws/execute-api/{api}/{stage}{path}", timeout=60, redirect=False)


def get(endpoint: str, outputs: dict[str, str], path: str) -> tuple[int, Any]:
    """Status and document of a read."""
    answer = fetch(endpoint, outputs, path)
    return answer.status, answer.json()


def upload(outputs: dict[str, str], now: datetime) -> None:
    """A good and a bad file into the lake's inbox, and somebody whose account cannot be reached."""
    s3 = boto3.client("s3")
    table = example.made_up_table(int(now.timestamp())).encode()
    s3.put_object(Bucket=outputs["LakeBucketName"], Key="inbox/table/made-up.csv", Body=table)
    s3.put_object(Bucket=outputs["LakeBucketName"], Key="inbox/table/not-a-table.csv", Body=b"hello\n")
    someone = example.people(now.isoformat()).encode()
    s3.put_object(Bucket=outputs["LakeBucketName"], Key="people/people.json", Body=someone)


def first_run(endpoint: str, outputs: dict[str, str]) -> None:
    """Started by hand: imports what is in the inbox; its scores are read over HTTP."""
    result = run_machine(outputs["StateMachineArn"], {})
    check(result["verified"]["result"] == example.SILENT, f"verified {result['verified']}")
    example.check_visit(result["collected"]["networks"])
    good, bad = result["collected"]["files"]
    check(good["new"] > 100 and not good["refused"] and bad["refused"], f"collected {result['collected']}")
    check(result["published"]["run"] == result["scored"]["run"], f"published {result['published']}")
    status, leaderboard = get(endpoint, outputs, "/v1/leaderboard")
    check(status == 200, f"the leaderboard answers {status}: {leaderboard}\n{logs()}")
    example.check_leaderboard(leaderboard)
    status, card = get(endpoint, outputs, "/v1/accounts/example/p00")
    check(status == 200 and card["score"] > 0, f"an account answers {status}: {card}")
    print(f"  run by hand: {result['scored']['scorecards']} scorecards; p00 has {card['score']:.1f}")
    page = fetch(endpoint, outputs, "/")
    check(page.status == 200 and b"p00" in page.data, f"the page answers {page.status}: {page.data[:500]!r}")
    head = fetch(endpoint, outputs, "/v1/leaderboard", "HEAD")
    check((head.status, head.data) == (200, b""), f"HEAD answers {head.status}: {head.data[:500]!r}")
    for method, status in (("POST", 405), ("DELETE", 405), ("OPTIONS", 204)):
        answer = fetch(endpoint, outputs, "/v1/leaderboard", method)
        check(
            (answer.status, answer.headers.get("Allow")) == (status, "GET, HEAD, OPTIONS"), f"{method}: {answer.status}"
        )
    status, described = get(endpoint, outputs, "/openapi.json")
    check(status == 200 and described["servers"] == [{"url": "/live"}], f"the description: {status}")
    status, problem = get(endpoint, outputs, "/v1/accounts/example/nobody")
    check(status == 404 and problem["status"] == 404, f"an unknown account answers {status}: {problem}")


def scheduled_run(endpoint: str, outputs: dict[str, str], now: datetime) -> None:
    """Started as the schedule would: a local AWS keeps schedules and never fires them."""
    resources = boto3.client("cloudformation").describe_stack_resources(StackName=STACK)["StackResources"]
    (name,) = (r["PhysicalResourceId"] for r in resources if r["ResourceType"] == "AWS::Scheduler::Schedule")
    schedule = boto3.client("scheduler").get_schedule(Name=name)
    target = schedule["Target"]
    check(schedule["State"] == "ENABLED" and target["Arn"] == outputs["StateMachineArn"], f"the schedule: {schedule}")
    result = run_machine(target["Arn"], json.loads(target["Input"]))
    check(result["collected"]["files"] == [], f"a file was imported twice: {result['collected']}")
    moment = result["scored"]["at"]
    check(moment >= now.strftime("%Y-%m-%dT%H:%M:%SZ"), f"scored for {moment}, collected after {now}")
    status, leaderboard = get(endpoint, outputs, "/v1/leaderboard")
    check(status == 200, f"the leaderboard answers {status}")
    example.check_leaderboard(leaderboard)
    print(f"  run by schedule: for {moment}; readers see run {result['published']['run']}")


def failing_run(endpoint: str, outputs: dict[str, str]) -> None:
    """A run that cannot be made fails with its cause, and readers keep what they had."""
    before = get(endpoint, outputs, "/v1/leaderboard")
    try:
        run_machine(outputs["StateMachineArn"], {"at": "yesterday"})
    except CheckError as error:
        check("ValidationError" in str(error), f"the run failed for another reason: {error}")
    else:
        raise CheckError("a run for the moment 'yesterday' succeeded")
    check(get(endpoint, outputs, "/v1/leaderboard") == before, "a failed run changed what readers see")


def main() -> None:
    """Builds, deploys, runs, deletes; says how long each took."""
    now = datetime.now(UTC).replace(microsecond=0)
    start = time.monotonic()

    def done(what: str) -> None:
        print(f"{time.monotonic() - start:6.1f} s  {what}", flush=True)

    try:
        sam.build()
        done("built")
        with local_aws() as endpoint:
            done(f"local AWS at {endpoint}")
            with deployed() as outputs:
                done("deployed")
                upload(outputs, now)
                first_run(endpoint, outputs)
                done("first run read over HTTP")
                scheduled_run(endpoint, outputs, now)
                done("scheduled run read over HTTP")
                failing_run(endpoint, outputs)
                done("failing run failed")
            done("deleted")
    except (CheckError, subprocess.SubprocessError, OSError) as error:
        sam.fail(str(error))
    print("ok: the template deploys, runs and answers on the local AWS")


if __name__ == "__main__":
    main()
