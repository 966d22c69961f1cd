"""What proves an account: both sides, and nobody's word about others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.networks.base import Proof
from renown.networks.proving import proved

PAGE = "https://renown.example/@ada"
TOOT = "https://example.social/@ada"
CODE = "https://code.example/ada"


def toot(*links: str, verified: tuple[str, ...] = ()) -> Proof:
    users = "https://example.social/users/ada"
    return Proof("mastodon:ada@example.social", TOOT, (*links, *verified), verified, (users,))


def code(*links: str) -> Proof:
    return Proof("github:ada", CODE, links)


def test_an_account_that_names_the_profiles_page() -> None:
    assert proved(PAGE, [toot(PAGE), code()]) == {"mastodon:ada@example.social": f"it names {PAGE}"}
    assert proved(None, [toot(PAGE)]) == {}
    assert proved(PAGE, [toot("https://renown.example/@adam", "https://renown.example/")]) == {}


def test_two_accounts_that_name_each_other() -> None:
    assert proved(None, [toot(CODE), code(TOOT)]) == {
        "mastodon:ada@example.social": "it and github:ada name each other",
        "github:ada": "it and mastodon:ada@example.social name each other",
    }
    assert proved(None, [toot(CODE), code("https://example.social/users/ada")]).keys() == {
        "mastodon:ada@example.social",
        "github:ada",
    }


def test_one_side_is_not_enough() -> None:
    assert proved(None, [toot(CODE), code()]) == {}
    assert proved(None, [toot(), code(TOOT)]) == {}
    assert proved(None, [toot(TOOT), code(CODE)]) == {}
    three = Proof("hackernews:ada", "https://news.example/user?id=ada", (TOOT,))
    assert proved(None, [toot(CODE), code("https://news.example/user?id=ada"), three]) == {}


def test_a_network_is_believed_about_its_own_account_only() -> None:
    """A server that its owner made for it may say of any page that it links back."""
    assert proved(None, [toot(verified=(CODE,)), code()]) == {}
    found = proved(PAGE, [toot(verified=(CODE,)), code(PAGE)])
    assert found["mastodon:ada@example.social"] == "mastodon has found that github:ada, which it names, links back"
    assert found["github:ada"] == f"it names {PAGE}"


def test_what_is_found_leads_on() -> None:
    last = Proof("bluesky:did:x", "https://sky.example/x", (TOOT,), (TOOT,))
    assert len(proved(PAGE, [last, toot(verified=(CODE,)), code(PAGE)])) == 3
    assert proved(PAGE, [last, toot(verified=(CODE,)), code()]) == {}


@pytest.mark.parametrize(
    "written",
    [
        "http://code.example/ada",
        "https://CODE.example/Ada/",
        "code.example/ada",
        "https://code.example:443/ada#me",
        "https://code.example./ada",
    ],
)
def test_the_same_address_in_other_ways(written: str) -> None:
    assert len(proved(None, [toot(written), code(TOOT)])) == 2


@pytest.mark.parametrize(
    "written",
    [
        "https://code.example/ada/x",
        "https://code.example/ada?x=1",
        "https://code.example:8080/ada",
        "https://code.example.evil.example/ada",
        "https://evil.example/https://code.example/ada",
        "https://ada@evil.example/ada",
        "ftp://code.example/ada",
        "javascript://code.example/ada",
        "https://[code.example/ada",
        "https://code.example:x/ada",
        "",
    ],
)
def test_another_address(written: str) -> None:
    assert proved(None, [toot(written), code(TOOT)]) == {}


def test_in_a_query_a_capital_is_another_person() -> None:
    def news(user: str) -> Proof:
        return Proof(f"hackernews:{user}", f"https://news.example/user?id={user}", (TOOT,))

    named = toot("https://news.example/user?id=ada")
    assert len(proved(None, [named, news("ada")])) == 2
    assert proved(None, [named, news("Ada")]) == {}


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=12))
def test_nobody_is_proved_who_names_nobody_and_order_does_not_matter(pairs: list[tuple[int, int]]) -> None:
    def page(number: int) -> str:
        return f"https://net.example/{number}"

    proofs = [Proof(f"net:{n}", page(n), tuple(page(to) for one, to in pairs if one == n)) for n in range(5)]
    found = proved(None, proofs)
    expected = {f"net:{a}" for a, b in pairs if a != b and (b, a) in pairs}
    assert found.keys() == expected == proved(None, proofs[::-1]).keys()
