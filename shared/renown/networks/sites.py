"""Addresses on the web from strangers: their one form, and whose they are."""

import httpx

from ..activity import parse_account
from ..errors import BadInput, SkippableError
from .hosts import check_url


def address(given: str) -> str:
    """The one form in which an address is stored: https, the host in lower case, no port, no fragment.

    Raises BadInput for what is not the address of a public site.
    """
    bare = given.strip().removeprefix("feed:").removeprefix("//")
    try:
        url = httpx.URL(bare if bare.lower().startswith(("https://", "http://")) else f"https://{bare}")
        check_url(url)
        url = httpx.URL(scheme="https", host=url.host, raw_path=url.raw_path or b"/")
        parse_account(f"feed:{url}")  # not longer than an account may be
    except (httpx.InvalidURL, ValueError, SkippableError, BadInput) as error:
        raise BadInput(f"address {given[:80]!r}: write it as https://blog.example/feed.xml ({error})") from None
    return str(url)


def plain(url: str) -> str:
    """An address without what does not matter when two are compared."""
    return url.partition("#")[0].partition("://")[2].rstrip("/")


def site_of(url: str) -> str:
    """The host of an address, as it would be fetched; "" where it cannot be."""
    try:
        parsed = httpx.URL(url)
        check_url(parsed)
    except (httpx.InvalidURL, ValueError, SkippableError):
        return ""
    return parsed.host.removeprefix("www.")


def is_on(site: str, url: str) -> bool:
    """Whether an address is on a site, or on one below it: whoever has a domain has what is below it."""
    host = site_of(url)
    return host != "" and (host == site or host.endswith(f".{site}"))
