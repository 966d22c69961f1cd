"""What a change of the API's description takes away from programs that were written for the one before."""

from collections.abc import Iterator
from typing import Any

Doc = dict[str, Any]

LEAST = ("minimum", "minLength", "minItems")
MOST = ("maximum", "maxLength", "maxItems")


def breaking(old: Doc, new: Doc) -> list[str]:
    """Every change from `old` to `new` that a program may stumble over; empty where things were only added.

    What may be asked may only become more, what is answered only more exact: a field may be added to an answer, but
    none removed, made optional or given another type; a parameter may be added, but none required.
    """
    return [*_changes(old, new)]


def _changes(old: Doc, new: Doc) -> Iterator[str]:
    for path, methods in old["paths"].items():
        for method, was in methods.items():
            now = new["paths"].get(path, {}).get(method)
            where = f"{method.upper()} {path}"
            if now is None:
                yield f"{where}: is gone"
                continue
            yield from _asked(was, now, where)
            for status, response in was["responses"].items():
                if status not in now["responses"]:
                    yield f"{where}: answers {status} no more"
                    continue
                for kind, content in response.get("content", {}).items():
                    there = now["responses"][status].get("content", {}).get(kind)
                    if there is None:
                        yield f"{where} {status}: is no longer {kind}"
                    else:
                        schemas = _whole(content["schema"], old), _whole(there["schema"], new)
                        yield from _answered(*schemas, f"{where} {status}")


def _asked(old: Doc, new: Doc, where: str) -> Iterator[str]:
    before, after = ({(one["in"], one["name"]): one for one in each.get("parameters", [])} for each in (old, new))
    for key, was in before.items():
        now = after.get(key)
        if now is None:
            yield f"{where}: parameter {key[1]} is gone"
            continue
        yield from _narrowed(was["schema"], now["schema"], f"{where}: parameter {key[1]}")
    for key, now in after.items():
        if now["required"] and not before.get(key, {"required": False})["required"]:
            yield f"{where}: parameter {key[1]} is required now"


def _narrowed(old: Doc, new: Doc, where: str) -> Iterator[str]:
    for name in ("type", "pattern", "format"):
        if name in new and old.get(name) != new[name]:
            yield f"{where}: another {name}"
    for name in LEAST:
        if new.get(name, float("-inf")) > old.get(name, float("-inf")):
            yield f"{where}: a greater {name}"
    for name in MOST:
        if new.get(name, float("inf")) < old.get(name, float("inf")):
            yield f"{where}: a smaller {name}"
    if "enum" in new and not set(old.get("enum", [None])) <= set(new["enum"]):
        yield f"{where}: fewer values"
    if old.get("default") != new.get("default"):
        yield f"{where}: another default"
    if "items" in old and "items" in new:
        yield from _narrowed(old["items"], new["items"], f"{where}[]")


def _answered(old: Doc, new: Doc, where: str) -> Iterator[str]:
    if "anyOf" in old or "anyOf" in new:
        yield from _one_of(old.get("anyOf", [old]), new.get("anyOf", [new]), where)
        return
    if "type" in old and old["type"] != new.get("type"):
        yield f"{where}: {old['type']} became {new.get('type')}"
    if "enum" in old and not set(new.get("enum", [None])) <= set(old["enum"]):
        yield f"{where}: more values"
    yield from _fields(old, new, where)
    for name in ("items", "additionalProperties"):
        if isinstance(old.get(name), dict):
            yield from _answered(old[name], new.get(name) or {}, f"{where}[]")
    for name in ("allOf", "prefixItems"):
        if len(old.get(name, [])) != len(new.get(name, [])):
            yield f"{where}: another number of {name}"
        for was, now in zip(old.get(name, []), new.get(name, []), strict=False):
            yield from _answered(was, now, where)


def _one_of(old: list[Doc], new: list[Doc], where: str) -> Iterator[str]:
    for option in new:
        alike = [was for was in old if was.get("type") == option.get("type")]
        if not alike:
            yield f"{where}: may be {option.get('type')} now"
        elif all([*_answered(was, option, where)] for was in alike):
            yield from _answered(alike[0], option, where)


def _fields(old: Doc, new: Doc, where: str) -> Iterator[str]:
    for name, was in old.get("properties", {}).items():
        if name not in new.get("properties", {}):
            yield f"{where}.{name}: is gone"
            continue
        if name in old.get("required", []) and name not in new.get("required", []):
            yield f"{where}.{name}: may be missing now"
        yield from _answered(was, new["properties"][name], f"{where}.{name}")


def _whole(schema: Any, doc: Doc) -> Any:
    """The schema with what its references stand for; none of ours contains itself."""
    if isinstance(schema, list):
        return [_whole(each, doc) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _whole(doc["components"]["schemas"][name] | {k: v for k, v in schema.items() if k != "$ref"}, doc)
    return {name: _whole(value, doc) for name, value in schema.items()}
