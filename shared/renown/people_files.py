"""People in a file, YAML or JSON: {"people": [{"handle", "name", "opted_in_at", "opted_in_how", "accounts",
"words"}]}.
"""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from .errors import BadInput, NotOfFormat
from .formats.jsontext import parse
from .people import MOST_WORDS, Word

LONGEST: Final = 5_000_000
"""Bytes of a file: some 20,000 people."""

DEEPEST: Final = 20
"""How deeply a file's lists and mappings may be nested; people need five."""

YAML: Final = (".yaml", ".yml")
JSON: Final = ".json"


def _moment(value: Any) -> Any:
    """A day is its midnight, and a moment without a zone is UTC."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return value
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    return value.replace(tzinfo=value.tzinfo or UTC) if isinstance(value, datetime) else value


class Given(BaseModel):
    """A person as a file gives them: how they opted in, what they say are their accounts, and their words on topics."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    handle: str
    name: str
    opted_in_at: Annotated[AwareDatetime, BeforeValidator(_moment)]
    opted_in_how: str
    accounts: tuple[str, ...] = ()
    words: tuple[Word, ...] = Field(default=(), max_length=MOST_WORDS, exclude_if=lambda words: not words)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    people: tuple[Given, ...]


def read(path: Path) -> tuple[Given, ...]:
    """The people of a file that ends in .yaml, .yml or .json; raises BadInput, in one line, for what is wrong in it."""
    _check_name(path)
    try:
        with path.open("rb") as file:
            data = file.read(LONGEST + 1)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from error
    if len(data) > LONGEST:
        raise BadInput(f"{path}: larger than {LONGEST:,} bytes: split it")
    try:
        text = data.decode("utf-8-sig")
        return _File.model_validate(parse(text) if path.suffix == JSON else _parse_yaml(text)).people
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not UTF-8: {error.reason}") from error
    except NotOfFormat as error:
        raise BadInput(f"{path}: {error}") from error
    except ValidationError as error:
        first: Any = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(each + 1) if isinstance(each, int) else each for each in first["loc"])
        raise BadInput(f"{path}: {where or 'people'}: {first['msg']}") from None


def write(path: Path, people: Sequence[Given]) -> None:
    """Writes the people into a file, as `read` reads them; raises BadInput where it cannot be written."""
    _check_name(path)
    document = {"people": [person.model_dump(mode="json") for person in people]}
    if path.suffix == JSON:
        text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    else:
        import yaml

        text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise BadInput(f"{path}: cannot be written: {error.strerror}") from error


def _check_name(path: Path) -> None:
    if path.suffix not in (*YAML, JSON):
        raise BadInput(f"{path}: people are in a file that ends in .yaml, .yml or .json")


def _parse_yaml(text: str) -> Any:
    """The document; references are refused: a few lines of them stand for gigabytes, and so is what is nested deeply:
    reading it takes time that grows with the square of the depth.
    """
    import yaml

    depth = 0
    try:
        for token in yaml.scan(text, Loader=yaml.SafeLoader):
            if isinstance(token, yaml.AliasToken | yaml.AnchorToken):
                raise NotOfFormat(f"line {token.start_mark.line + 1}: references (& and *) are not read")
            depth += type(token).__name__.endswith("StartToken") - type(token).__name__.endswith("EndToken")
            if depth > DEEPEST:
                raise NotOfFormat(f"line {token.start_mark.line + 1}: the YAML is nested too deeply")
        return yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise NotOfFormat(f"{line}not YAML: {error.problem}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise NotOfFormat(f"not YAML: {' '.join(str(error).split())}") from None
