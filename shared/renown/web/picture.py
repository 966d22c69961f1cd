"""Pictures for those who read no SVG: a score as a PNG, drawn with rectangles and letters of five by seven dots.

Nothing but the standard library: what draws text otherwise weighs megabytes in the function that answers requests.
"""

import struct
import zlib
from typing import Any, Final

WIDTH, HEIGHT = 240, 126
"""Of the picture in dots; 1.91 to 1, as previews of links are."""

SHARPEST: Final = 5
"""Pixels along a dot's side at most: 1200 by 630."""

PAPER, INK, QUIET, LINE, REACH, AMPLIFICATION, NETWORK = range(7)
COLOURS: Final = bytes.fromhex("15181c e8e6e1 a0a8b2 343a42 6aa5ec e6a54c 80c088")
"""Those of the page in the dark, which stand out from white and from black."""

_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-@.#"
_ROWS: Final = (
    "ehhvhhh uhhuhhu ehggghe uhhhhhu vgguggv vgguggg ehgnhhe hhhvhhh e44444e 72222ic hikokih ggggggv hrllhhh hpljhhh "
    "ehhhhhe uhhuggg ehhhlid uhhukih fgge11u v444444 hhhhhhe hhhhha4 hhhllla hha4ahh hha4444 v1248gv ehjlphe 4c4444e "
    "eh1248v v2421he 26aiv22 vgu11he 68guhhe v124888 ehhehhe ehhf12c 000000v 000e000 ehnlnge 00000cc aavavaa "
)
_FONT: Final = {letter: _ROWS[8 * place : 8 * place + 7] for place, letter in enumerate(_LETTERS)}
"""Seven rows of five dots for each letter, a row as a digit of base 32."""


class Canvas:
    """Dots of one of the `COLOURS` each; nothing is drawn beyond the edges."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.rows = width, [bytearray([PAPER]) * width for _ in range(height)]

    def box(self, x: int, y: int, width: int, height: int, colour: int) -> None:
        """Fills a rectangle."""
        left, right = (min(max(edge, 0), self.width) for edge in (x, x + width))
        for row in self.rows[max(y, 0) : max(y + height, 0)]:
            row[left:right] = bytes([colour]) * (right - left)

    def text(self, x: int, y: int, text: str, size: int, colour: int) -> None:
        """Writes `text`, letters `size` dots thick and as high as seven; what the font has not is left blank."""
        for position, letter in enumerate(text.upper()):
            for down, row in enumerate(_FONT.get(letter, "")):
                for right in range(5):
                    if int(row, 32) >> (4 - right) & 1:
                        self.box(x + (6 * position + right) * size, y + down * size, size, size, colour)

    def png(self, scale: int) -> bytes:
        """The picture, `scale` pixels along a dot's side."""
        again = (b"\x02" + bytes(self.width * scale)) * (scale - 1)  # filter 2: the difference to the row above
        wide = [bytes([colour]) * scale for colour in range(len(COLOURS) // 3)]
        lines = b"".join(b"\x00" + b"".join([wide[dot] for dot in row]) + again for row in self.rows)
        header = struct.pack(">IIBBBBB", self.width * scale, len(self.rows) * scale, 8, 3, 0, 0, 0)
        parts = ((b"IHDR", header), (b"PLTE", COLOURS), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def of_score(card: dict[str, Any], scale: int) -> bytes:
    """A profile's score and pillars as a picture of `WIDTH` by `HEIGHT` times `scale` pixels."""
    canvas, name, left, wide = Canvas(WIDTH, HEIGHT), f"@{card['handle']}", 12, WIDTH - 24
    name = name if 6 * len(name) <= wide else f"{name[: wide // 6 - 2]}.."
    canvas.text(left, 11, "renown", 2, QUIET)
    if card["made_up"]:
        canvas.text(WIDTH - 12 - 7 * 6, 15, "made up", 1, AMPLIFICATION)
    canvas.text(left, 34, name, min(3, wide // (6 * len(name))), INK)
    if card["score"] is None:
        canvas.text(left, 70, "no score yet", 2, QUIET)
        return canvas.png(scale)
    number = f"{card['score']:.0f}"
    canvas.text(left, 62, number, 5, INK)
    canvas.text(left + 30 * len(number) + 6, 83, "of 100", 2, QUIET)
    canvas.box(left, 107, wide, 8, LINE)
    drawn = 0.0
    for pillar, colour in (("reach", REACH), ("amplification", AMPLIFICATION), ("network", NETWORK)):
        until = min(drawn + card[pillar], card["score"])  # a pillar that takes away shortens those before it
        canvas.box(left + round(wide * drawn / 100), 107, round(wide * (until - drawn) / 100), 8, colour)
        drawn = max(drawn, until)
    return canvas.png(scale)


def of_topic() -> bytes:
    """The picture of every topic: a number sign."""
    canvas = Canvas(20, 20)
    canvas.text(5, 3, "#", 2, QUIET)
    return canvas.png(SHARPEST)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
