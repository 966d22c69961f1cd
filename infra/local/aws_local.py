"""Deploys the template to a local AWS, makes two runs, reads scores over HTTP, and deletes everything again.

The local AWS is the one at AWS_ENDPOINT_URL, else the kit's LocalStack (started here, and stopped again).
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import boto3
import urllib3

from . import example, sam
from .every_route import check_gone, check_routes
from .sam import CheckError, check
from .searched import PIA, objects_with

STACK: Final = "renown-local"
PATIENCE: Final = 900
"""Seconds that one run may take."""

PARAMETERS: Final = (sam.PROCESSOR, "Population=accounts", "DeletionProtection=DISABLED", "Access=key")

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
    sam.sam("deploy", "--parameter-overrides", *PARAMETERS, "LogLevel=DEBUG")
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


def start(machine: str, request: dict[str, Any]) -> str:
    """Starts a run with `request`; returns its execution."""
    execution = boto3.client("stepfunctions").start_execution(stateMachineArn=machine, input=json.dumps(request))
    return execution["executionArn"]


def run_machine(machine: str, request: dict[str, Any]) -> dict[str, Any]:
    """The result of a run that was started with `request`; raises CheckError with its cause and the last log lines."""
    return ended(start(machine, request))


def ended(execution: str) -> dict[str, Any]:
    """The result of a run, once it has one."""
    client = boto3.client("stepfunctions")
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


def key() -> str:
    """The key that opens the deployed API."""
    value: str = boto3.client("apigateway").get_api_key(apiKey=physical("ApiKey"), includeValue=True)["value"]
    return value


def fetch(
    endpoint: str, outputs: dict[str, str], path: str, method: str = "GET", sent: str | None = None
) -> urllib3.BaseHTTPResponse:
    """The answer of the deployed API to a request with the key, or with what is `sent` instead (empty: nothing)."""
    headers = {"x-api-key": value} if (value := key() if sent is None else sent) else {}
    url = urlsplit(outputs["ApiUrl"])
    api, stage = url.netloc.split(".")[0], url.path.strip("/")
    address = f"{endpoint}/_aws/execute-api/{api}/{stage}{path}"
    return urllib3.request(method, address, headers=headers, timeout=60, redirect=False)


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


def closed(endpoint: str, outputs: dict[str, str]) -> None:
    """Nobody reads without the key; whether a script of another site may send it, everybody may ask."""
    for path in ("/", "/v1/leaderboard"):
        answers = [fetch(endpoint, outputs, path, sent=sent).status for sent in ("", "wrong", None)]
        check(answers == [403, 403, 200], f"{path} without a key, with a wrong one, with the right one: {answers}")
    asked = fetch(endpoint, outputs, "/v1/leaderboard", "OPTIONS", sent="")
    allowed = asked.headers.get("Access-Control-Allow-Headers", "")
    check(asked.status == 204 and "X-Api-Key" in allowed, f"a script may not send a key: {asked.status}, {allowed!r}")


def first_run(endpoint: str, outputs: dict[str, str]) -> None:
    """Started by hand: imports what is in the inbox; its scores are read over HTTP."""
    with changed("VisitFunction", RENOWN_SPEND="nowhere=1.00"):  # networks cannot be asked: files can be read
        result = run_machine(outputs["StateMachineArn"], {})
    check(result["verified"]["result"] == example.SILENT, f"verified {result['verified']}")
    (lost,) = result["collected"]["lost"]
    check(lost["batch"]["network"] == "mastodon" and lost["error"] == "BadInput", f"given up: {lost}")
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


def as_scheduled(name: str, machine: str) -> dict[str, Any]:
    """What comes of that which a schedule would start."""
    schedule = boto3.client("scheduler").get_schedule(Name=physical(name))
    target = schedule["Target"]
    check(schedule["State"] == "ENABLED" and target["Arn"] == machine, f"the schedule: {schedule}")
    return run_machine(target["Arn"], json.loads(target["Input"]))


def scheduled_review(endpoint: str, outputs: dict[str, str], now: datetime) -> None:
    """Of a lake that is too young, and again once somebody brought an older past: then there is a candidate."""
    young = as_scheduled("ReviewMachineWeekly", outputs["ReviewMachineArn"])
    check("skipped" in young["calibrated"] and "skipped" in young["shadowed"], f"reviewed {young}")
    header, *rows = example.made_up_table(int(now.timestamp()) - 30 * example.DAY).splitlines()
    apart = [row.split(",", 1) for row in rows]
    past = [f"{int(at) - back * example.DAY},{rest}-{back}" for at, rest in apart for back in range(0, 100, 10)]
    text = "\n".join([header, *past]) + "\n"
    s3 = boto3.client("s3")
    s3.put_object(Bucket=outputs["LakeBucketName"], Key="inbox/table/past.csv", Body=text.encode())
    run = run_machine(outputs["StateMachineArn"], {"at": "now"})["published"]["run"]
    before = get(endpoint, outputs, "/v1/leaderboard")
    reviewed = as_scheduled("ReviewMachineWeekly", outputs["ReviewMachineArn"])
    backtested, calibrated, shadowed = (reviewed[name] for name in ("backtested", "calibrated", "shadowed"))
    check(backtested["cutoffs"] and calibrated["made"] and shadowed["base"] == run, f"reviewed {reviewed}")
    for key in (f"candidates/{calibrated['candidate']}.toml", shadowed["moves"], "backtests/latest.json"):
        s3.head_object(Bucket=outputs["LakeBucketName"], Key=key)
    check(get(endpoint, outputs, "/v1/leaderboard") == before, "a review changed what readers see")
    again = run_machine(outputs["ReviewMachineArn"], {})
    check(not again["calibrated"]["made"] and again["shadowed"] == shadowed, f"the same week again: {again}")
    print(f"  reviewed: {calibrated['candidate']}, {len(backtested['cutoffs'])} cutoffs, tau {shadowed['tau']}")


def scheduled_run(endpoint: str, outputs: dict[str, str], now: datetime) -> None:
    """Started as the schedule would: a local AWS keeps schedules and never fires them."""
    result = as_scheduled("RefreshMachineDaily", outputs["StateMachineArn"])
    check(result["collected"]["files"] == [], f"a file was imported twice: {result['collected']}")
    check(result["collected"]["lost"] == [], f"batches were given up: {result['collected']['lost']}")
    example.check_visit(result["collected"]["networks"])
    moment = result["scored"]["at"]
    check(moment >= now.strftime("%Y-%m-%dT%H:%M:%SZ"), f"scored for {moment}, collected after {now}")
    status, leaderboard = get(endpoint, outputs, "/v1/leaderboard")
    check(status == 200, f"the leaderboard answers {status}")
    example.check_leaderboard(leaderboard)
    given = check_routes(lambda path: get(endpoint, outputs, path), ("pia", "ann"), "example:p00")
    check(given == 18, f"only {given} routes have something to say")
    print(f"  run by schedule: for {moment}; readers see run {result['published']['run']}")


def second_start(outputs: dict[str, str], moment: dict[str, Any]) -> None:
    """While one run is under way, another does nothing; started again for the same moment, it changes nothing."""
    machine = outputs["StateMachineArn"]
    first = start(machine, moment)
    await_state(first, "Verify")
    second = run_machine(machine, moment)
    name = first.rpartition(":")[2]
    check(second == {"running": name}, f"a second run was made while {name} was under way: {second}")
    done = ended(first)
    again = run_machine(machine, moment)
    check(again["scored"] == {**done["scored"], "made": False}, f"the same moment was scored again: {again['scored']}")
    check(again["published"] == done["published"], f"the same run was published again: {again['published']}")
    print(f"  second start: {second}; again for the same moment: {again['scored']}")


def throttled_run(outputs: dict[str, str], moment: dict[str, Any]) -> None:
    """A function that has no room is tried again, with jitter."""
    client, function = boto3.client("lambda"), physical("ScoreFunction")
    client.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    try:
        execution = start(outputs["StateMachineArn"], moment)
        await_error(execution, "TooManyRequestsException")
    finally:
        client.delete_function_concurrency(FunctionName=function)
    print(f"  throttled, and tried again: {ended(execution)['scored']}")


def failing_runs(endpoint: str, outputs: dict[str, str]) -> None:
    """Runs that cannot be made fail with their cause, and readers keep what they had; then one can be made again."""
    before = get(endpoint, outputs, "/v1/leaderboard")
    fails(outputs, {"at": "yesterday"}, "Score", "ValidationError")
    with changed("ScoreFunction", RENOWN_FORMULA="nowhere"):
        fails(outputs, {"at": "now"}, "Score", "formula 'nowhere'")
    with changed(
        "PublishFunction", RENOWN_LAKE="s3://no/where"
    ):  # time-outs cannot be tried: they come as results here
        fails(outputs, {"at": "now"}, "Check", "RENOWN_LAKE")
    with redefined(outputs, ("Publish", '"part.$":"$.part"', '"part":7')):  # the first part is never written
        fails(outputs, {"at": "now"}, "Flip", "are not written")
    check(get(endpoint, outputs, "/v1/leaderboard") == before, "a failed run changed what readers see")
    published = run_machine(outputs["StateMachineArn"], {"at": "now"})["published"]
    check(get(endpoint, outputs, "/v1/leaderboard") != before, f"the run after them changed nothing: {published}")


def too_large_runs(outputs: dict[str, str]) -> None:
    """Scoring that has no time, and scoring that says it does not fit: the second goes to a larger machine, if there is
    one. There is no Fargate here: that run ends where the task would start."""
    with redefined(outputs, ("Score", '"Type"', '"TimeoutSeconds":1,"Type"')):
        fails(outputs, {"at": "now"}, "Score", "States.Timeout")
    there = (("Score", '"large":"no"', '"large":"yes"'), ("Larger", '"there":"no"', '"there":"yes"'))
    with redefined(outputs, *there), memory("ScoreFunction", 128):
        fails(outputs, {"at": "now"}, "Score", "RunTask")


@contextmanager
def redefined(outputs: dict[str, str], *changes: tuple[str, str, str]) -> Iterator[None]:
    """The machine with changes of some of its states: each the state's name, and a text and what stands for it."""
    client, machine = boto3.client("stepfunctions"), outputs["StateMachineArn"]
    own = client.describe_state_machine(stateMachineArn=machine)["definition"]
    definition = json.loads(own)
    for name, old, new in changes:
        text = json.dumps(definition["States"][name], separators=(",", ":"))
        check(old in text, f"{name} has no {old}: {text}")
        definition["States"][name] = json.loads(text.replace(old, new, 1))
    client.update_state_machine(stateMachineArn=machine, definition=json.dumps(definition))
    try:
        yield
    finally:
        client.update_state_machine(stateMachineArn=machine, definition=own)


