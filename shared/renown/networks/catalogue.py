"""What there is to say about each network: how much of it is built for, and what it is tested against."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

from ..table import Doc
from .base import Network
from .registry import NETWORKS

Class = Literal["first", "second", "token"]


@dataclass(frozen=True)
class About:
    """`built` is "first" (first-class, free to ask), "second" (smaller) or "token" (off until its secret exists).

    `tested` is what the connector is tested against, beyond its made-up server.
    """

    built: Class
    tested: str


ABOUT: Final[dict[str, About]] = {
    "bluesky": About("first", "402 lexicons, recordings, and the real servers (make real-networks)"),
    "devto": About("second", "made-up server only"),
    "discourse": About("first", "OpenAPI description"),
    "facebook": About("token", "made-up server only: there is no description of Meta's"),
    "farcaster": About("token", "OpenAPI description of a hub"),
    "feed": About("first", "feeds of every kind, badly made ones too, and a real blog (make real-networks)"),
    "github": About("first", "GraphQL schema, OpenAPI description, recorded events"),
    "hackernews": About("first", "the documentation's own examples"),
    "instagram": About("token", "made-up server only: there is no description of Meta's"),
    "lemmy": About("second", "made-up server only"),
    "mastodon": About("first", "OpenAPI description, recordings, and a mock server (make real-networks)"),
    "nostr": About("second", "the NIPs, and by hand a real relay"),
    "pinterest": About("token", "OpenAPI description"),
    "reddit": About("token", "made-up server only"),
    "stackexchange": About("first", "OpenAPI description, recordings"),
    "threads": About("token", "made-up server only: there is no description of Meta's"),
    "wikipedia": About("second", "made-up server, and by hand a real MediaWiki"),
    "x": About("token", "OpenAPI description"),
    "youtube": About("first", "discovery document"),
}


def listed(networks: dict[str, Network] = NETWORKS) -> list[Doc]:
    """Every network as {"name", "class", "secret", "collects", "tested"}: first-class ones first.

    `secret` is "needed", "optional" or "none".
    """
    order = get_args(Class)
    found = []
    for name, network in sorted(networks.items(), key=lambda each: (order.index(ABOUT[each[0]].built), each[0])):
        secret = "none" if network.secret is None else "needed" if network.secret.needed else "optional"
        about = ABOUT[name]
        found.append(
            {"name": name, "class": about.built, "secret": secret, "collects": network.collects, "tested": about.tested}
        )
    return found
