"""Which of a profile's accounts are proved to be its: from what each of them says in public, both ways.

An account is proved if it names the profile's page, which names it; or if it and another account of the profile name
each other; or if its network has found that the page of a proved account links back to it. A network's word is taken
for its own accounts only: the last rule proves the account that is on it, never the one that it speaks of.
"""

from collections.abc import Sequence
from itertools import permutations
from urllib.parse import parse_qsl, urlsplit

from .base import Proof


def proved(page: str | None, proofs: Sequence[Proof]) -> dict[str, str]:
    """Those of the accounts of one profile that are proved, and by what, in words.

    `page` is the address of the profile's page, None where it has none.
    """
    named = {proof.account: _addresses(proof.links) for proof in proofs}
    verified = {proof.account: _addresses(proof.verified) for proof in proofs}
    own = {proof.account: _addresses((proof.evidence, *proof.addresses)) for proof in proofs}
    found: dict[str, str] = {}
    for account, names in named.items():
        if page and _address(page) in names:
            found[account] = f"it names {page}"
    for one, other in permutations(own, 2):
        if named[one] & own[other] and named[other] & own[one]:
            found.setdefault(one, f"it and {other} name each other")
    while led_back := {
        account: f"{account.partition(':')[0]} has found that {other}, which it names, links back"
        for account in own.keys() - found.keys()
        for other in sorted(found)
        if verified[account] & own[other]
    }:
        found |= led_back
    return found


_Address = tuple[str, str, tuple[tuple[str, str], ...]]


def _addresses(links: Sequence[str]) -> set[_Address]:
    return {address for link in links if (address := _address(link))}


def _address(link: str) -> _Address | None:
    """What makes two ways to write an address the same one: host, path, query; None for what is no web address.

    Networks know no difference between A and a in paths to people; in a query (Hacker News) it is another person.
    """
    try:
        url = urlsplit(link if "://" in link else f"https://{link}")
        host, port = url.hostname, url.port
    except ValueError:
        return None
    if url.scheme not in ("http", "https") or not host or port not in (None, 80, 443):
        return None
    return host.rstrip("."), url.path.rstrip("/").lower(), tuple(sorted(parse_qsl(url.query, keep_blank_values=True)))
