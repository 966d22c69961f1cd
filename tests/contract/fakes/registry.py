"""The made-up servers, one for each network."""

from typing import Final

from tests.contract.fakes.bluesky import FakeBluesky
from tests.contract.fakes.devto import FakeDevTo
from tests.contract.fakes.discourse import FakeDiscourse
from tests.contract.fakes.facebook import FakeFacebook
from tests.contract.fakes.farcaster import FakeFarcaster
from tests.contract.fakes.feed import FakeBlog
from tests.contract.fakes.github import FakeGitHub
from tests.contract.fakes.hackernews import FakeHackerNews
from tests.contract.fakes.instagram import FakeInstagram
from tests.contract.fakes.lemmy import FakeLemmy
from tests.contract.fakes.mastodon import FakeMastodon
from tests.contract.fakes.nostr import FakeNostr
from tests.contract.fakes.pinterest import FakePinterest
from tests.contract.fakes.reddit import FakeReddit
from tests.contract.fakes.stackexchange import FakeStackExchange
from tests.contract.fakes.threads import FakeThreads
from tests.contract.fakes.wikipedia import FakeWikipedia
from tests.contract.fakes.world import Fake
from tests.contract.fakes.x import FakeX
from tests.contract.fakes.youtube import FakeYouTube

FAKES: Final[tuple[type[Fake], ...]] = (
    FakeBluesky,
    FakeDevTo,
    FakeDiscourse,
    FakeFacebook,
    FakeFarcaster,
    FakeBlog,
    FakeGitHub,
    FakeHackerNews,
    FakeInstagram,
    FakeLemmy,
    FakeMastodon,
    FakeNostr,
    FakePinterest,
    FakeReddit,
    FakeStackExchange,
    FakeThreads,
    FakeWikipedia,
    FakeX,
    FakeYouTube,
)
