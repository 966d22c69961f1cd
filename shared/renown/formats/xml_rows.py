"""The `<row .../>` elements of an XML file from strangers, as a stream; a row that is no XML is passed over.

Only the five entities that XML itself has are known: a file that declares a document type is refused, so that it can
neither grow in memory (entity bombs) nor name files or addresses (external entities).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.parsers import expat

from ..errors import NotOfFormat
from .files import opened

MAX_ROW: Final = 16 << 20
"""Bytes of the longest row that is read; the longest post that a site allows takes 200 KB."""

_PIECE: Final = 1 << 20

Attributes = dict[str, str]


class XmlRows:
    """The rows below the root element `root` of the file `path`: (line, attributes), or (line, what is wrong there).

    `size` is the bytes read so far. Raises NotOfFormat, at the first row, where the file is not such an XML file;
    it is called `shown` there.
    """

    def __init__(self, path: Path, root: str, shown: Path) -> None:
        self.path = path
        self.root = root
        self.shown = shown
        self.size = 0
        self._begun = False
        self._found: list[Attributes] = []

    def __iter__(self) -> Iterator[tuple[int, Attributes | str]]:
        line, since = 1, 0
        parser = self._parser()
        with opened(self.path) as file:
            while piece := file.readline(_PIECE):
                self.size += len(piece)
                since += len(piece)
                wrong = self._parse(parser, piece, line)
                for attributes in self._taken():
                    since = 0
                    yield line, attributes
                if wrong:
                    yield line, wrong
                    parser, since = self._resumed(), 0
                if since > MAX_ROW:
                    yield line, f"no row within {MAX_ROW:,} bytes; the rest of the file is not read"
                    return
                line += piece.endswith(b"\n")
        wrong = self._parse(parser, b"", line, last=True)
        if wrong:
            yield line, f"the file breaks off here: {wrong}"

    def _taken(self) -> list[Attributes]:
        taken, self._found = self._found, []
        return taken

    def _parse(self, parser: expat.XMLParserType, piece: bytes, line: int, *, last: bool = False) -> str | None:
        """What is wrong with `piece`, None where nothing is."""
        try:
            parser.Parse(piece, last)
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code)
            if not self._begun:
                raise self._refusal(f"line {line}: {reason}") from None
            return reason
        return None

    def _parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._element
        parser.StartDoctypeDeclHandler = self._doctype
        return parser

    def _resumed(self) -> expat.XMLParserType:
        """A parser that stands inside the root element."""
        parser = self._parser()
        parser.Parse(f"<{self.root}>".encode())
        return parser

    def _element(self, name: str, attributes: Attributes) -> None:
        if name == "row" and self._begun:
            self._found.append(attributes)
        elif name == self.root:
            self._begun = True
        elif not self._begun:
            raise self._refusal(f"it begins with <{name[:80]}>")

    def _doctype(self, *_: object) -> None:
        raise self._refusal("it declares a document type, which can hold entity bombs")

    def _refusal(self, why: str) -> NotOfFormat:
        return NotOfFormat(f"{self.shown}: not a <{self.root}> file of the Stack Exchange dump: {why}")