@contextmanager
def memory(name: str, size: int) -> Iterator[None]:
    """A function with another size (MB) than the template gives it."""
    own = boto3.client("lambda").get_function_configuration(FunctionName=physical(name))["MemorySize"]
    configure(name, MemorySize=size)
    try:
        yield
    finally:
        configure(name, MemorySize=own)


def fails(outputs: dict[str, str], request: dict[str, Any], step: str, error: str) -> None:
    """A run that was started with `request` fails at `step`, and the lake has a report of it."""
    execution = start(outputs["StateMachineArn"], request)
    try:
        ended(execution)
    except CheckError as failure:
        check(error in str(failure), f"the run failed for another reason than {error}: {failure}")
    else:
        raise CheckError(f"a run succeeded that should fail at {step} of {error}")
    key = f"failures/{execution.rpartition(':')[2]}.json"
    found = boto3.client("s3").get_object(Bucket=outputs["LakeBucketName"], Key=key)["Body"].read()
    report = json.loads(found)
    check(report["step"] == step and error in report["error"] + report["cause"], f"reported {report}")
    print(f"  failed at {report['step']}: {report['error']}")


def erased(endpoint: str, outputs: dict[str, str]) -> None:
    """By the command of the outputs, while a run is under way: at once, and again after it; then they are nowhere."""
    words = shlex.split(outputs["EraseCommand"])
    machine, said = (words[words.index(option) + 1] for option in ("--state-machine-arn", "--input"))
    fails_to_erase(machine, {"who": "nobody"}, "NotFound", "who: there is no such profile")
    fails_to_erase(machine, {}, "BadInput", "who is to be erased?")
    daily = start(outputs["StateMachineArn"], {"at": "now"})
    await_state(daily, "Verify")
    execution = start(machine, {**json.loads(said), "who": "pia"})
    await_state(execution, "Wait")
    gone = get(endpoint, outputs, "/v1/profiles/pia")[0]
    check(gone == 404, f"who was erased while a run was under way is still shown: {gone}")
    ended(daily)
    result = ended(execution)
    check(result["quiet"] and result["accounts"] == 1 and result["activity"] > 10, f"erased {result}")
    asked = check_gone(lambda path: get(endpoint, outputs, path), "pia", "example:p00")
    for path in ("/@pia", "/badge/pia.svg"):
        page = fetch(endpoint, outputs, path)
        check(page.status == 404, f"{path} answers {page.status}")
    bucket = boto3.resource("s3").Bucket(outputs["LakeBucketName"])
    objects = {each.key: each.get()["Body"].read() for each in bucket.objects.all() if each.key[:6] != "inbox/"}
    named = objects_with(objects, *PIA)
    check(not named, f"who was erased is in {named}")
    print(f"  erased {result}: {asked} routes and {len(objects)} objects of the lake know nothing of them")


