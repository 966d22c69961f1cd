"""People in the lake: who opted in, and which accounts they claim."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from renown import erased, people
from renown.errors import BadInput, NotFound
from renown.lake import FolderLake
from renown.networks.registry import NETWORKS
from renown.people_files import Given
from renown.steps import people as step
from renown.steps.people import add, given, link, take_in, unlink

NOW = 1_795_000_000
DAY = 86_400


@pytest.fixture
def lake(tmp_path: Path) -> FolderLake:
    made = FolderLake(tmp_path / "lake")
    add(made, "ada", " Ada L ", how="signed at the meeting", now=NOW)
    add(made, "bob", "Bob", how="mail", now=NOW)
    link(made, "bob", "github:bob", NETWORKS)
    return made


def person(**more: Any) -> Given:
    made = {"handle": "cy", "name": "Cy", "opted_in_at": datetime.fromtimestamp(NOW, UTC), "opted_in_how": "mail"}
    return Given.model_validate({**made, **more})


def test_an_opt_in_has_its_date_and_says_how(lake: FolderLake) -> None:
    ada = people.load(lake).profiles[0]
    assert (ada.handle, ada.name, ada.opted_in_how) == ("ada", "Ada L", "signed at the meeting")
    assert ada.opted_in_at == datetime.fromtimestamp(NOW, UTC)


def test_a_link_is_a_claim_until_it_is_proved(lake: FolderLake) -> None:
    assert link(lake, "ada", " mastodon: ada@example.social ".strip(), NETWORKS) == "mastodon:ada@example.social"
    before = lake.read(people.KEY)
    link(lake, "ada", "mastodon:ada@example.social", NETWORKS)
    assert lake.read(people.KEY) == before
    known = people.load(lake)
    assert known.claims() == {"mastodon:ada@example.social": "ada", "github:bob": "bob"}
    assert known.owners() == {}
    assert known.as_scored().profiles[0].links == ()
    unlink(lake, "ada", "mastodon:ada@example.social")
    assert "mastodon:ada@example.social" not in people.load(lake).claims()


@pytest.mark.parametrize(
    ("done", "kind", "said"),
    [
        (
            lambda lake: add(lake, "ada", "A", how="", now=NOW),
            BadInput,
            "ada: there is such a profile already, of Ada L",
        ),
        (
            lambda lake: add(lake, "Ada", "A", how="", now=NOW),
            BadInput,
            "Ada: handle: write 1 to 39 lower-case letters",
        ),
        (lambda lake: add(lake, "cy", " ", how="", now=NOW), BadInput, "cy: name: write a text of one line"),
        (lambda lake: add(lake, "cy", "A\x1b[2J", how="", now=NOW), BadInput, "cy: name: write a text of one line"),
        (
            lambda lake: add(lake, "cy", "C", how="a\nb", now=NOW),
            BadInput,
            "cy: opted_in_how: write a text of one line",
        ),
        (
            lambda lake: add(lake, "cy", "C" * 201, how="", now=NOW),
            BadInput,
            "cy: name: String should have at most 200",
        ),
        (
            lambda lake: link(lake, "zoe", "github:zoe", NETWORKS),
            NotFound,
            "zoe: there is no such profile; `renown people",
        ),
        (lambda lake: link(lake, "ada", "github", NETWORKS), BadInput, "account 'github': write it as network:id"),
        (
            lambda lake: link(lake, "ada", "orkut:ada", NETWORKS),
            BadInput,
            "nothing can prove whose an account of orkut is",
        ),
        (lambda lake: link(lake, "ada", "mastodon:ada", NETWORKS), BadInput, "write it as mastodon:ada@example.social"),
        (
            lambda lake: link(lake, "ada", "github:bob", NETWORKS),
            BadInput,
            "github:bob: it is linked to bob; `renown people unlink bob github:bob` undoes that",
        ),
        (
            lambda lake: unlink(lake, "bob", "github:ada"),
            NotFound,
            "github:ada: not linked to bob; linked are github:bob",
        ),
        (lambda lake: unlink(lake, "ada", "github:ada"), NotFound, "github:ada: not linked to ada; linked are nothing"),
        (lambda lake: unlink(lake, "zoe", "github:ada"), NotFound, "zoe: there is no such profile"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    lake: FolderLake, done: Callable[[FolderLake], object], kind: type[Exception], said: str
) -> None:
    before = lake.read(people.KEY)
    with pytest.raises(kind) as raised:
        done(lake)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)
    assert lake.read(people.KEY) == before


def test_a_file_is_taken_in_whole_or_not_at_all(lake: FolderLake) -> None:
    new = [person(accounts=("github:cy",)), person(handle="ada", name="Ada Lovelace", accounts=("github:ada",))]
    assert take_in(lake, new, NETWORKS, now=NOW) == {"added": 1, "changed": 1, "unchanged": 0, "left_out": 0}
    known = people.load(lake)
    assert [(p.handle, p.name, p.opted_in_how, len(p.links)) for p in known.profiles] == [
        ("ada", "Ada Lovelace", "signed at the meeting", 1),
        ("bob", "Bob", "mail", 1),
        ("cy", "Cy", "mail", 1),
    ]
    before = lake.read(people.KEY)
    assert take_in(lake, new, NETWORKS, now=NOW)["unchanged"] == 2
    assert take_in(lake, given(known), NETWORKS, now=NOW)["unchanged"] == 3
    for wrong, said in (
        (person(handle="C"), "person 2: C: handle: write"),
        (person(accounts=("github:ada",)), "person 2: github:ada: it is linked to ada"),
        (person(accounts=("x",)), "person 2: cy: accounts: account 'x': write it as network:id"),
        (
            person(opted_in_at=datetime.fromtimestamp(NOW + 2 * DAY, UTC)),
            "person 2: cy: opted_in_at: 2026-11-20 is in the f",
        ),
        (person(accounts=tuple(f"github:a{n}" for n in range(60))), "person 2: cy: at most 50 accounts"),
    ):
        with pytest.raises(BadInput) as raised:
            take_in(lake, [person(handle="dee"), wrong], NETWORKS, now=NOW)
        assert str(raised.value).startswith(said)
        assert lake.read(people.KEY) == before


def test_links_that_are_proved_stay_so_when_a_file_is_taken_in(lake: FolderLake) -> None:
    at = datetime.fromtimestamp(NOW, UTC)
    proof = people.Link(account="github:bob", proof="https://github.com/bob", proved_at=at, check=people.Check(at=at))
    people.change(lake, lambda known: known.with_profiles((known.profiles[1].model_copy(update={"links": (proof,)}),)))
    take_in(lake, [person(handle="bob", name="Bob", accounts=("github:bob", "devto:bob"))], NETWORKS, now=NOW)
    assert people.load(lake).profiles[1].links == (proof, people.Link(account="devto:bob"))


def test_two_operators_at_once_lose_nothing(lake: FolderLake) -> None:
    class Meanwhile(FolderLake):
        done = False

        def change(self, key: str, made: Callable[[bytes | None], bytes]) -> bytes:
            if not self.done:
                self.done = True
                link(lake, "ada", "devto:ada", NETWORKS)
            return super().change(key, made)

    link(Meanwhile(lake.root), "ada", "github:ada", NETWORKS)
    assert {"devto:ada", "github:ada"} <= people.load(lake).claims().keys()


def test_made_up_people_are_not_exported_and_the_erased_not_taken_in(lake: FolderLake) -> None:
    known = people.load(lake)
    people.save(lake, known.with_profiles((known.profiles[0].model_copy(update={"made_up": True}),)))
    assert [each.handle for each in given(people.load(lake))] == ["bob"]
    erased.add(lake, ["@cy", "github:dee"], "5a17")
    dee = person(handle="dee", accounts=(" github:dee", "devto:dee"))
    assert take_in(lake, [person(), dee], NETWORKS, now=NOW)["left_out"] == 1
    assert [each.account for each in people.load(lake).profiles[-1].links] == ["devto:dee"]
    with pytest.raises(BadInput, match="cy: this person was erased and is not taken in again"):
        step.add(lake, "cy", "Cy", how="mail", now=NOW)
    with pytest.raises(BadInput, match="github:dee: its owner was erased"):
        link(lake, "ada", "github:dee", NETWORKS)
