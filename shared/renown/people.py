"""People: profiles that opted in, and the accounts that are theirs."""

import json
from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from .activity import parse_account, topic
from .lake import Lake

KEY = "people/people.json"

MOST_WORDS = 1_000
"""Words of one profile on its topics."""

Handle = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,38}$")]
"""Lower-case letters, digits, `_` and `-`, at most 39: it stands in addresses and file names."""


def _is_account(text: str) -> str:
    parse_account(text)
    return text


AccountName = Annotated[str, AfterValidator(_is_account)]


def _as_topic(text: str) -> str:
    if not (slug := topic(text)):
        raise ValueError("write letters, digits or hyphens, as the run's topics are written")
    return slug


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Check(_Record):
    """The last time that a link was checked: how often in a row it has failed by then, and what was found, in words.

    `silent_since` is since when nobody answers; None where the last answer was one.
    """

    at: AwareDatetime
    failures: int = Field(default=0, ge=0)
    said: str = ""
    silent_since: AwareDatetime | None = None


class Link(_Record):
    """A claim that an account belongs to a profile.

    `proof` is where it can be seen, None while nothing proves it; `proved_at` since when it is proved, and is kept
    where it no longer is.
    """

    account: AccountName
    proof: str | None = None
    proved_at: AwareDatetime | None = None
    check: Check | None = Field(default=None, exclude_if=lambda check: check is None)


class Word(_Record):
    """What somebody said of one of their topics, at a time: not to show it, that it is none of theirs, or neither."""

    topic: Annotated[str, AfterValidator(_as_topic)]
    word: Literal["hide", "dispute", "restore"]
    at: AwareDatetime


class Profile(_Record):
    """A person or brand that opted in, at `opted_in_at`; `opted_in_how` says in words how they said so."""

    handle: Handle
    name: str = Field(max_length=200)
    opted_in_at: AwareDatetime
    opted_in_how: str = Field(default="", max_length=500, exclude_if=lambda how: not how)
    links: tuple[Link, ...] = ()
    words: tuple[Word, ...] = Field(default=(), max_length=MOST_WORDS, exclude_if=lambda words: not words)
    """All that they ever said of their topics, in order: the last word on a topic counts."""
    made_up: bool = False

    def said(self, word: str) -> tuple[str, ...]:
        """The topics on which `word` is their last word, sorted."""
        last = {each.topic: each.word for each in self.words}
        return tuple(sorted(topic for topic, said in last.items() if said == word))

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

    def named(self, handle: str) -> Profile | None:
        """The profile with this handle."""
        return next((profile for profile in self.profiles if profile.handle == handle), None)

    def claims(self) -> dict[str, str]:
        """Account to the handle of the profile that it is linked to, proved or not."""
        return {link.account: profile.handle for profile in self.profiles for link in profile.links}

    def as_scored(self, meant: Callable[[str], str] = str) -> "People":
        """What decides a run: only proved links and last words, not how people opted in nor when links were checked.

        `meant` is the topic that the topic of a word means in the run: it was said when there was another ontology.
        """
        profiles = []
        for profile in self.profiles:
            proved = tuple(link.model_copy(update={"check": None}) for link in profile.links if link.proof)
            last = {meant(each.topic): each.model_copy(update={"topic": meant(each.topic)}) for each in profile.words}
            words = tuple(last[topic] for topic in sorted(last) if last[topic].word != "restore")
            profiles.append(profile.model_copy(update={"links": proved, "opted_in_how": "", "words": words}))
        return self.model_copy(update={"profiles": tuple(profiles)})

    def without(self, gone: Callable[[str], bool]) -> "People":
        """These people without the profiles (by `@handle`), links and seeds whose name is `gone`."""
        profiles = []
        for profile in self.profiles:
            if not gone(profile.id):
                links = tuple(link for link in profile.links if not gone(link.account))
                profiles.append(profile.model_copy(update={"links": links}))
        seeds = tuple(seed for seed in self.seeds if not gone(seed))
        return self.model_copy(update={"profiles": tuple(profiles), "seeds": seeds})

    def owners(self) -> dict[str, str]:
        """Account to the id of its profile, for every proved link."""
        return {account: profile.id for profile in self.profiles for account in profile.accounts}

    def said(self, word: str) -> dict[str, tuple[str, ...]]:
        """The topics on which `word` is somebody's last word, by the id of their profile."""
        return {profile.id: topics for profile in self.profiles if (topics := profile.said(word))}

    def trusted(self) -> tuple[str, ...]:
        """The ids trusted from the start: profiles with a proved account, and the seeds that the operator named."""
        owners = self.owners()
        return tuple(sorted({*owners.values(), *(owners.get(seed, seed) for seed in self.seeds)}))


def load(lake: Lake) -> People:
    """The people in the lake; none where nobody opted in yet."""
    return _parsed(lake.read(KEY))


def save(lake: Lake, people: People) -> None:
    """Writes the people to the lake, in one atomic step, whoever was there before."""
    lake.write(KEY, _encoded(people))


def change(lake: Lake, made: Callable[[People], People]) -> People:
    """Replaces the people in the lake by what `made` makes of them, as `Lake.change` does, and returns them."""
    return _parsed(lake.change(KEY, lambda data: _encoded(made(_parsed(data)))))


def _parsed(data: bytes | None) -> People:
    return People.model_validate_json(data) if data else People()


def _encoded(people: People) -> bytes:
    return json.dumps(people.model_dump(mode="json"), indent=1, sort_keys=True).encode()
