"""People: who opted in and which accounts they say are theirs, kept in the lake.

Every change is made of what is there at that moment: two operators at the same time lose nothing of each other's.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from .. import erased, people
from ..activity import parse_account
from ..erased import Erased
from ..errors import BadInput, NotFound
from ..lake import Lake
from ..networks.base import Network
from ..people import MOST_WORDS, Link, People, Profile
from ..people_files import Given

Networks = Mapping[str, Network]

MOST_LINKS: Final = 50
"""Accounts of one profile."""

DAY: Final = 86_400


def add(lake: Lake, handle: str, name: str, *, how: str, now: int) -> Profile:
    """Adds a profile that opted in at `now` (unix seconds) in the way that `how` says in words.

    Raises BadInput for what can be no handle or name, one that there is already, and one that was erased.
    """
    at = datetime.fromtimestamp(now, UTC)
    new = profile_of(Given(handle=handle, name=name, opted_in_at=at, opted_in_how=how))
    if new.id in erased.load(lake):
        raise BadInput(f"{handle}: this person was erased and is not taken in again")

    def made(known: People) -> People:
        there = known.named(handle)
        if there:
            raise BadInput(f"{handle}: there is such a profile already, of {there.name}")
        return known.with_profiles((new,))

    people.change(lake, made)
    return new


def link(lake: Lake, handle: str, account: str, networks: Networks) -> str:
    """Records the claim that `account` belongs to the profile; it counts once `verify` has proved it.

    Returns the account as it is recorded. Raises NotFound for an unknown profile; BadInput for an account that no
    network can prove, that is linked to another profile, or whose owner was erased.
    """
    account = checked_account(account, networks, erased.load(lake))

    def made(known: People) -> People:
        return known.with_profiles((_linked(known, profile_named(known, handle), [account]),))

    people.change(lake, made)
    return account


def unlink(lake: Lake, handle: str, account: str) -> None:
    """Takes an account from a profile; raises NotFound where it is not linked to it."""

    def made(known: People) -> People:
        profile = profile_named(known, handle)
        left = tuple(each for each in profile.links if each.account != account.strip())
        if len(left) == len(profile.links):
            linked = ", ".join(each.account for each in profile.links) or "nothing"
            raise NotFound(f"{account[:200]}: not linked to {handle}; linked are {linked}")
        return known.with_profiles((profile.model_copy(update={"links": left}),))

    people.change(lake, made)


def take_in(lake: Lake, given: Sequence[Given], networks: Networks, *, now: int) -> dict[str, int]:
    """Takes in the people of a file: all of them, or none where something is wrong with one.

    A profile that is there keeps its opt-in, links and words on topics, takes the name, and gets the links and words
    that it lacks. Who was erased is left out. Returns {"added", "changed", "unchanged", "left_out"}. Raises BadInput
    that names the person.
    """
    gone = erased.load(lake)
    counts: dict[str, int] = {}

    def made(known: People) -> People:
        counts.update(added=0, changed=0, unchanged=0, left_out=0)
        for number, person in enumerate(given, 1):
            try:
                old, new = known.named(person.handle), _merged(known, person, networks, gone, now)
            except BadInput as error:
                raise BadInput(f"person {number}: {error}") from error
            if new is None:
                counts["left_out"] += 1
                continue
            counts["unchanged" if new == old else "changed" if old else "added"] += 1
            known = known.with_profiles((new,))
        return known

    people.change(lake, made)
    return counts


def given(known: People) -> list[Given]:
    """The people as a file gives them; not those of a made-up community."""
    return [
        Given(
            handle=profile.handle,
            name=profile.name,
            opted_in_at=profile.opted_in_at,
            opted_in_how=profile.opted_in_how,
            accounts=tuple(each.account for each in profile.links),
            words=profile.words,
        )
        for profile in known.profiles
        if not profile.made_up
    ]


def checked_account(account: str, networks: Networks, gone: Erased) -> str:
    """The account as it may be linked; see `link`. Its network gives it its final form when it is verified."""
    network, native_id = parse_account(account)
    if network not in networks:
        raise BadInput(
            f"{account[:200]}: nothing can prove whose an account of {network} is; known are {', '.join(networks)}"
        )
    networks[network].host(account)  # says what is wrong with its form, where that is known without asking
    account = f"{network}:{native_id}"
    if account in gone:
        raise BadInput(f"{account}: its owner was erased; it is not linked or collected again")
    return account


def profile_named(known: People, handle: str) -> Profile:
    """The profile with this handle; raises NotFound where there is none."""
    profile = known.named(handle)
    if profile is None:
        raise NotFound(f"{handle[:80]}: there is no such profile; `renown people add` makes one")
    return profile


def profile_of(person: Given) -> Profile:
    """The profile of a person, without links; raises BadInput that names the field."""
    for field, text in (("name", person.name), ("opted_in_how", person.opted_in_how)):
        if not text.isprintable() or (field == "name" and not text.strip()):
            raise BadInput(f"{person.handle[:80]}: {field}: write a text of one line")
    try:
        return Profile(
            handle=person.handle,
            name=person.name.strip(),
            opted_in_at=person.opted_in_at,
            opted_in_how=person.opted_in_how.strip(),
        )
    except ValidationError as error:
        raise BadInput(f"{person.handle[:80]}: {_first(error, Profile)}") from None


def _merged(known: People, person: Given, networks: Networks, gone: Erased, now: int) -> Profile | None:
    new = profile_of(person)
    if new.id in gone:
        return None
    if new.opted_in_at.timestamp() > now + DAY:
        raise BadInput(f"{person.handle}: opted_in_at: {new.opted_in_at:%Y-%m-%d} is in the future")
    for word in person.words:
        if word.at.timestamp() > now + DAY:
            raise BadInput(f"{person.handle}: words: {word.topic}: {word.at:%Y-%m-%d} is in the future")
    accounts = []
    for account in person.accounts:
        if account.strip() not in gone:
            try:
                accounts.append(checked_account(account, networks, gone))
            except BadInput as error:
                raise BadInput(f"{person.handle}: accounts: {error}") from error
    old = known.named(person.handle) or new
    words = old.words
    if lacking := [word for word in person.words if word not in words]:
        words = tuple(sorted((*words, *lacking), key=lambda word: word.at))
    if len(words) > MOST_WORDS:
        raise BadInput(f"{person.handle}: more than {MOST_WORDS:,} words on topics")
    return _linked(known, old.model_copy(update={"name": new.name, "words": words}), accounts)


def _linked(known: People, profile: Profile, accounts: Iterable[str]) -> Profile:
    """The profile with claims to `accounts` that it lacks."""
    links = {each.account: each for each in profile.links}
    claims = known.claims()
    for account in accounts:
        whose = claims.get(account, profile.handle)
        if whose != profile.handle:
            raise BadInput(f"{account}: it is linked to {whose}; `renown people unlink {whose} {account}` undoes that")
        links.setdefault(account, Link(account=account))
    if len(links) > MOST_LINKS:
        raise BadInput(f"{profile.handle}: at most {MOST_LINKS} accounts can be linked")
    return profile.model_copy(update={"links": tuple(links.values())})


def _first(error: ValidationError, model: type[BaseModel]) -> str:
    """The first thing that is wrong, in one line."""
    first: Any = error.errors(include_url=False, include_input=False)[0]
    field = str(first["loc"][0])
    if field == "handle":
        return "handle: write 1 to 39 lower-case letters, digits, _ and -, beginning with a letter or digit"
    return f"{field}: {first['msg']}"
