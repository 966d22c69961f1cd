"""Verify: what proves people's links, looked up again and kept with its address and time."""

import logging
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from .. import erased, people
from ..erased import Erased
from ..errors import BadInput, FatalError, RetriableError, SkippableError
from ..lake import Lake
from ..networks import relme
from ..networks.base import Proof
from ..networks.client import Client
from ..networks.proving import pages_of, proved
from ..people import Check, Link, People, Profile
from .people import Networks, checked_account, profile_named

RECHECK: Final = 30 * 86_400
"""Seconds after which a proved link is looked at again."""

AGAIN: Final = 20 * 3600
"""Seconds after which one that is not proved, failed or got no answer is looked at again: the next day's visit."""

MOST_FAILURES: Final = 2
"""Failures in a row that unlink."""

SILENCE: Final = 90 * 86_400
"""Seconds after which it is a failure that nobody answers: who is gone for good proves nothing."""

logger = logging.getLogger("renown.verify")


@dataclass(frozen=True)
class _Answer:
    """What came of asking about an account: what it says, or why it fails, or why there is no answer."""

    account: str
    proof: Proof | None = None
    failure: str | None = None
    silence: str = "an account or page that may prove it did not answer"


@dataclass(frozen=True)
class _Visit:
    """What the links of all profiles are checked with."""

    lake: Lake
    networks: Networks
    client: Client
    site: str | None
    now: int


def _never() -> bool:
    return False


def verify(  # noqa: PLR0913  # what it works on, where it is shown, and for how long
    lake: Lake,
    networks: Networks,
    client: Client,
    *,
    now: int,
    site: str | None = None,
    handles: Sequence[str] = (),
    stop: Callable[[], bool] = _never,
) -> dict[str, Any]:
    """Looks up the links that are due at `now` (unix seconds), or all of those of `handles`, and keeps what it finds.

    `site` is the public address of this Renown, under which `@handle` is a profile's page. A link that fails for the
    second time in a row is unlinked; no answer is no failure. The profiles that were not looked at for longest come
    first, and each is kept as soon as it is done: once `stop` is true no other is begun, and the same call again goes
    on with those that are left. Returns {"profiles" (looked at), "left" (that are due), "links": [{"handle",
    "account", "state", "said", "evidence"}]}; state is "proved", "failed" (not counted, or counted once more),
    "unlinked" or "silent". Raises NotFound for an unknown handle.
    """
    known = people.load(lake)
    due = [profile_named(known, handle) for handle in dict.fromkeys(handles)] if handles else _due(known, now)
    due = [profile for profile in due if not profile.made_up]
    visit = _Visit(lake, networks, client, site, now)
    report: dict[str, Any] = {"profiles": 0, "left": len(due), "links": []}
    for profile in due:
        if stop():
            break
        report["links"] += _verified(visit, profile)
        report["profiles"] += 1
        report["left"] -= 1
    return report


def _due(known: People, now: int) -> list[Profile]:
    """The profiles with a link that is due, those first that were not looked at for longest."""

    def looked_at(profile: Profile) -> float:
        return min(link.check.at.timestamp() if link.check else 0 for link in profile.links)

    due = [profile for profile in known.profiles if any(_is_due(link, now) for link in profile.links)]
    return sorted(due, key=looked_at)


def _is_due(link: Link, now: int) -> bool:
    check = link.check
    if check is None:
        return True
    is_well = link.proof and not check.failures and not check.silent_since
    return check.at.timestamp() + (RECHECK if is_well else AGAIN) <= now


def _verified(visit: _Visit, profile: Profile) -> list[dict[str, Any]]:
    """Asks about a profile's links, keeps what was found, and reports it."""
    gone = erased.load(visit.lake)
    page = f"{visit.site}/{profile.id}" if visit.site else None
    answers = {link.account: _ask(visit, link, gone) for link in profile.links}
    proofs = [answer.proof for answer in answers.values() if answer.proof]
    pages, unsure = _read_pages(visit, pages_of(page, proofs))
    found = proved(page, proofs, pages)
    # What proves an account may be another one, which did not answer today.
    unsure = unsure or any(link.proof and _is_silent(answers[link.account]) for link in profile.links)
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
                links.setdefault(link.account, link)
                continue
            new, state, said = _judged(link, answer, found, elsewhere, unsure=unsure, now=visit.now)
            if new.account not in links or not links[new.account].proof:  # one account may be given in two ways
                links[new.account] = new
            report.append(
                {"handle": there.handle, "account": new.account, "state": state, "said": said, "evidence": new.proof}
            )
        return known.with_profiles((there.model_copy(update={"links": tuple(links.values())}),))

    people.change(visit.lake, made)
    return report


def _is_silent(answer: _Answer) -> bool:
    return answer.proof is None and answer.failure is None


def _is_silent_for_long(link: Link, now: int) -> bool:
    return bool(link.check and link.check.silent_since and now - link.check.silent_since.timestamp() > SILENCE)


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
        said = str(error)
        return _Answer(account, failure=said if _is_silent_for_long(link, visit.now) else None, silence=said)
    except FatalError as error:  # it is the operator who has to act, not the person
        return _Answer(account, silence=str(error))
    except (SkippableError, BadInput) as error:
        return _Answer(account, failure=str(error))
    except Exception as error:
        return _Answer(account, silence=_defect(account, error))


def _read_pages(visit: _Visit, pages: list[tuple[str, str]]) -> tuple[list[Proof], bool]:
    """What the web pages say, and whether one did not answer."""
    found, silent = [], False
    for account, url in pages:
        try:
            found.append(relme.page(account, url, visit.client))
        except RetriableError:
            silent = True
        except SkippableError:
            continue
        except Exception as error:
            _defect("a page", error)
    return found, silent


def _defect(account: str, error: Exception) -> str:
    """Logs an answer that nobody thought of: it is this account's trouble only. Its text could be a network's."""
    where = "".join(traceback.format_tb(error.__traceback__)[-3:])
    logger.error("%s: a defect: %s\n%s", account, type(error).__name__, where)
    return f"a defect of Renown: {type(error).__name__}"


def _judged(
    link: Link, answer: _Answer, found: dict[str, str], elsewhere: set[str], *, unsure: bool, now: int
) -> tuple[Link, str, str]:
    """The link as it is kept, its state, and what was found."""
    at, before = datetime.fromtimestamp(now, UTC), link.check
    account, failure = answer.account, answer.failure
    if account in elsewhere:
        account, failure = link.account, f"{account} is linked to another profile"
    elif answer.proof and account in found:
        since = link.proved_at if link.proof else None
        check = Check(at=at, said=found[account])
        new = Link(account=account, proof=answer.proof.evidence, proved_at=since or at, check=check)
        return new, "proved", check.said
    elif answer.proof and (not unsure or _is_silent_for_long(link, now)):
        failure = f"{answer.proof.evidence} names neither the profile's page nor an account of it that names it back"
    failures = before.failures if before else 0
    silent_since = (before.silent_since if before else None) or at
    if failure is None:
        check = Check(at=at, failures=failures, said=answer.silence[:500], silent_since=silent_since)
        return link.model_copy(update={"check": check}), "silent", check.said
    failures += 1
    ends = failures >= MOST_FAILURES and link.proof is not None
    said = f"unlinked after {failures} failures in a row: {failure}"[:500] if ends else failure[:500]
    still = silent_since if _is_silent_for_long(link, now) else None
    check = Check(at=at, failures=failures, said=said, silent_since=still)
    new = link.model_copy(update={"account": account, "proof": None if ends else link.proof, "check": check})
    return new, "unlinked" if ends else "failed", said
