"""The template, as CloudFormation gets it."""

import importlib
import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from renown.app import settings
from renown.scoring.formula import CURRENT
from renown.web.serve import SMALL

from .translated import ROOT, Resources, dig, granted, of_type, statements

STEPS = ("verify", "plan", "visit", "collect", "score", "publish", "erase", "review")

# Step Functions sets up its log by calls that AWS ties to no resource.
WITHOUT_A_RESOURCE = {
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
    # Neither do those that write traces.
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    # Nor does the one that lets a task fetch its image.
    "ecr:GetAuthorizationToken",
}


def functions(resources: Resources) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Step, function and the name of its role."""
    for name, function in of_type(resources, "AWS::Lambda::Function").items():
        role = dig(function)["Role"]["Fn::GetAtt"][0]
        yield name.removesuffix("Function").lower(), dig(function), role


def measures(step: str) -> bool:
    """Whether a function writes metrics."""
    return hasattr(importlib.import_module(f"functions.{step}.handler"), "measure")


def test_every_function_of_the_project_is_in_the_template(resources: Resources) -> None:
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/handler.py")}
    assert folders == {step for step, _, _ in functions(resources)} == {*STEPS, "api"}


def test_every_parameter_explains_itself_and_has_a_default(source: dict[str, Any]) -> None:
    for name, parameter in source["Parameters"].items():
        assert parameter["Description"], name
        assert str(parameter["Default"]) or "Empty - " in parameter["Description"], name


def test_runs_score_by_the_formula_that_is_shipped_as_current(source: dict[str, Any]) -> None:
    assert source["Parameters"]["Formula"]["Default"] == CURRENT


def test_no_role_has_a_wildcard_but_where_aws_has_no_other(resources: Resources) -> None:
    roles = of_type(resources, "AWS::IAM::Role")
    others = ("api", "the run", "its schedule", "erasing", "the review", "its schedule")
    assert len([name for name in roles if "Large" not in name]) == len(STEPS) + len(others)
    for name, role in roles.items():
        assert "ManagedPolicyArns" not in role["Properties"], name
        for actions, on in statements(role):
            assert not [action for action in actions if "*" in action], name
            assert "*" not in on or actions <= WITHOUT_A_RESOURCE, name


def test_a_task_for_what_is_too_large_may_do_what_the_function_may(resources: Resources) -> None:
    def granted_to(role: str) -> list[tuple[set[str], list[Any]]]:
        return [each for each in statements(resources[role]) if not any(a[:4] in ("logs", "xray") for a in each[0])]

    assert granted_to("LargeRole") == granted_to("ScoreRole")
    task = dig(resources["LargeTask"])
    assert (task["TaskRoleArn"], task["ExecutionRoleArn"]) == (
        {"Fn::GetAtt": ["LargeRole", "Arn"]},
        {"Fn::GetAtt": ["LargeStartRole", "Arn"]},
    )
    (container,) = task["ContainerDefinitions"]
    given = {each["Name"]: each["Value"] for each in container["Environment"]}
    wanted = dig(resources["ScoreFunction"])["Environment"]["Variables"]
    assert {name: value for name, value in wanted.items() if name.startswith("RENOWN_")} == {
        name: value for name, value in given.items() if name.startswith("RENOWN_")
    }
    of_it = {name for name, resource in resources.items() if resource.get("Condition") == "HasLarge"}
    assert of_it == {"LargeCluster", "LargeTask", "LargeStartRole", "LargeRole", "LargeRuns"}


def test_every_function_has_a_role_of_its_own(resources: Resources) -> None:
    roles = [role for _, _, role in functions(resources)]
    assert len(set(roles)) == len(roles)
    assert granted(resources, "ApiRole", "dynamodb") == {
        f"dynamodb:{call}" for call in ("GetItem", "BatchGetItem", "Query")
    }
    assert granted(resources, "ApiRole", "s3") == set()


def test_every_log_group_ends_and_only_its_function_writes_to_it(resources: Resources) -> None:
    groups = of_type(resources, "AWS::Logs::LogGroup")
    for group in groups.values():
        assert dig(group)["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    used = []
    for _, function, role in functions(resources):
        group_name = function["LoggingConfig"]["LogGroup"]["Ref"]
        used.append(group_name)
        on = [on for actions, on in statements(resources[role]) if "logs:PutLogEvents" in actions]
        assert on == [[{"Fn::GetAtt": [group_name, "Arn"]}]]
    assert sorted([*used, "RefreshLogs", "EraseMachineLogs", "ReviewMachineLogs"]) == sorted(groups)


def test_functions_get_the_settings_that_they_may_use(resources: Resources) -> None:
    """Variables are those that the settings read, and a function has one exactly where its role reaches the store."""
    read: set[str] = set()

    class Environment(dict[str, str]):
        def get(self, name: str, default: Any = None) -> Any:
            read.add(name)
            return default

    settings(Environment())
    for step, function, role in functions(resources):
        variables = function["Environment"]["Variables"]
        assert {v for v in variables if v.startswith("RENOWN_")} <= read, step
        for service, variable, endpoint in (
            ("s3", "RENOWN_LAKE", "AWS_ENDPOINT_URL_S3"),
            ("dynamodb", "RENOWN_TABLE", "AWS_ENDPOINT_URL_DYNAMODB"),
            ("ssm", "RENOWN_SECRETS", "AWS_ENDPOINT_URL_SSM"),
        ):
            reaches = bool(granted(resources, role, service))
            assert (variable in variables) is (endpoint in variables) is reaches, (step, variable)
        assert ("RENOWN_POPULATION" in variables) is (step == "score")
        assert ("RENOWN_FORMULA" in variables) is (step in ("score", "review"))
        assert ("RENOWN_STACK" in variables) is measures(step), step
        asks = step in ("verify", "plan", "visit")
        assert ("RENOWN_CONTACT" in variables) is asks
        assert ("RENOWN_SITE" in variables) is (asks or step == "api")


@pytest.mark.parametrize("service", ["s3", "dynamodb", "ssm"])
def test_an_empty_endpoint_is_aws_own(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service.upper()}", "")
    own = boto3.client(service, region_name="eu-central-1")
    assert own.meta.endpoint_url == f"https://{service}.eu-central-1.amazonaws.com"
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    local = boto3.client(service, region_name="eu-central-1")
    assert local.meta.endpoint_url == "http://127.0.0.1:4566"


def test_functions_run_on_the_shared_layer_and_the_chosen_processor(resources: Resources) -> None:
    (layer,) = of_type(resources, "AWS::Lambda::LayerVersion")
    for step, function, _ in functions(resources):
        assert function["Runtime"] == "python3.13", step
        assert function["Layers"] == [{"Ref": layer}], step
        assert function["Architectures"] == [{"Ref": "Architecture"}], step
    assert dig(resources[layer])["CompatibleArchitectures"] == [{"Ref": "Architecture"}]


def test_the_layer_is_built_for_the_processor_it_runs_on(source: dict[str, Any]) -> None:
    metadata = source["Resources"]["SharedLayer"]["Metadata"]
    assert metadata == {"BuildMethod": "python3.13", "BuildArchitecture": {"Ref": "Architecture"}}


def test_the_lake_is_private_encrypted_versioned_and_kept(resources: Resources) -> None:
    bucket = resources["LakeBucket"]
    assert bucket["DeletionPolicy"] == bucket["UpdateReplacePolicy"] == "Retain"
    assert all(dig(bucket)["PublicAccessBlockConfiguration"].values())
    assert len(dig(bucket)["PublicAccessBlockConfiguration"]) == 4
    assert dig(bucket)["VersioningConfiguration"] == {"Status": "Enabled"}
    assert dig(bucket)["BucketEncryption"]
    rules = dig(bucket)["LifecycleConfiguration"]["Rules"]
    assert [rule for rule in rules if "NoncurrentVersionExpiration" in rule]
    (policy,) = of_type(resources, "AWS::S3::BucketPolicy").values()
    (statement,) = dig(policy)["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_the_table_is_kept_recoverable_and_forgets(resources: Resources) -> None:
    table = resources["Table"]
    assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
    assert dig(table)["BillingMode"] == "PAY_PER_REQUEST"
    assert dig(table)["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert dig(table)["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_the_api_can_only_be_read_and_has_a_ceiling(source: dict[str, Any], resources: Resources) -> None:
    paths = dig(resources["Api"])["Body"]["paths"]
    assert {path: set(methods) for path, methods in paths.items()} == {
        "/": {"x-amazon-apigateway-any-method"},  # the function answers what is no read: the role can only read
        "/{proxy+}": {"x-amazon-apigateway-any-method", "options"},
    }
    for method in (method for methods in paths.values() for method in methods.values()):
        called = method["x-amazon-apigateway-integration"]
        assert (called["type"], called["httpMethod"]) == ("aws_proxy", "POST")
        assert called["uri"]["Fn::Sub"].endswith(":lambda:path/2015-03-31/functions/${ApiFunction.Arn}/invocations")
    (stage,) = of_type(resources, "AWS::ApiGateway::Stage").values()
    (method,) = dig(stage)["MethodSettings"]
    assert (method["ResourcePath"], method["HttpMethod"]) == ("/*", "*")
    limits = [method["ThrottlingRateLimit"]["Ref"], method["ThrottlingBurstLimit"]["Ref"]]
    rate, burst = (source["Parameters"][name]["Default"] for name in limits)
    assert 0 < rate <= burst
    assert dig(resources["ApiFunction"])["Timeout"] < 29  # API Gateway waits no longer


def test_a_key_is_wanted_of_everything_but_the_question_whether_it_may_be_sent(
    source: dict[str, Any], resources: Resources
) -> None:
    assert (source["Parameters"]["Access"]["Default"], source["Conditions"]["NeedsKey"]) == (
        "open",
        {"Fn::Equals": [{"Ref": "Access"}, "key"]},
    )
    body = dig(resources["Api"])["Body"]
    ((scheme, sent),) = body["components"]["securitySchemes"].items()
    assert sent == {"type": "apiKey", "name": "x-api-key", "in": "header"}
    for methods in body["paths"].values():
        for name, method in methods.items():
            wanted = [] if name == "options" else {"Fn::If": ["NeedsKey", [{scheme: []}], []]}
            assert method["security"] == wanted, name
    of_keys = [name for name, resource in resources.items() if resource.get("Condition") == "NeedsKey"]
    assert of_keys == ["KeyDeployment", "ApiKey", "ApiPlan", "ApiPlanKey"]
    assert dig(resources["KeyDeployment"]) == dig(resources["OpenDeployment"])  # a stage shows what was deployed to it
    for name in ("KeyDeployment", "OpenDeployment"):
        assert (resources[name]["DependsOn"], resources[name]["DeletionPolicy"]) == ("ApiliveStage", "Retain")
    (stage,) = of_type(resources, "AWS::ApiGateway::Stage")
    assert resources["ApiPlan"]["DependsOn"] == stage
    assert dig(resources["ApiPlan"])["ApiStages"] == [
        {"ApiId": {"Ref": "Api"}, "Stage": dig(resources[stage])["StageName"]}
    ]
    assert "Value" not in dig(resources["ApiKey"]), "a value in the template would be no secret"


def test_the_gateway_compresses_and_speaks_as_the_api_does(resources: Resources) -> None:
    body = dig(resources["Api"])["Body"]
    assert dig(resources["Api"])["MinimumCompressionSize"] == SMALL
    answers = body["x-amazon-apigateway-gateway-responses"]
    assert set(answers) == {"DEFAULT_4XX", "DEFAULT_5XX"}
    for answer in answers.values():
        headers = answer["responseParameters"]
        assert headers["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
        text = answer["responseTemplates"]["application/json"].replace("$context.error.messageString", '"Slow down"')
        assert json.loads(text)["type"] == "urn:renown:problem:gateway"


def test_the_schedule_starts_the_run_for_its_own_moment_and_loses_none(resources: Resources) -> None:
    schedule = resources["RefreshMachineDaily"]
    assert "Name" not in dig(schedule)  # two stacks in one account
    target = dig(schedule)["Target"]
    assert target["Arn"] == {"Ref": "RefreshMachine"}
    assert json.loads(target["Input"]) == {"at": "now"}
    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["MissedRuns", "Arn"]}}
    role = target["RoleArn"]["Fn::GetAtt"][0]
    assert {action for actions, _ in statements(resources[role]) for action in actions} == {
        "states:StartExecution",
        "sqs:SendMessage",
    }


def test_pictures_come_through_the_gateway_as_bytes(resources: Resources) -> None:
    assert resources["Api"]["Properties"]["Body"]["x-amazon-apigateway-binary-media-types"] == ["*/*"]


def test_everything_that_stores_is_encrypted(resources: Resources) -> None:
    """What is not named here keeps nothing, or AWS encrypts it by itself (logs, layers, variables of functions); the
    topic's reason stands in the template's Metadata."""
    for bucket in of_type(resources, "AWS::S3::Bucket").values():
        (rule,) = dig(bucket)["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] in ("AES256", "aws:kms")
    for table in of_type(resources, "AWS::DynamoDB::Table").values():
        assert dig(table)["SSESpecification"] == {"SSEEnabled": True}
    for queue in of_type(resources, "AWS::SQS::Queue").values():
        assert dig(queue)["SqsManagedSseEnabled"] is True


def test_every_reason_for_what_is_not_so_is_one(source: dict[str, Any]) -> None:
    for check, reason in source["Metadata"]["checkov"].items():
        assert re.fullmatch(r"CKV2?_AWS_\d+", check)
        assert len(reason) > 40, check


def test_the_table_cannot_be_deleted_by_mistake(source: dict[str, Any], resources: Resources) -> None:
    protected = {"Fn::If": ["IsProtected", True, False]}
    assert [
        dig(table)["DeletionProtectionEnabled"] for table in of_type(resources, "AWS::DynamoDB::Table").values()
    ] == [protected]
    assert source["Conditions"]["IsProtected"] == {"Fn::Equals": [{"Ref": "DeletionProtection"}, "ENABLED"]}
    assert source["Parameters"]["DeletionProtection"]["Default"] == "ENABLED"


def test_secrets_are_only_referred_to(source: dict[str, Any], resources: Resources) -> None:
    """No parameter takes one, no variable holds one: functions that need some are told where they are."""
    secret = re.compile("token|secret|password|credential|apikey", re.IGNORECASE)
    assert not [name for name in source["Parameters"] if secret.search(name)]
    for step, function, _ in functions(resources):
        for name, value in function["Environment"]["Variables"].items():
            if secret.search(name):
                assert (name, value) == ("RENOWN_SECRETS", {"Fn::Sub": "ssm:/${AWS::StackName}"}), step


def test_deployments_are_set_up_with_parameters_that_there_are(source: dict[str, Any]) -> None:
    config = tomllib.loads((ROOT / "infra/samconfig.toml").read_text("utf-8"))
    names = {}
    for stage in ("dev", "prod"):
        names[stage] = config[stage]["global"]["parameters"]["stack_name"]
        given = config[stage]["deploy"]["parameters"]
        pairs = dict(pair.split("=") for pair in given["parameter_overrides"].split())
        assert given["capabilities"] == "CAPABILITY_IAM"
        for name, value in pairs.items():
            assert value in map(str, source["Parameters"][name]["AllowedValues"]), name
        assert pairs["DeletionProtection"] == {"dev": "DISABLED", "prod": "ENABLED"}[stage]
        assert given["confirm_changeset"] is (stage == "prod")
    assert len({*names.values(), config["local"]["global"]["parameters"]["stack_name"]}) == 3


def test_the_schedule_heeds_the_time_zone(resources: Resources) -> None:
    schedules = of_type(resources, "AWS::Scheduler::Schedule")
    assert [dig(each)["ScheduleExpressionTimezone"] for each in schedules.values()] == [{"Ref": "TimeZone"}] * 2