def fails_to_erase(machine: str, request: dict[str, Any], error: str, cause: str) -> None:
    """An execution with `request` fails with one line."""
    execution = start(machine, request)
    try:
        ended(execution)
    except CheckError:
        told = boto3.client("stepfunctions").describe_execution(executionArn=execution)
        check(told["error"] == error and told["cause"].startswith(cause), f"failed with {told}")
    else:
        raise CheckError(f"erasing {request} succeeded")


def updated(outputs: dict[str, str]) -> None:
    """Another parameter, by a change set: nothing is made anew that holds data."""
    sam.sam("deploy", "--parameter-overrides", *PARAMETERS, "LogLevel=INFO")
    configuration = boto3.client("lambda").get_function_configuration(FunctionName=physical("ScoreFunction"))
    check(configuration["LoggingConfig"]["ApplicationLogLevel"] == "INFO", f"not updated: {configuration}")
    stack = boto3.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
    after = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    check(
        (stack["StackStatus"], after) == ("UPDATE_COMPLETE", outputs),
        f"{stack['StackStatus']}: {after}",
    )


def physical(name: str) -> str:
    """What a resource of the template is called in the stack."""
    found = boto3.client("cloudformation").describe_stack_resource(StackName=STACK, LogicalResourceId=name)
    return found["StackResourceDetail"]["PhysicalResourceId"]


