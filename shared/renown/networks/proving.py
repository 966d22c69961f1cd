"""Which of a profile's accounts are proved to be its: from what each of them says in public, both ways.

A profile is claimed by words, so the proof has to begin at its page: an account that names that page is proved, since
only its owner can have written it there. From there on whatever a proved account names, and is named by, is proved:
another account, or a web page of the person's own (rel=me). Two accounts that name each other are one person's, but
nobody knows whose: they prove each other only where there is no page to name, on a laptop. A network's word that
somebody links back to its account is taken for that account only, never for the one that it speaks of.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from .base import Proof

MOST_PAGES: Final = 5
"""Web pages of one person that are looked at."""

_Address = tuple[str, str, tuple[tuple[str, str], ...]]


def proved(page: str | None, proofs: Sequence[Proof], pages: Sequence[Proof] = ()) -> dict[str, str]:
    """Those of the accounts of one profile that are proved, and by what, in words.

    `page` is the address of the profile's page, None where it has none. `pages` is what web pages say that
    `pages_of` names: each is under its address as "account", or under the account whose address it is.
    """
    named, verified, own = _sides((*proofs, *pages))
    accounts = {proof.account for proof in proofs}
    mutual = {
        one: [other for other in sorted(own) if other != one and named[one] & own[other] and named[other] & own[one]]
        for one in sorted(own)
    }
    if page:
        found = {one: f"it names {page}" for one in mutual if _address(page) in named[one]}
    else:
        near = {one: {*mutual[one]}.union(*(mutual[other] for other in mutual[one])) for one in accounts}
        found = {one: _each_other(mutual[one][0]) for one in accounts if near[one] & accounts - {one}}

    def led(one: str) -> str | None:
        for other in sorted(found):
            if other in mutual[one]:
                return _each_other(other)
            if one in accounts and verified[one] & own[other]:
                return f"{one.partition(':')[0]} has found that {other}, which it names, links back"
        return None

    while more := {one: said for one in mutual.keys() - found.keys() if (said := led(one))}:
        found |= more
    return {account: said for account, said in found.items() if account in accounts}


def pages_of(page: str | None, proofs: Sequence[Proof]) -> list[tuple[str, str]]:
    """The web pages that accounts name and that may be their owner's: ("account" for `proved`, address) of each.

    At most MOST_PAGES, over https, those first that most accounts name. Other accounts of the profile are none.
    """
    _, _, own = _sides(proofs)
    owners = {address: account for account, addresses in own.items() for address in addresses}
    votes: dict[_Address, list[str]] = defaultdict(list)
    for proof in proofs:
        for link in sorted(set(proof.links), key=proof.links.index):
            address = _address(link)
            # A handle's domain is an account's own address and the person's page; all other such are profiles.
            if link.startswith("https://") and address and (not owners.keys() & _meant([link]) or not address[1]):
                votes[address].append(link)
    votes.pop(_address(page or "") or ("", "", ()), None)
    first = sorted(votes.items(), key=lambda vote: -len(vote[1]))[:MOST_PAGES]
    return [(owners.get(address, links[0]), links[0]) for address, links in first]


def _sides(proofs: Iterable[Proof]) -> tuple[dict[str, set[_Address]], ...]:
    """By account: the addresses that it names, those that its network verified, and its own."""
    named: dict[str, set[_Address]] = defaultdict(set)
    verified: dict[str, set[_Address]] = defaultdict(set)
    own: dict[str, set[_Address]] = defaultdict(set)
    for proof in proofs:
        named[proof.account] |= _meant(proof.links)
        verified[proof.account] |= _meant(proof.verified)
        own[proof.account] |= {at for link in (proof.evidence, *proof.addresses) if (at := _address(link))}
    return named, verified, own


def _each_other(other: str) -> str:
    return f"it and {other} name each other"


def _meant(links: Iterable[str]) -> set[_Address]:
    """The addresses that somebody names, who may not know which capitals matter: as written, and in lower case.

    An address with capitals is so always another one than that without (Wikipedia, YouTube); connectors of networks
    that know no difference give theirs in lower case.
    """
    found = {address for link in links if (address := _address(link))}
    return found | {(host, path.lower(), query) for host, path, query in found}


def _address(link: str) -> _Address | None:
    """What makes two ways to write an address the same one: host, path, query; None for what is no web address."""
    try:
        url = urlsplit(link if "://" in link else f"https://{link}")
        host, port = url.hostname, url.port
    except ValueError:
        return None
    if url.scheme not in ("http", "https") or not host or url.username is not None or port not in (None, 80, 443):
        return None
    return host.rstrip("."), url.path.rstrip("/"), tuple(sorted(parse_qsl(url.query, keep_blank_values=True)))
