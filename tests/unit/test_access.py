import pytest

from renown.access import accesses, allowances
from renown.app import collected, settings
from renown.errors import BadInput
from renown.networks.registry import NETWORKS


def test_a_secret_in_the_environment_opens_its_host() -> None:
    found = accesses(None, NETWORKS, {"RENOWN_SECRET_GITHUB": " made-up \n", "RENOWN_SECRET_MASTODON": "ignored"})
    assert {host: dict(access.headers) for host, access in found.items()} == {
        "api.github.com": {"authorization": "Bearer made-up"}
    }


def test_what_is_not_there_or_empty_opens_nothing() -> None:
    assert accesses(None, NETWORKS, {"RENOWN_SECRET_GITHUB": ""}) == {}


@pytest.mark.parametrize("secret", ["two words", "ä", "line\nbreak", "x" * 5000])
def test_what_could_not_be_sent_is_refused_and_not_shown(secret: str) -> None:
    with pytest.raises(BadInput, match=r"^RENOWN_SECRET_GITHUB: ") as caught:
        accesses(None, NETWORKS, {"RENOWN_SECRET_GITHUB": secret})
    assert secret not in str(caught.value)


def test_what_may_be_spent_is_said_in_dollars() -> None:
    assert allowances(None, NETWORKS) == {}
    assert allowances(settings({"RENOWN_SPEND": "x=1.25"}).spend, NETWORKS) == {"api.x.com": 1_250_000}
    for name in ("mastodon", "nowhere"):
        with pytest.raises(BadInput, match=rf"^RENOWN_SPEND: {name}: "):
            allowances(f"{name}=1", NETWORKS)


@pytest.mark.parametrize("spend", ["x", "x=", "x=-1", "x=1.005", "x=1e9", "x=1,", "1.50", "x=nan", "x=1;y=2"])
def test_what_is_no_sum_is_refused(spend: str) -> None:
    with pytest.raises(BadInput, match=r"^RENOWN_SPEND: "):
        settings({"RENOWN_SPEND": spend})


def test_the_operator_chooses_whose_accounts_are_visited() -> None:
    chosen = {"RENOWN_CONTACT": "me@example.org"}
    assert collected(settings(chosen)) == NETWORKS
    assert list(collected(settings({**chosen, "RENOWN_NETWORKS": "github,bluesky"}))) == ["bluesky", "github"]
    assert collected(settings({"RENOWN_NETWORKS": "github"})) == {}  # nobody could be told whom to turn to
    with pytest.raises(BadInput, match=r"^RENOWN_NETWORKS: myspace is no network; known are bluesky, "):
        collected(settings({**chosen, "RENOWN_NETWORKS": "github,myspace"}))
    with pytest.raises(BadInput, match=r"^RENOWN_NETWORKS: "):
        settings({"RENOWN_NETWORKS": "github; bluesky"})
