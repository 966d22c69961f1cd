"""The text of HTML from strangers, for finding topics in it."""

import html
import re
from typing import Final

LONGEST: Final = 50_000
"""Characters of HTML that are read."""


def bare_text(body: str) -> str:
    """The text of at most 50,000 characters of HTML, on one line for each line of it.

    >>> bare_text("<p>Tea &amp; cake<br>for two</p>")
    ' Tea & cake for two '
    """
    return html.unescape(re.sub(r"<[^<>]*>", " ", body[:LONGEST]))
