"""Verify: what proves people's links, looked up again and kept with its address and time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from .. import erased, people
from ..erased import Erased
from ..errors import BadInput, FatalError, NotFound, RetriableError, SkippableError
from ..lake import Lake
from ..networks.base import Proof
from ..networks.client import Client
from ..networks.proving import proved
from ..people import Check, Link, People, Profile
from .people import Networks, checked_account

RECHECK: Final = 30 * 86_400
"""Seconds after which a link is looked at again."""

AGAIN: Final = 20 * 3600
"""Seconds after which one that failed once is looked at again: the next day's visit."""

MOST_FAILURES: Final = 2
"""Failures in a row that unlink."""

SILENCE: Final = 90 * 86_400
"""Seconds after which a network that does not answer proves nothing any more."""


@dataclass(frozen=True)
class _Answer:
    """What came of asking about an account: what it says, or why it fails; neither where nobody answered."""

    account: str
    proof: Proof | None = None
    failure: str | None = None
    silence: str = "an account that may prove it did not answer"


@dataclass(frozen=True)
class _Visit:
    """What the links of all profiles are checked with."""

    lake: Lake
    networks: Networks
    client: Client
    site: str | None
    now: int


def verify(
    lake: Lake, networks: Networks, client: Client, *, now: int, site: str | None = None, handles: Sequence[str] = ()
) -> dict[str, Any]:
    """Looks up the links that are due at `now` (unix seconds), or all of those of `handles`, and keeps what it finds.

    `site` is the public address of this Renown, under which `@handle` is a profile's page. A link that fails for the
    second time in a row is unlinked. Whoever does not answer has neither failed nor been checked. Every profile is
    kept as soon as it is done. Returns {"profiles", "links": [{"handle", "account", "state", "said", "evidence"}]};
    state is "proved", "failed" (not counted, or counted once more), "unlinked" or "silent". Raises NotFound for an
    unknown handle.
    """
    known = people.load(lake)
    for handle in handles:
        if known.named(handle) is None:
            raise NotFound(f"{handle[:80]}: there is no such profile; `renown people add` makes one")
    visit = _Visit(lake, networks, client, site, now)
    report: dict[str, Any] = {"profiles": 0, "links": []}
    for profile in known.profiles:
        chosen = profile.handle in handles if handles else any(_is_due(link, now) for link in profile.links)
        if chosen and not profile.made_up:
            report["profiles"] += 1
            report["links"] += _verified(visit, profile)
    return report


def _is_due(link: Link, now: int) -> bool:
    check = link.check
    return check is None or check.at.timestamp() + (AGAIN if check.failures == 1 else RECHECK) <= now


def _verified(visit: _Visit, profile: Profile) -> list[dict[str, Any]]:
    """Asks about a profile's links, keeps what was found, and reports it."""
    gone = erased.load(visit.lake)
    page = f"{visit.site}/{profile.id}" if visit.site else None
    answers = {link.account: _ask(visit, link, gone) for link in profile.links}
    found = proved(page, [answer.proof for answer in answers.values() if answer.proof])
    # What proves an account may be another one, which did not answer today.
    unsure = any(link.proof and not _says(answers[link.account]) for link in profile.links)
    report: list[dict[str, Any]] = []

    def made(known: People) -> People:
        report.clear()
        there = known.named(profile.handle)
        if there is None:
            return known  # erased meanwhile
        elsewhere = {account for account, handle in known.claims().items() if handle != profile.handle}
        links: dict[str, Link] = {}
        for link in there.links:
            answer = answers.get(link.account)
            if answer is None:  # linked meanwhile
                links[link.account] = link
                continue
            new, state, said = _judged(link, answer, found, elsewhere, unsure=unsure, now=visit.now)
            if new.account not in links or new.proof:  # one account may be given in two ways
                links[new.account] = new
            report.append(
                {"handle": there.handle, "account": new.account, "state": state, "said": said, "evidence": new.proof}
            )
        return known.with_profiles((there.model_copy(update={"links": tuple(links.values())}),))

    people.change(visit.lake, made)
    return report


def _says(answer: _Answer) -> bool:
    return bool(answer.proof or answer.failure)


def _ask(visit: _Visit, link: Link, gone: Erased) -> _Answer:
    """What the account says of itself, under the name that its network knows it by."""
    account = link.account
    try:
        account = checked_account(account, visit.networks, gone)
        network = visit.networks[account.partition(":")[0]]
        if not link.proof:
            account = checked_account(network.resolve(account, visit.client), visit.networks, gone)
        return _Answer(account, network.proof(account, visit.client))
    except RetriableError as error:
        if link.check and visit.now - link.check.at.timestamp() > SILENCE:
            return _Answer(account, failure=f"no answer since {link.check.at:%Y-%m-%d}: {error}")
        return _Answer(account, silence=str(error))
    except FatalError as error:
        return _Answer(account, silence=str(error))
    except (SkippableError, BadInput) as error:
        return _Answer(account, failure=str(error))


def _judged(
    link: Link, answer: _Answer, found: dict[str, str], elsewhere: set[str], *, unsure: bool, now: int
) -> tuple[Link, str, str]:
    """The link as it is kept, its state, and what was found."""
    at = datetime.fromtimestamp(now, UTC)
    account, failure = answer.account, answer.failure
    if account in elsewhere:
        account, failure = link.account, f"{account} is linked to another profile"
    elif answer.proof and account in found:
        since = link.proved_at if link.proof else None
        check = Check(at=at, said=found[account])
        new = Link(account=account, proof=answer.proof.evidence, proved_at=since or at, check=check)
        return new, "proved", check.said
    elif answer.proof and not unsure:
        failure = f"{answer.proof.evidence} names neither the profile's page nor an account of it that names it back"
    if failure is None:
        return link, "silent", answer.silence
    failures = 1 + (link.check.failures if link.check else 0)
    ends = failures >= MOST_FAILURES and link.proof is not None
    said = f"unlinked after {failures} failures in a row: {failure}"[:500] if ends else failure[:500]
    check = Check(at=at, failures=failures, said=said)
    proof = None if ends else link.proof
    new = link.model_copy(update={"account": account, "proof": proof, "check": check})
    return new, "unlinked" if ends else "failed", said
