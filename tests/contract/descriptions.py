"""The networks' machine-readable descriptions, as checks of a request and its answer; reference data, not ours."""

import json
import os
import re
from functools import reduce
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import graphql
import httpx
import yaml
from jsonschema import Draft202012Validator

from tests.contract.fakes.youtube import mask

CONTRACTS = Path(os.environ.get("RENOWN_CONTRACTS", "../shared/contracts"))
Doc = dict[str, Any]


class OpenApi:
    """A description in OpenAPI: the path, the query's parameters, and the body of an answer with status 200."""

    def __init__(self, path: Path, *, bodies: bool) -> None:
        said = path.read_text("utf-8")
        self.doc: Doc = json.loads(said) if path.suffix == ".json" else _yaml(said)
        self.bodies = bodies

    def check(self, request: httpx.Request, answer: httpx.Response) -> None:
        path = min((path for path in self.doc["paths"] if self._is_of(path, request.url.path)), key=_placeholders)
        operation = self.doc["paths"][path][request.method.lower()]
        parameters = [self.resolved(each) for each in operation.get("parameters", [])]
        query = {each["name"]: bool(each.get("required")) for each in parameters if each["in"] == "query"}
        assert set(request.url.params) <= set(query), request.url
        assert {name for name, required in query.items() if required} <= set(request.url.params), request.url
        if answer.status_code == 200 and self.bodies:
            schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
            Draft202012Validator({**schema, "components": self.doc["components"]}).validate(json.loads(answer.content))

    def examples(self, path: str) -> list[Any]:
        """The bodies that the description shows for a path."""
        content = self.doc["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
        return [self.resolved(each)["value"] for each in content["examples"].values()]

    def resolved(self, item: Doc) -> Doc:
        if "$ref" not in item:
            return item
        found: Doc = reduce(lambda doc, key: doc[key], item["$ref"].removeprefix("#/").split("/"), self.doc)
        return found

    def _is_of(self, path: str, given: str) -> bool:
        pattern = "/".join("[^/]+" if part.startswith("{") else re.escape(part) for part in path.split("/"))
        return re.fullmatch(pattern, given) is not None


def _yaml(said: str) -> Any:
    return yaml.load(said, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  # both are safe


def _placeholders(path: str) -> int:
    return path.count("{")


class StackExchangeApi:
    """The unofficial description of Stack Exchange's API: parameters, and the items of answers, without their wrapper.

    It is of version 2.0 and requires nothing of an item; what an item has must be in it, and of its type.
    """

    def __init__(self, path: Path) -> None:
        doc: Doc = _yaml(path.read_text("utf-8"))
        self.paths, self.schemas = doc["paths"], doc["components"]["schemas"]

    def check(self, request: httpx.Request, answer: httpx.Response) -> str:
        """The path as it is described."""
        version, _, given = request.url.path.removeprefix("/").partition("/")
        assert version == "2.3"
        path = "/" + re.sub(r"(?<=/)[\d;]+", "{ids}", given)
        operation = self.paths[path]["get"]
        query = {each["name"]: each for each in operation["parameters"] if each["in"] == "query"}
        assert set(request.url.params) <= set(query), request.url
        assert {name for name, each in query.items() if each.get("required")} <= set(request.url.params), request.url
        for name, value in request.url.params.items():
            schema = query[name]["schema"]
            Draft202012Validator(schema).validate(int(value) if schema["type"] == "integer" else value)
        described = operation["responses"]["200"]["content"]["*/*"]["schema"]["$ref"].rpartition("/")[2]
        schema = self.schemas[described]
        item = schema.get("items", schema)
        Draft202012Validator(_closed(item)).validate(answer.json()["items"][0] if answer.json()["items"] else {})
        return path


def _closed(schema: Doc) -> Doc:
    """The schema of an object that has nothing else in it."""
    inner = {name: _closed(each) if "properties" in each else each for name, each in schema["properties"].items()}
    return {**schema, "properties": inner, "additionalProperties": False}


class Lexicons:
    """The lexicons of the AT Protocol, as JSON Schema."""

    def __init__(self, folder: Path) -> None:
        docs = [json.loads(path.read_text("utf-8")) for path in folder.rglob("*.json")]
        self.methods = {doc["id"]: doc["defs"]["main"] for doc in docs if "main" in doc["defs"]}
        self.definitions = {
            f"{doc['id']}#{name}": self._schema(each, doc["id"]) for doc in docs for name, each in doc["defs"].items()
        }

    def check(self, request: httpx.Request, answer: httpx.Response) -> None:
        name = request.url.path.removeprefix("/xrpc/")
        method, query = self.methods[name], parse_qs(request.url.query.decode())
        parameters = method["parameters"]["properties"]
        assert set(query) <= set(parameters), request.url
        assert set(method["parameters"].get("required", [])) <= set(query), request.url
        for parameter, values in query.items():
            described = parameters[parameter]
            given: Any = values if described["type"] == "array" else values[0]
            self._validate(self._schema(described, name), int(given) if described["type"] == "integer" else given)
        if answer.status_code == 200:
            self._validate(self._schema(method["output"]["schema"], name), json.loads(answer.content))

    def _validate(self, schema: Doc, value: Any) -> None:
        Draft202012Validator({**schema, "$defs": self.definitions}).validate(value)

    def _schema(self, described: Doc, where: str) -> Doc:
        kind = described["type"]
        if kind == "object":
            properties = {name: self._schema(each, where) for name, each in described["properties"].items()}
            return {"type": "object", "properties": properties, "required": described.get("required", [])}
        if kind == "array":
            limits = {"maxItems": described["maxLength"]} if "maxLength" in described else {}
            return {"type": "array", "items": self._schema(described["items"], where), **limits}
        if kind == "ref":
            return {"$ref": self._place(described["ref"], where)}
        if kind == "union":
            refs = [(ref, self._place(ref, where)) for ref in described["refs"]]
            named = [{"if": {"properties": {"$type": {"const": r}}}, "then": {"$ref": place}} for r, place in refs]
            return {"type": "object", "required": ["$type"], "allOf": named}
        limits = {key: described[key] for key in ("minimum", "maximum", "minLength", "maxLength") if key in described}
        return {"type": kind, **limits} if kind in ("string", "integer", "boolean") else {}

    def _place(self, ref: str, where: str) -> str:
        full = f"{where}{ref}" if ref.startswith("#") else ref if "#" in ref else f"{ref}#main"
        return "#/$defs/" + full.replace("/", "~1").replace("#", "%23")


class Discovery:
    """A discovery document of Google's: the method, its parameters, the fields asked for, and those of the answer."""

    def __init__(self, path: Path) -> None:
        doc: Doc = json.loads(path.read_text("utf-8"))
        self.base = doc["rootUrl"] + doc["servicePath"]
        self.common, self.schemas = doc["parameters"], doc["schemas"]
        listed = (each for resource in doc["resources"].values() for each in resource.get("methods", {}).values())
        self.methods = {(each["httpMethod"], each["path"]): each for each in listed}

    def check(self, request: httpx.Request, answer: httpx.Response) -> str:
        """The name of the method."""
        address = str(request.url.copy_with(query=None))
        assert address.startswith(self.base), address
        method: Doc = self.methods[request.method, address.removeprefix(self.base)]
        described: Doc = {**self.common, **method["parameters"]}
        assert set(request.url.params) <= set(described), request.url
        assert {name for name, each in described.items() if each.get("required")} <= set(request.url.params)
        for name, value in request.url.params.items():
            if described[name]["type"] == "integer":
                assert int(described[name].get("minimum", 0)) <= int(value) <= int(described[name]["maximum"])
            assert value in described[name].get("enum", [value])
        schema = {"$ref": method["response"]["$ref"]}
        self._has(mask(request.url.params["fields"]), schema)
        parts = self._resolved(self._resolved(schema)["properties"]["items"]["items"])["properties"]
        assert set(request.url.params["part"].split(",")) <= set(parts)
        if answer.status_code == 200:
            definitions = {name: self._closed(each) for name, each in self.schemas.items()}
            Draft202012Validator({**self._closed(schema), "$defs": definitions}).validate(answer.json())
        return str(method["id"])

    def _resolved(self, schema: Doc) -> Doc:
        return self.schemas[schema["$ref"]] if "$ref" in schema else schema

    def _has(self, wanted: Doc, schema: Doc) -> None:
        """Fails for a field that an answer never has: asking for it is an error."""
        schema = self._resolved(schema)
        properties = self._resolved(schema["items"] if schema["type"] == "array" else schema).get("properties", {})
        for name, inner in wanted.items():
            assert name in properties, (name, sorted(properties))
            self._has(inner, properties[name])

    def _closed(self, schema: Doc) -> Doc:
        """The schema as JSON Schema, of an object that has nothing else in it."""
        if "$ref" in schema:
            return {"$ref": f"#/$defs/{schema['$ref']}"}
        kept: Doc = {name: schema[name] for name in ("type", "enum") if name in schema and schema[name] != "any"}
        if "properties" in schema:
            inner = {name: self._closed(each) for name, each in schema["properties"].items()}
            return {**kept, "properties": inner, "additionalProperties": False}
        return {**kept, "items": self._closed(schema["items"])} if "items" in schema else kept


class GraphQl:
    """GitHub's schema."""

    def __init__(self, path: Path) -> None:
        text = path.read_text("utf-8")
        self.schema = graphql.build_schema(text, assume_valid=True, assume_valid_sdl=True)  # it has slips of its own

    def validate(self, query: str) -> list[str]:
        return [str(error) for error in graphql.validate(self.schema, graphql.parse(query))]

    def answer(self, request: httpx.Request, data: Any) -> httpx.Response:
        """What a server answers that knows `data`: what is asked for, of the types that the schema says."""
        asked = json.loads(request.content)
        done = graphql.graphql_sync(
            self.schema,
            asked["query"],
            root_value=_typed(data),
            variable_values=asked["variables"],
            operation_name=asked["operationName"],
        )
        assert done.errors is None
        return httpx.Response(200, json={"data": done.data})


def _typed(data: Any) -> Any:
    """The data with the type of every node that could be of several."""
    if isinstance(data, list):
        return [_typed(each) for each in data]
    if not isinstance(data, dict):
        return data
    return {"__typename": "User", **{key: _typed(each) for key, each in data.items()}}
