"""JSON from strangers: one value read safely, and the elements of a document that is too large to hold."""

import codecs
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NoReturn, Self

from ..activity import Reject
from ..errors import NotOfFormat
from .files import Unpacked
from .lines import BROKEN_OFF, MAX_LINE

Doc = dict[str, Any]
"""A JSON object; what stands in it is checked where it is used."""


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


_DECODER: Final = json.JSONDecoder(parse_constant=_no_number)


def parse(text: str) -> Any:
    """The value of a JSON text; raises NotOfFormat where it is none, or is nested too deeply to be read."""
    try:
        return _DECODER.decode(text)
    except RecursionError:
        raise NotOfFormat("the JSON is nested too deeply") from None
    except ValueError as error:
        raise NotOfFormat(f"not JSON: {error}") from None


def inside(value: Any, *keys: str) -> Any:
    """What stands under `keys`, one inside the other; None where one of them is missing or not an object."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def text(value: Any, *keys: str) -> str | None:
    """The text that stands under `keys`; None where there is none."""
    found = inside(value, *keys)
    return found if isinstance(found, str) and found else None


class _GivenUp(Exception):
    """A document that cannot be read on in constant memory and time."""


_DEEPEST: Final = 1000
"""Brackets inside each other that are followed; no parser of ours reads deeper ones."""

_VALUES = r'"(?:[^"\\]*+(?:\\.[^"\\]*+)*+")?|[{}\[\]]'
_SIGNS: Final = re.compile(_VALUES, re.DOTALL)
_SIGNS_AND_COMMAS: Final = re.compile(_VALUES + "|,", re.DOTALL)


class Elements:
    """The elements of the array that a JSON document is, or has under one of `keys`; else the whole document.

    They are given as texts, those behind number `start`, in constant memory; one that cannot be read is rejected
    and given as "". `position` is the number of the last one given, from 1.
    """

    def __init__(self, source: Path, keys: frozenset[str], start: int = 0) -> None:
        self.source = source
        self.position = start
        self.size = 0
        self._keys = keys
        self._skip = start
        self._rejects: list[Reject] = []
        self._bytes = Unpacked(source)
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("surrogateescape")
        self._text = ""
        self._at = 0  # where in _text the next sign is looked for
        self._mark: int | None = None  # where in _text the element begins; None outside of elements
        self._began = 0  # where in _text the last element given begins
        self._line = 1  # of the beginning of _text
        self._depth = 0  # of brackets
        self._array = 0  # the depth of the array whose elements are read, 0 outside of it
        self._key = ""  # the last string at depth 1: before a bracket there, it is the key
        self._found = False  # whether there was such an array
        self._long = False  # whether the element has grown too long and is being dropped

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bytes.close()

    def __iter__(self) -> Iterator[str]:
        try:
            for element in self._elements():
                if self._skip:
                    self._skip -= 1
                else:
                    self.position += 1
                    yield self._checked(element)
        except (*BROKEN_OFF, _GivenUp) as error:
            if not self._skip:
                self.position += 1
                self._began = len(self._text)
                self.reject(f"the document breaks off here: {error}")

    @property
    def done(self) -> float:
        """The share of the file that has been read, 0 to 1."""
        return self._bytes.done

    @property
    def rejected(self) -> int:
        """How many rejects wait to be taken."""
        return len(self._rejects)

    def reject(self, reason: str) -> None:
        """Notes that the last element given could not be read."""
        blank = len(self._text) - len(self._text[self._began :].lstrip()) - self._began
        line = self._line + self._text.count("\n", 0, self._began + blank)
        self._rejects.append(Reject(str(self.source), line, f"element {self.position}: {reason}"))

    def take_rejects(self) -> list[Reject]:
        """The rejects since the last call."""
        taken, self._rejects = self._rejects, []
        return taken

    def _elements(self) -> Iterator[str | None]:
        while sign := self._sign():
            if sign == ",":
                yield self._element()
            elif sign in "{[":
                self._open(sign)
            elif sign in "}]":
                if 0 < self._depth == self._array:
                    if self._text[self._mark : self._at - 1].strip() or self._long:
                        yield self._element()
                    self._array, self._mark = 0, None
                self._depth -= 1
                if self._depth <= 0:
                    break
            elif self._depth == 1:
                self._key = sign[1:-1]
        else:
            raise EOFError("it ends before its last bracket")
        if not self._found:
            yield self._element(self._at)

    def _open(self, sign: str) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _GivenUp("it is nested too deeply")
        is_known = self._depth == 1 or (self._depth == 2 and self._key in self._keys)
        if sign == "[" and is_known and not self._array:
            self._array, self._found = self._depth, True
            self._begin(self._at)
        elif self._depth == 1:
            self._begin(self._at - 1)

    def _begin(self, mark: int) -> None:
        self._mark, self._long = mark, False

    def _element(self, end: int | None = None) -> str | None:
        """The text from the mark to the sign just read (or to `end`), None if it is too long.

        The next element begins behind it.
        """
        self._began = self._at if self._mark is None else self._mark
        element = None if self._long else self._text[self._mark : self._at - 1 if end is None else end].strip()
        self._begin(self._at)
        return element

    def _checked(self, element: str | None) -> str:
        if element is None:
            self.reject(f"longer than {MAX_LINE:,} characters")
            return ""
        self.size += len(element)
        try:
            element.encode()
        except UnicodeEncodeError:
            self.reject("not UTF-8")
            return ""
        return element

    def _sign(self) -> str:
        """The next bracket, comma between elements, or string as a whole; "" at the end."""
        signs = _SIGNS_AND_COMMAS if 0 < self._depth == self._array else _SIGNS
        while True:
            match = signs.search(self._text, self._at)
            if match and match[0] != '"':
                self._at = match.end()
                return match[0]
            self._at = match.start() if match else len(self._text)
            if not self._refill():
                return ""

    def _refill(self) -> bool:
        data = self._bytes.stream.read1(-1)
        keep = self._at if self._mark is None else min(self._mark, self._at)
        if len(self._text) - self._at > MAX_LINE:
            raise _GivenUp(f"a text is longer than {MAX_LINE:,} characters")
        if len(self._text) - keep > MAX_LINE:
            self._long, keep, self._mark = True, self._at, self._at
        self._line += self._text.count("\n", 0, keep)
        self._text = self._text[keep:] + self._decoder.decode(data, final=not data)
        self._at -= keep
        if self._mark is not None:
            self._mark -= keep
        return bool(data)
