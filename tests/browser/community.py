"""A made-up community with everything that a page can show: runs of several days and of two formulas, what happened
next, and what gaming costs."""

from pathlib import Path
from typing import Any, NamedTuple

import urllib3

from infra.local.served import renown

DAYS = ("2026-08-31", "2026-09-14", "2026-09-28", "2026-10-12", "2026-10-26", "2026-10-29")


class Community(NamedTuple):
    """What is served at `address`: handles of those who are heard most, and of one without a score; a topic."""

    address: str
    heard: list[str]
    unheard: str
    topic: str

    def paths(self) -> dict[str, str]:
        """One path of each kind of page, by what it is called in docs."""
        return {
            "home": "/",
            "profile": f"/@{self.heard[0]}",
            "profile-without-score": f"/@{self.unheard}",
            "topics": "/topics",
            "topic": f"/topics/{self.topic}",
            "compare": f"/compare?handles={','.join(self.heard[:3])}",
            "compare-whom": "/compare",
            "search": f"/search?q={self.heard[0]}",
            "method": "/method",
            "unknown": "/@nobody",
            "nothing": "/nothing/here",
        }


def made_up(home: Path) -> None:
    """Fills `home` with the community, published."""
    renown(home, "simulate", "--people", "120", "--days", "150", "--seed", "7")
    for day in DAYS[:3]:
        renown(home, "score", "--at", day, "--formula", str(_earlier(home)))
        renown(home, "publish")
    for day in DAYS[3:]:
        renown(home, "score", "--at", day)
        renown(home, "publish")
    renown(home, "score")
    renown(home, "backtest")
    renown(home, "redteam")
    renown(home, "publish")


def served(address: str) -> Community:
    """The community at `address`."""

    def get(path: str) -> Any:
        return urllib3.request("GET", f"{address}/v1/{path}").json()

    entries = get("leaderboard?limit=100")["entries"]
    heard = [entry["id"].removeprefix("@") for entry in entries if entry["id"].startswith("@")]
    found = [each for letter in "abcdefghijklmnopqrstuvwxyz" for each in get(f"search?q={letter}")["entries"]]
    unheard = next(each["handle"] for each in found if each["handle"] and each["score"] is None)
    return Community(address, heard, unheard, get("topics")["entries"][0]["topic"])


def _earlier(home: Path) -> Path:
    """A formula of another version, in which strength counts less."""
    shipped = max((Path(__file__).parents[2] / "shared/renown/scoring/formulas").glob("*.toml"))
    earlier = home / "earlier.toml"
    text = shipped.read_text().replace(f'version = "{shipped.stem}"', 'version = "2026-08-made-up"')
    earlier.write_text(text.replace("per_doubling = 0.5", "per_doubling = 0.3"))
    return earlier
