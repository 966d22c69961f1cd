import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.shown import LONGEST, brief, shown


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Ann Example", "Ann Example"),
        ("ann\u202etxt.exe", "ann[U+202E]txt.exe"),
        ("\u2066a\u2069", "[U+2066]a[U+2069]"),
        ("a\u200bd\u200cm\u200din", "a[U+200B]d[U+200C]m[U+200D]in"),
        ("\ufeffann\u00ad", "[U+FEFF]ann[U+00AD]"),
        ("a\x00b\nc", "a[U+0000]b[U+000A]c"),
        ("\u3164\u2800", "[U+3164][U+2800]"),
        ("a\U000e0041", "a[U+E0041]"),
        ("a\u00a0b\u2028c", "a b c"),
        ("e\u0301" + "\u0302" * 50, "e\u0301" + "\u0302" * 3),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"),
        ("❤\ufe0f", "❤\ufe0f"),
        ("क्\u200dष", "क्\u200dष"),
        ("שלום", "שלום"),
        ("Zoë 王 Ñandú", "Zoë 王 Ñandú"),
    ],
)
def test_what_hides_is_seen_and_what_people_write_stays(text: str, seen: str) -> None:
    assert shown(text) == seen


@given(st.text())
def test_nothing_is_hidden(text: str) -> None:
    seen = shown(text)
    assert all(char.isprintable() or char in "\u200c\u200d" for char in seen)
    assert not set(seen) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u200b")
    assert shown(seen) == seen


@given(st.text(min_size=LONGEST + 1, max_size=10_000))
def test_a_long_name_is_cut(text: str) -> None:
    assert brief(text) == shown(text[: LONGEST - 1] + "…")
