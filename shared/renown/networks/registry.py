"""The networks by name."""

from typing import Final

from .base import Network
from .bluesky import Bluesky
from .devto import DevTo
from .discourse import Discourse
from .facebook import Facebook
from .farcaster import Farcaster
from .feed import WebFeed
from .github import GitHub
from .hackernews import HackerNews
from .instagram import Instagram
from .lemmy import Lemmy
from .mastodon import Mastodon
from .nostr import Nostr
from .pinterest import Pinterest
from .reddit import Reddit
from .stackexchange import StackExchange
from .threads import Threads
from .wikipedia import Wikipedia
from .x import X
from .youtube import YouTube

NETWORKS: Final[dict[str, Network]] = {
    network.name: network
    for network in (
        Bluesky(),
        DevTo(),
        Discourse(),
        Facebook(),
        Farcaster(),
        WebFeed(),
        GitHub(),
        HackerNews(),
        Instagram(),
        Lemmy(),
        Mastodon(),
        Nostr(),
        Pinterest(),
        Reddit(),
        StackExchange(),
        Threads(),
        Wikipedia(),
        X(),
        YouTube(),
    )
}
