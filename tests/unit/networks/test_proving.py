"""What proves an account: both sides, and nobody's word about others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.networks.base import Proof
from renown.networks.proving import MOST_PAGES, pages_of, proved

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


def test_where_there_is_a_page_the_proof_begins_there() -> None:
    """Two accounts of somebody else name each other, too."""
    assert proved(PAGE, [toot(CODE), code(TOOT)]) == {}
    assert proved(PAGE, [toot(CODE), code(TOOT, PAGE)]) == {
        "github:ada": f"it names {PAGE}",
        "mastodon:ada@example.social": "it and github:ada name each other",
    }


def test_a_page_of_ones_own_leads_on() -> None:
    """Its links with rel=me are the other side."""

    def home(*links: str) -> Proof:
        return Proof("https://ada.example", "https://ada.example", links)

    both = [toot("http://ada.example/"), code("ada.example")]
    assert proved(PAGE, both, [home(TOOT, CODE)]) == {}
    assert proved(PAGE, both, [home(TOOT, PAGE)]) == {
        "mastodon:ada@example.social": "it and https://ada.example name each other"
    }
    assert len(proved(PAGE, both, [home(TOOT, CODE, PAGE)])) == 2
    assert proved(PAGE, [toot(), code()], [home(TOOT, CODE, PAGE)]) == {}
    assert len(proved(None, both, [home(TOOT, CODE)])) == 2
    assert proved(None, both, [home(TOOT)]) == {}
    assert proved(None, both[:1], [home(TOOT)]) == {}


def test_a_handles_domain_speaks_for_its_account() -> None:
    sky = Proof("bluesky:did:x", "https://sky.example/x", ("https://ada.example",), (), ("https://ada.example",))
    assert pages_of(PAGE, [sky]) == [("bluesky:did:x", "https://ada.example")]
    said = Proof("bluesky:did:x", "https://ada.example", (PAGE,))
    assert proved(PAGE, [sky], [said]) == {"bluesky:did:x": f"it names {PAGE}"}


def test_which_pages_are_looked_at() -> None:
    many = [f"https://p{number}.example" for number in range(MOST_PAGES + 3)]
    found = pages_of(PAGE, [toot(CODE, PAGE, "http://plain.example", "ada.example", *many), code(TOOT, many[-1])])
    assert found == [(many[-1], many[-1]), *((page, page) for page in many[: MOST_PAGES - 1])]
    assert pages_of(None, [toot(CODE, "not an address"), code("https://example.social/users/ada")]) == []


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
        "https://ada@code.example/ada",
        "mailto:ada@code.example",
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


def test_on_wikipedia_a_capital_is_another_person() -> None:
    def user(name: str) -> Proof:
        return Proof(f"wikipedia:en/{name}", f"https://en.wikipedia.org/wiki/User:{name.replace(' ', '_')}", (TOOT,))

    named = toot("https://en.wikipedia.org/wiki/User:Ada_Lovelace")
    assert len(proved(None, [named, user("Ada Lovelace")])) == 2
    assert proved(None, [named, user("Ada lovelace")]) == {}


def test_a_capital_of_the_account_itself_matters() -> None:
    """Anybody may take the name that differs in a capital only."""

    def wiki(user: str) -> Proof:
        return Proof(f"wikipedia:{user}", f"https://wiki.example/wiki/User:{user}", (TOOT, PAGE))

    named = toot("https://wiki.example/wiki/User:Ada_L")
    assert len(proved(PAGE, [named, wiki("Ada_L")])) == 2
    assert proved(PAGE, [named, wiki("Ada_l")]).keys() == {"wikipedia:Ada_l"}


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=12))
def test_nobody_is_proved_who_names_nobody_and_order_does_not_matter(pairs: list[tuple[int, int]]) -> None:
    def page(number: int) -> str:
        return f"https://net.example/{number}"

    proofs = [Proof(f"net:{n}", page(n), tuple(page(to) for one, to in pairs if one == n)) for n in range(5)]
    found = proved(None, proofs)
    expected = {f"net:{a}" for a, b in pairs if a != b and (b, a) in pairs}
    assert found.keys() == expected == proved(None, proofs[::-1]).keys()


HONEST, EVIL = 3, 3
"""Accounts of two people, and as many web pages of each."""


def address(kind: str, number: int) -> str:
    return f"https://{kind}.example/{number}"


THEIRS = [address(kind, number) for kind in ("good", "home") for number in range(HONEST)]
ANYTHING = [*THEIRS, PAGE, *(address(kind, number) for kind in ("bad", "web") for number in range(EVIL))]
SUBSETS = st.lists(st.lists(st.sampled_from(ANYTHING), max_size=6), min_size=2 * EVIL, max_size=2 * EVIL)
HONEST_SUBSETS = st.lists(st.lists(st.sampled_from(THEIRS), max_size=6), min_size=2 * HONEST, max_size=2 * HONEST)


@given(HONEST_SUBSETS, SUBSETS)
def test_somebody_elses_accounts_cannot_be_captured(honest: list[list[str]], evil: list[list[str]]) -> None:
    """Who claims them may make accounts, servers and pages that say anything: the owner never named any of it."""

    def proofs(kind: str, said: list[list[str]]) -> list[Proof]:
        net = "good" if kind in ("good", "home") else "bad"
        account = "{}" if kind in ("home", "web") else f"{net}:{{}}"
        return [
            Proof(account.format(address(kind, n)), address(kind, n), tuple(links), tuple(links))
            for n, links in enumerate(said)
        ]

    accounts = proofs("good", honest[:HONEST]) + proofs("bad", evil[:EVIL])
    pages = proofs("home", honest[HONEST:]) + proofs("web", evil[EVIL:])
    assert all(account.startswith("bad:") for account in proved(PAGE, accounts, pages))


@given(SUBSETS)
def test_one_side_never_suffices(said: list[list[str]]) -> None:
    """An account whose own profile names nothing is not proved, whatever others say of it."""
    others = [Proof(f"bad:{n}", address("bad", n), tuple(links), tuple(links)) for n, links in enumerate(said)]
    silent = Proof("good:0", address("good", 0))
    for page in (PAGE, None):
        assert "good:0" not in proved(page, [silent, *others])
