"""The template as CloudFormation gets it: what SAM makes of template.yaml, as data."""

from pathlib import Path
from typing import Any

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[2]
Resources = dict[str, dict[str, Any]]


def written() -> dict[str, Any]:
    """template.yaml as it is written."""
    parsed: dict[str, Any] = yaml_parse((ROOT / "template.yaml").read_text("utf-8"))
    return parsed


def translated() -> Resources:
    """All resources after translation with the default parameters, by logical id. Needs a region in the environment."""
    packaged = written()
    for resource in packaged["Resources"].values():  # what `sam package` does: code is in S3 by now
        for name in ("CodeUri", "ContentUri", "DefinitionUri"):
            if name in resource.get("Properties", {}):
                resource["Properties"][name] = "s3://bucket/key"
    parameters = {name: str(parameter["Default"]) for name, parameter in packaged["Parameters"].items()}
    resources: Resources = Translator({}, Parser()).translate(packaged, parameters)["Resources"]
    return resources


def of_type(resources: Resources, kind: str) -> Resources:
    """The resources of one type."""
    return {name: resource for name, resource in resources.items() if resource["Type"] == kind}


def dig(resource: dict[str, Any]) -> dict[str, Any]:
    """A resource's properties."""
    properties: dict[str, Any] = resource["Properties"]
    return properties


def as_list(value: Any) -> list[Any]:
    """CloudFormation takes one value where it takes a list."""
    return value if isinstance(value, list) else [value]


def statements(role: dict[str, Any]) -> list[tuple[set[str], list[Any]]]:
    """Actions and resources of everything that a role allows."""
    found = [as_list(policy["PolicyDocument"]["Statement"]) for policy in dig(role)["Policies"]]
    return [
        (set(as_list(statement["Action"])), as_list(statement["Resource"]))
        for policy in found
        for statement in policy
        if statement["Effect"] == "Allow"
    ]


def granted(resources: Resources, role: str, service: str) -> set[str]:
    """The actions of one service that a role allows."""
    return {a for actions, _ in statements(resources[role]) for a in actions if a.startswith(f"{service}:")}
