"""Pictures of scores: PNGs by the book, and what is drawn is what was said."""

import struct
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.web import picture
from renown.web.picture import HEIGHT, INK, PAPER, WIDTH, Canvas, of_score, of_topic
from tests.integration.runs_made import card


def decoded(png: bytes) -> list[bytes]:
    """The rows of palette indices of a PNG as ours are, checked chunk by chunk."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    chunks: dict[bytes, bytes] = {}
    at = 8
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        data = png[at + 8 : at + 8 + length]
        assert struct.unpack(">I", png[at + 8 + length : at + 12 + length]) == (zlib.crc32(kind + data),)
        chunks[kind] = data
        at += 12 + length
    assert list(chunks) == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    width, height, *kind_of = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert kind_of == [8, 3, 0, 0, 0]  # eight bits, a palette, no interlacing
    lines = zlib.decompress(chunks[b"IDAT"])
    assert len(lines) == height * (width + 1)
    rows: list[bytes] = []
    for number in range(height):
        line = lines[number * (width + 1) : (number + 1) * (width + 1)]
        above = rows[-1] if line[0] == 2 else bytes(width)
        rows.append(bytes(a + b for a, b in zip(line[1:], above, strict=True)))
    assert max(map(max, rows)) < len(chunks[b"PLTE"]) // 3
    return rows


@pytest.mark.parametrize("scale", [1, 2, 5])
def test_it_is_a_png_of_its_size(scale: int) -> None:
    rows = decoded(of_score(card("@ada", 60.0), scale))
    assert (len(rows), len(rows[0])) == (HEIGHT * scale, WIDTH * scale)
    small = decoded(of_score(card("@ada", 60.0), 1))
    assert rows == [bytes(dot for dot in row for _ in range(scale)) for row in small for _ in range(scale)]


def test_every_letter_looks_different() -> None:
    assert sorted(picture._FONT) == sorted("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-@.#")
    assert len(set(picture._FONT.values())) == len(picture._FONT)
    assert all(len(rows) == 7 and all(int(row, 32) < 32 for row in rows) for rows in picture._FONT.values())


def test_a_letter_is_drawn_as_it_is_written() -> None:
    canvas = Canvas(5, 7)
    canvas.text(0, 0, "r", 1, INK)
    shown = ["".join("#" if dot == INK else " " for dot in row) for row in decoded(canvas.png(1))]
    assert shown == ["#### ", "#   #", "#   #", "#### ", "# #  ", "#  # ", "#   #"]


def test_nothing_is_drawn_beyond_the_edges() -> None:
    canvas = Canvas(4, 3)
    canvas.box(-2, -1, 3, 2, INK)
    canvas.box(3, 2, 9, 9, INK)
    canvas.box(9, 9, 9, 9, INK)
    canvas.box(2, 0, -1, 3, INK)
    assert decoded(canvas.png(1)) == [bytes([1, 0, 0, 0]), bytes(4), bytes([0, 0, 0, 1])]


@given(
    handle=st.from_regex(r"\A[a-z0-9][a-z0-9_-]{0,38}\Z"),
    score=st.none() | st.floats(0, 100),
    network=st.floats(-30, 10),
)
def test_everybody_fits(handle: str, score: float | None, network: float) -> None:
    one: dict[str, Any] = card(f"@{handle}", score)
    if score is not None:
        one |= {"network": network, "reach": score - one["amplification"] - network}
    rows = decoded(of_score(one, 1))
    assert {row[0] for row in rows} == {row[-1] for row in rows} == {PAPER}
    if score is not None:
        bar = rows[110][12:-12]
        assert sum(dot != picture.LINE for dot in bar) == pytest.approx(len(bar) * score / 100, abs=2)


def test_who_is_made_up_is_said_to_be() -> None:
    real = {**card("@ada", 60.0), "made_up": False}
    assert of_score(real, 1) != of_score(card("@ada", 60.0), 1)


def test_topics_have_a_picture() -> None:
    assert len(decoded(of_topic())) == 100
