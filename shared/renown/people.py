"""People: profiles that opted in, and the accounts that are theirs."""

import json
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from .activity import parse_account
from .lake import Lake

KEY = "people/people.json"

Handle = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,38}$")]
"""Lower-case letters, digits, `_` and `-`, at most 39: it stands in addresses and file names."""


def _is_account(text: str) -> str:
    parse_account(text)
    return text


AccountName = Annotated[str, AfterValidator(_is_account)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Link(_Record):
    """A claim that an account belongs to a profile; `proof` says what proves it, None while nothing does."""

    account: AccountName
    proof: str | None = None
    proved_at: AwareDatetime | None = None


class Profile(_Record):
    """A person or brand that opted in."""

    handle: Handle
    name: str = Field(max_length=200)
    opted_in_at: AwareDatetime
    links: tuple[Link, ...] = ()
    made_up: bool = False

    @property
    def id(self) -> str:
        """What stands for the profile among accounts: `@handle`, which no account can be called."""
        return f"@{self.handle}"

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts that are proved to be this profile's."""
        return tuple(link.account for link in self.links if link.proof)


class People(_Record):
    """Everybody who opted in, and the accounts that the operator trusts from the start (seeds)."""

    profiles: tuple[Profile, ...] = ()
    seeds: tuple[AccountName, ...] = ()

    def with_profiles(self, new: "tuple[Profile, ...]") -> "People":
        """These people and `new`; a profile with a known handle takes the old one's place."""
        by_handle = {p.handle: p for p in (*self.profiles, *new)}
        return self.model_copy(update={"profiles": tuple(by_handle[h] for h in sorted(by_handle))})

    def owners(self) -> dict[str, str]:
        """Account to the id of its profile, for every proved link."""
        return {account: profile.id for profile in self.profiles for account in profile.accounts}

    def trusted(self) -> tuple[str, ...]:
        """The ids trusted from the start: profiles with a proved account, and the seeds that the operator named."""
        owners = self.owners()
        return tuple(sorted({*owners.values(), *(owners.get(seed, seed) for seed in self.seeds)}))


def load(lake: Lake) -> People:
    """The people in the lake; none where nobody opted in yet."""
    data = lake.read(KEY)
    return People.model_validate_json(data) if data else People()


def save(lake: Lake, people: People) -> None:
    """Writes the people to the lake, in one atomic step."""
    lake.write(KEY, json.dumps(people.model_dump(mode="json"), indent=1, sort_keys=True).encode())
