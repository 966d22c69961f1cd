"""Strangers' texts made fit to be seen: what would hide, reorder or overflow is made visible or cut."""

from typing import Final

LONGEST: Final = 80
"""Characters of a name that are shown; people's own are far below it."""

_JOINERS: Final = "\u200c\u200d"
_WITH_JOINERS: Final = "\u0590"
"""From here on are the scripts that write with joiners, and emoji; before it a joiner only hides."""
_BLANK: Final = "\u034f\u115f\u1160\u2800\u3164\uffa0"
"""Letters and marks that nobody sees, though Unicode counts them among those that are."""
_LAST_CONTROL: Final = "\x9f"
_MOST_MARKS: Final = 4
"""Marks above or below one letter; no language needs more."""


def shown(text: str) -> str:
    """`text` with the characters that cannot be seen written out, and no more than four marks on a letter.

    Cf. UTS 39 (Unicode Security Mechanisms), "default ignorable" and bidirectional controls.

    >>> shown("ann\\u202etxt.exe"), shown("a\\u200bnn")
    ('ann[U+202E]txt.exe', 'a[U+200B]nn')
    """
    if text.isascii() and text.isprintable():
        return text
    from unicodedata import combining  # a megabyte that most answers can do without

    seen, marks = [], 0
    for before, char in zip(f" {text}", text, strict=False):
        marks = marks + 1 if combining(char) else 0
        if marks <= _MOST_MARKS:
            seen.append(_seen(before, char))
    return "".join(seen)


def brief(text: str) -> str:
    """A name cut to 80 characters, and `shown`."""
    return shown(text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…")


def _seen(before: str, char: str) -> str:
    if char.isspace() and char > _LAST_CONTROL:
        return " "
    if char in _JOINERS and before >= _WITH_JOINERS:
        return char
    return char if char.isprintable() and char not in _BLANK else f"[U+{ord(char):04X}]"
