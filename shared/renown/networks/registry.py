"""The networks by name."""

from typing import Final

from .base import Network
from .hackernews import HackerNews

NETWORKS: Final[dict[str, Network]] = {network.name: network for network in (HackerNews(),)}
