"""The licences of everything that our locks name, as the installed packages say: `docs/licences.md`.

python -m infra.supply.licences
"""

import re
from importlib.metadata import Distribution, distributions
from typing import Final

from . import FUNCTIONS, LAPTOP, ROOT, pins

PAGE: Final = ROOT / "docs/licences.md"

SHIPPABLE: Final = frozenset(
    ("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0", "PSF-2.0", "Zlib")
) | {"MPL-2.0"}
"""What may be in our packages, which are under Apache-2.0. MPL-2.0 binds its own files only, and we change none."""

INSTALLABLE: Final = SHIPPABLE | {"LGPL-2.1-or-later"}
"""What a laptop may install besides: it is imported as it is, installed by the user, and not in what we deploy."""

_SAID: Final = {
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd 2-clause license": "BSD-2-Clause",
    "bsd license": "BSD-3-Clause",  # those who say no more, Jinja2 and SciPy, have the text with three clauses
    "bsd-3-clause and public-domain": "BSD-3-Clause AND CC0-1.0",
    "bsd, public domain": "BSD-2-Clause AND CC0-1.0",
    "dual license": "Apache-2.0 OR BSD-3-Clause",
    "isc license": "ISC",
    "lgpl-2.1+": "LGPL-2.1-or-later",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
}
"""What packages say in their own words, as SPDX says it; public domain stands as CC0-1.0."""


def licences() -> dict[str, str]:
    """The licence of every installed package, as an SPDX expression, by its name as locks write it."""
    return {re.sub(r"[-_.]+", "-", each.name).lower(): _licence(each) for each in distributions()}


def _licence(package: Distribution) -> str:
    expression = package.metadata.get_all("License-Expression")
    if expression:
        return str(expression[0])
    classifiers = [text.rpartition(" :: ")[2] for text in package.metadata.get_all("Classifier") or []]
    said = [*(package.metadata.get_all("License") or []), *classifiers]
    known = (_SAID.get(text.lower(), text) for text in said)
    return next((each for each in known if each in INSTALLABLE or each in _SAID.values()), "unknown")


def allowed(expression: str, among: frozenset[str]) -> bool:
    """Whether one of the alternatives of an SPDX expression (without brackets) asks for nothing but these licences."""
    return any(set(part.split(" AND ")) <= among for part in expression.split(" OR "))


def rows() -> list[tuple[str, str, str]]:
    """Name, licence and what carries it of everything that is deployed or that a laptop installs.

    As far as it is installed here: what other systems need instead is not.
    """
    by: dict[str, list[str]] = {}
    for what, lock in {**FUNCTIONS, "laptop": LAPTOP}.items():
        for name in dict.fromkeys(pin.name for pin in pins(lock)):
            by.setdefault(name, []).append(what)
    known = licences()
    return [(name, known[name], ", ".join(by[name])) for name in sorted(by) if name in known]


def page() -> str:
    """docs/licences.md as it should be."""
    lines = [
        "# Licences of what Renown is built on",
        "",
        "Written by `make sbom` from what the packages say of themselves. Renown is under Apache-2.0; what is deployed",
        "is under licences that ask for no more than their notice (MPL-2.0: for its own files, which are not changed).",
        "LGPL's are on laptops only: `py7zr` and what it needs read Stack Exchange's .7z files.",
        "",
        "| package | licence | carried by |",
        "|---|---|---|",
        *(f"| {name} | {licence} | {by} |" for name, licence, by in rows()),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    print(f"{PAGE.name}: {len(rows())} packages")