@contextmanager
def changed(name: str, **variables: str) -> Iterator[None]:
    """A function with other variables than the template gives it."""
    own = boto3.client("lambda").get_function_configuration(FunctionName=physical(name))["Environment"]["Variables"]
    configure(name, Environment={"Variables": {**own, **variables}})
    try:
        yield
    finally:
        configure(name, Environment={"Variables": own})


def configure(name: str, **changes: Any) -> None:
    """Changes a function's configuration, and waits until it holds."""
    client, function = boto3.client("lambda"), physical(name)
    client.update_function_configuration(FunctionName=function, **changes)
    client.get_waiter("function_updated_v2").wait(FunctionName=function, WaiterConfig={"Delay": 1})


def await_state(execution: str, name: str) -> None:
    """Returns once a run has entered a state."""
    await_event(execution, lambda event: event.get("stateEnteredEventDetails", {}).get("name") == name, name)


def await_error(execution: str, error: str) -> None:
    """Returns once a task of a run has failed with an error whose name has this in it."""
    await_event(
        execution, lambda event: event.get("taskFailedEventDetails", {}).get("error", "").endswith(error), error
    )


def await_event(execution: str, wanted: Callable[[Any], bool], what: str) -> None:
    """Returns once a run's history has an event that is wanted."""
    client = boto3.client("stepfunctions")
    end = time.monotonic() + PATIENCE
    while not any(map(wanted, client.get_execution_history(executionArn=execution, maxResults=1000)["events"])):
        check(time.monotonic() < end, f"a run never came to {what}\n{logs()}")
        time.sleep(0.2)


def valid_definition() -> None:
    """The state machines' definitions by the rules of the language: the local AWS takes a `Next` to nowhere."""
    npx = shutil.which("npx")
    if npx is None:
        print("  not checked by asl-validator: no npx here")
        return
    for path in sorted((sam.ROOT / "infra/statemachine").glob("*.asl.json")):
        text = path.read_text("utf-8").replace("${LakeBucket}", "lake")
        text = re.sub(r"\$\{\w+\}", "arn:aws:lambda:eu-west-1:123456789012:function:f", text)
        with tempfile.NamedTemporaryFile("w", suffix=".asl.json") as file:
            file.write(text)
            file.flush()
            sam.run(npx, "--yes", "asl-validator@4.0.0", "--json-path", file.name)


def main() -> None:
    """Builds, deploys, runs, deletes; says how long each took."""
    now = datetime.now(UTC).replace(microsecond=0)
    moment = {"at": (now + timedelta(minutes=1)).isoformat()}  # after what is uploaded
    start = time.monotonic()

    def done(what: str) -> None:
        print(f"{time.monotonic() - start:6.1f} s  {what}", flush=True)

    try:
        valid_definition()
        sam.build()
        done("built")
        with local_aws() as endpoint:
            done(f"local AWS at {endpoint}")
            with deployed() as outputs:
                done("deployed")
                upload(outputs, now)
                first_run(endpoint, outputs)
                closed(endpoint, outputs)
                done("first run read over HTTP, with the key and not without")
                scheduled_run(endpoint, outputs, now)
                done("scheduled run read over HTTP")
                second_start(outputs, moment)
                done("second start did nothing")
                throttled_run(outputs, moment)
                done("throttled run went on")
                failing_runs(endpoint, outputs)
                done("failing runs failed")
                scheduled_review(endpoint, outputs, now)
                done("scheduled review made a candidate")
                erased(endpoint, outputs)
                done("somebody erased, who is nowhere any more")
                too_large_runs(outputs)
                done("runs that are too large failed, or went elsewhere")
                updated(outputs)
                done("updated by a change set")
            done("deleted")
    except (CheckError, subprocess.SubprocessError, OSError) as error:
        sam.fail(str(error))
    print("ok: the template deploys, runs and answers on the local AWS")


if __name__ == "__main__":
    main()
