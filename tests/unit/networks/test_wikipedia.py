"""Wikipedia: what its API says, as records."""

from typing import Any

import httpx
import pytest

from renown.errors import BadInput, Gone, Renamed, RetriableError, SkippableError, Unwanted
from renown.formats.times import rfc3339
from renown.networks.base import DAY
from renown.networks.wikipedia import Wikipedia
from tests.contract.fakes.visits import Clock, client
from tests.unit.networks.asked import NOW, Answers, Table, activity, brief, collected

ME = "wikipedia:en/Ada"
SITE = "https://en.wikipedia.org/wiki/"
SAID = ["discussiontools-added-comment"]
TODAY, YESTERDAY = NOW // DAY * DAY, NOW // DAY * DAY - DAY


def edit(number: int, at: int = YESTERDAY, **more: Any) -> dict[str, Any]:
    about = {"pageid": number, "revid": 1000 + number, "ns": 0, "title": f"Loom {number}", "timestamp": rfc3339(at)}
    return {**about, "new": False, "sizediff": 10, "tags": [], **more}


def thank(number: int, by: str, to: str = "Ada", at: int = YESTERDAY) -> dict[str, Any]:
    return {"logid": number, "ns": 2, "title": f"Benutzerin:{to}", "user": by, "timestamp": rfc3339(at)}


def message(number: int, by: str | None, *tags: str) -> dict[str, Any]:
    who = {"user": by} if by else {"userhidden": True}
    return {"revid": number, **who, "timestamp": rfc3339(YESTERDAY), "tags": [*SAID, *tags]}


class Wiki:
    """What the API answers, by what it is asked for."""

    def __init__(self, edits: Any = (), thanks: Any = (), given: Any = (), messages: Any = (), **more: Any) -> None:
        self.edits, self.thanks, self.given, self.messages = edits, thanks, given, messages
        self.user: dict[str, Any] = {"name": "Ada", "userid": 7, "editcount": 12}
        self.people: dict[str, dict[str, Any]] = {}
        self.noindex: tuple[str, ...] = ()
        self.articles: dict[str, Any] = {}
        self.renames: list[Any] = []
        self.asked: list[dict[str, str]] = []
        self.__dict__.update(more)

    def __call__(self, request: httpx.Request) -> Any:
        asked = dict(request.url.params)
        self.asked.append(asked)
        if asked.get("letype") == "renameuser":
            return {"query": {"logevents": self.renames}}
        if "usercontribs" in asked.get("list", ""):
            page = {"ns": 3, "title": "User talk:Ada", "revisions": list(self.messages)}
            lists = {"users": [self.user], "usercontribs": list(self.edits), "logevents": list(self.thanks)}
            return {"query": {**lists, "pages": [page]}}
        if "leuser" in asked:
            return {"query": {"logevents": list(self.given), "pages": self._pages(asked)}}
        if "pageids" in asked:
            return {
                "query": {"pages": [self.articles.get(key, {"missing": True}) for key in asked["pageids"].split("|")]}
            }
        users = [self._user(name) for name in asked["ususers"].split("|")]
        return {"query": {"users": users, "pages": self._pages(asked)}}

    def _user(self, name: str) -> dict[str, Any]:
        return {"name": name, "userid": 9, "groups": ["*", "user"], **self.people.get(name, {})}

    def _pages(self, asked: dict[str, str]) -> list[dict[str, Any]]:
        names = [title.removeprefix("User:") for title in asked.get("titles", "User:Ada").split("|")]
        return [
            {"ns": 2, "title": f"Utente:{name}", **({"pageprops": {"noindex": ""}} if name in self.noindex else {})}
            for name in names
        ]

    @property
    def answers(self) -> Answers:
        return {"en.wikipedia.org/w/api.php": self}


def article(number: int, *categories: str, ns: int = 0) -> dict[str, Any]:
    named = {"categories": [{"ns": 14, "title": f"Kategorie:{name}"} for name in categories]} if categories else {}
    return {"pageid": number, "ns": ns, "title": f"Loom {number}", **named}


def test_articles_that_were_begun_and_days_of_other_edits() -> None:
    wiki = Wiki(
        [
            edit(1, new=True, title="Loom (machine)"),
            edit(2, new=True, tags=["mw-new-redirect"], sizediff=1),
            edit(3, YESTERDAY + 3600, sizediff=-900),
            edit(4, tags=["mw-reverted"]),
            edit(5, YESTERDAY - DAY, tags=["mw-reverted"]),
            edit(6, TODAY + 60),
            edit(7, TODAY - 5 * DAY),
            edit(8, ns=2),
            edit(9, title=None),
            {"ns": 0},
            3,
        ],
        articles={"1": article(1, "Weaving", "Machines")},
    )
    batches, _ = collected(Wikipedia(), ME, wiki.answers)
    found = {each.id: each for each in activity(batches)}
    assert set(found) == {"wikipedia:en/pages/1", "wikipedia:en/Ada/2026-11-17", "wikipedia:en/Ada/2026-11-13"}
    assert {each.verb for each in found.values()} == {"Create"}
    begun, day = found["wikipedia:en/pages/1"], found["wikipedia:en/Ada/2026-11-17"]
    assert (begun.topics, begun.url) == (("loom", "machines", "weaving"), "https://en.wikipedia.org/?curid=1")
    assert (day.topics, day.at) == (("loom-2", "loom-3"), YESTERDAY + 3600)
    shown = "title=Special:Contributions/Ada&namespace=0&start=2026-11-17&end=2026-11-17"
    assert day.url == f"https://en.wikipedia.org/w/index.php?{shown}"
    assert [(each.kind, each.total) for each in batches[0].observations] == [("edits", 12)]
    assert batches[0].complete


def test_five_hundred_edits_a_day_are_one_post_about_what_was_changed_most() -> None:
    wiki = Wiki([edit(number % 250, YESTERDAY + number, sizediff=-number) for number in range(500)])
    wiki.edits += [edit(1, YESTERDAY, sizediff=None), edit(3, YESTERDAY, sizediff=9000)]
    (post,) = activity(collected(Wikipedia(), ME, wiki.answers)[0])
    assert (post.object, post.at) == ("wikipedia:en/Ada/2026-11-17", YESTERDAY + 499)
    assert set(post.topics) == {"loom-3", *(f"loom-{number}" for number in range(231, 250))}


def test_thanks_and_messages_to_and_from_the_person() -> None:
    wiki = Wiki(
        [
            edit(50, ns=3, title="Diskussion:Dan Brown", tags=SAID),
            edit(51, ns=3, title="Diskussion:Dan Brown"),
            edit(52, ns=3, title="Diskussion:Dan Brown/Archive", tags=SAID),
            edit(53, ns=3, title="Diskussion:Ada", tags=SAID),
        ],
        [thank(1, "Bob"), thank(2, "Bob"), {"logid": 3, "title": "User:Ada", "timestamp": rfc3339(NOW)}],
        [thank(4, "Ada", "Cid")],
        [
            message(60, "Eve"),
            message(61, "Eve", "twinkle"),
            message(66, "Eve", "SWViewer [1.4]"),
            message(62, None),
            {**message(63, "Eve"), "tags": []},
            {**message(64, "Eve"), "timestamp": None},
            message(65, "Eve", "mw-reverted"),
        ],
    )
    batches, _ = collected(Wikipedia(), ME, wiki.answers)
    deeds = {
        (each.id.partition("/")[2], each.verb, each.actor[13:], (each.author or "")[13:], each.object)
        for each in activity(batches)
    }
    assert deeds == {
        ("thanks/1", "Like", "Bob", "Ada", None),
        ("thanks/2", "Like", "Bob", "Ada", None),
        ("thanks/4", "Like", "Ada", "Cid", None),
        ("revisions/60:Reply", "Reply", "Eve", "Ada", "wikipedia:en/talk/Ada"),
        ("revisions/1050:Reply", "Reply", "Ada", "Dan Brown", "wikipedia:en/talk/Dan Brown"),
    }
    assert {each.url for each in activity(batches)} >= {f"{SITE}Special:Diff/60", f"{SITE}Special:Redirect/logid/1"}


def test_what_is_seen_from_both_sides_is_the_same() -> None:
    own = Wiki([edit(50, ns=3, title="User talk:Bob", tags=SAID)], [], [thank(4, "Ada", "Bob")])
    his = Wiki([], [thank(4, "Ada", "Bob")], [], [message(1050, "Ada")], user={"name": "Bob", "userid": 8})
    mine, bobs = (
        collected(Wikipedia(), f"wikipedia:en/{who}", wiki.answers)[0] for who, wiki in (("Ada", own), ("Bob", his))
    )
    assert activity(mine) == activity(bobs) != []


def test_who_is_no_person_or_wants_to_be_left_alone_is_not_named() -> None:
    people: dict[str, dict[str, Any]] = {
        "A bot": {"groups": ["bot"]},
        "Blocked": {"blockid": 3},
        "Partly": {"blockid": 3, "blockpartial": True},
        "192.0.2.7": {"userid": None, "invalid": True},
        "Nobody": {"userid": None, "missing": True},
        "Shy": {},
        "Fine": {},
    }
    thanks = [thank(number, who) for number, who in enumerate([*people, "~2026-12", "2001:db8::1", "a|b"], 1)]
    wiki = Wiki([], thanks, people=people, noindex=("Shy",))
    batches, _ = collected(Wikipedia(), ME, wiki.answers)
    assert {deed[1] for deed in brief(batches)} == {"en/Partly", "en/Fine"}
    assert set(wiki.asked[2]["ususers"].split("|")) == set(people)


def test_people_are_looked_up_once_and_twenty_at_a_time() -> None:
    wiki = Wiki([], [thank(number, f"Bob {number}", at=NOW - 60) for number in range(45)])
    batches, table = collected(Wikipedia(), ME, wiki.answers)
    assert (len(activity(batches)), len(table.asked)) == (45, 2 + 3)
    wiki.thanks.append(thank(99, "Eve"))
    batches, table = collected(Wikipedia(), ME, wiki.answers, batches[-1].cursor, NOW + 3600)
    assert (len(table.asked), wiki.asked[-1]["ususers"]) == (2 + 1, "Eve")


def test_a_user_page_that_is_not_to_be_indexed() -> None:
    with pytest.raises(Unwanted):
        collected(Wikipedia(), ME, Wiki(noindex=("Ada",)).answers)


def test_days_and_articles_that_vanish() -> None:
    before = Wiki([edit(1, new=True), edit(2, new=True), edit(3, new=True), edit(4), edit(5, YESTERDAY - DAY)])
    before.articles = {str(number): article(number) for number in (1, 2, 3)}
    batches, _ = collected(Wikipedia(), ME, before.answers)
    after = Wiki([edit(5, YESTERDAY - DAY)], articles={"1": article(1), "2": article(2, ns=118)})
    batches, _ = collected(Wikipedia(), ME, after.answers, batches[-1].cursor, NOW + DAY)
    gone = {"wikipedia:en/pages/2", "wikipedia:en/pages/3", "wikipedia:en/Ada/2026-11-17"}
    assert {(verb, uri) for verb, _, _, uri in brief(batches)} == {("Delete", uri) for uri in gone}
    batches, table = collected(Wikipedia(), ME, after.answers, batches[-1].cursor, NOW + 2 * DAY)
    assert (brief(batches), len(table.asked)) == (set(), 3)


def test_days_are_read_as_a_whole() -> None:
    wiki = Wiki([edit(1, TODAY - 7 * DAY + 60)])
    batches, _ = collected(Wikipedia(), ME, wiki.answers, {"since": NOW - 3600, "id": 7})
    assert wiki.asked[0]["ucend"] == rfc3339(TODAY - 7 * DAY)
    assert wiki.asked[0]["leend"] == wiki.asked[0]["rvend"] == rfc3339(NOW - 3600 - DAY)
    batches, _ = collected(Wikipedia(), ME, wiki.answers, batches[-1].cursor, NOW + DAY)
    wiki.edits = []
    batches, _ = collected(Wikipedia(), ME, wiki.answers, batches[-1].cursor, NOW + 2 * DAY)
    assert brief(batches) == set()  # it is older than what is read


def test_what_was_not_read_to_its_end_is_not_taken_for_vanished() -> None:
    batches, _ = collected(Wikipedia(), ME, Wiki([edit(1), edit(2, YESTERDAY - 2 * DAY)]).answers)

    def endless(request: httpx.Request) -> Any:
        number = int(request.url.params.get("uccontinue", "0"))
        doc = Wiki([edit(7, YESTERDAY - DAY + 3600 - number)])(request)
        return {**doc, "continue": {"uccontinue": str(number + 1), "continue": "-||users"}}

    batches, table = collected(Wikipedia(), ME, {"en.wikipedia.org/": endless}, batches[-1].cursor, NOW + DAY)
    assert {deed[3] for deed in brief(batches) if deed[0] == "Delete"} == {"wikipedia:en/Ada/2026-11-17"}
    assert [request.url.params.get("continue") for request in table.asked[:3]] == [None, "-||users", "-||users"]
    assert len(table.asked) == 20


def test_a_server_that_lags_is_waited_for() -> None:
    wiki, late = Wiki(), [1, 2]

    def lagging(request: httpx.Request) -> Any:
        if late:
            late.pop()
            error = {"error": {"code": "maxlag", "info": "Waiting for a server: 7 seconds lagged", "lag": 7}}
            return httpx.Response(200, json=error, headers={"retry-after": "7"} if late else {})
        return wiki(request)

    table, clock = Table({"en.wikipedia.org/": lagging}), Clock(NOW)
    assert Wikipedia().resolve(ME, client(table, clock)) == ME
    assert clock.slept == [7.0, 5.0]
    assert table.asked[0].url.params["maxlag"] == "5"


@pytest.mark.parametrize(("code", "kind"), [("ratelimited", RetriableError), ("readapidenied", SkippableError)])
def test_other_errors(code: str, kind: type[Exception]) -> None:
    table = Table({"en.wikipedia.org/": {"error": {"code": code, "info": "x"}}})
    with pytest.raises(kind, match=code):
        Wikipedia().resolve(ME, client(table, Clock(NOW)))
    assert len(table.asked) == (3 if kind is RetriableError else 1)


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("wikipedia:en/ada_lovelace", "wikipedia:en/Ada lovelace"),
        (" wikipedia:zh-min-nan/élodie  X ", "wikipedia:zh-min-nan/Élodie X"),
        ("wikipedia:simple/ßa (b)!", "wikipedia:simple/ßa (b)!"),
        ("wikipedia:ja/織機", "wikipedia:ja/織機"),
        ("wikipedia:ko/-ada", "wikipedia:ko/-ada"),
    ],
)
def test_a_name_has_one_form(given: str, stored: str) -> None:
    language, _, name = stored.partition(":")[2].partition("/")
    table = Table({f"{language}.wikipedia.org/": {"query": {"users": [{"name": name, "userid": 1}]}}})
    assert Wikipedia().resolve(given, client(table, Clock(NOW))) == stored
    assert table.asked[0].url.params["ususers"] == name
    assert Wikipedia().host(given) == f"{language}.wikipedia.org"


BAD = (
    "en",
    "en/",
    "/Ada",
    "e/Ada",
    "en.evil.example/Ada",
    "en/a|b",
    "en/a/b",
    "en/A:b",
    "en/~2026-1",
    "en/#",
    "EN/Ada",
    "en/a\nb",
)


@pytest.mark.parametrize("given", [*(f"wikipedia:{each}" for each in BAD), "github:en/ada", "ada"])
def test_what_is_no_account(given: str) -> None:
    with pytest.raises(BadInput):
        Wikipedia().resolve(given, client(Table({}), Clock(NOW)))


def test_names_that_changed_or_were_given_up() -> None:
    wiki = Wiki()
    cursor = collected(Wikipedia(), ME, wiki.answers)[0][-1].cursor
    wiki.user = {"name": "Ada", "userid": 8}
    with pytest.raises(Gone, match="no such user"):
        collected(Wikipedia(), ME, wiki.answers, cursor)
    wiki.renames = [{"params": {"olduser": "Ada", "newuser": "Countess"}}]
    with pytest.raises(Renamed) as raised:
        collected(Wikipedia(), ME, wiki.answers, cursor)
    assert raised.value.to == "wikipedia:en/Countess"
    wiki.renames = [{"params": {"newuser": "Renamed user 5ab3"}}]  # who vanished is not to be followed
    with pytest.raises(Gone) as vanished:
        collected(Wikipedia(), ME, wiki.answers, cursor)
    assert not isinstance(vanished.value, Renamed)


def test_the_user_page_proves_only_what_its_owner_left_there() -> None:
    page = {
        "ns": 2,
        "title": "User:Ada",
        "revisions": [{"revid": 5, "slots": {"main": {"content": "[https://ada.example me]"}}}],
    }
    shown = {"query": {"users": [{"name": "Ada", "userid": 7}], "pages": [page]}, "continue": {"rvcontinue": "4"}}
    table = Table({"en.wikipedia.org/": shown})
    proof = Wikipedia().proof(ME, client(table, Clock(NOW)))
    assert (proof.links, proof.verified) == (("https://ada.example",), ())
    assert proof.evidence == f"{SITE}Special:PermanentLink/5"
    asked = table.asked[0].url.params
    assert (asked["titles"], asked["rvuser"], asked["rvlimit"], len(table.asked)) == ("User:Ada", "Ada", "1", 1)
    assert proof.addresses == (f"{SITE}User:Ada",)
    page.pop("revisions")
    proof = Wikipedia().proof(ME, client(table, Clock(NOW)))
    assert (proof.links, proof.evidence) == ((), f"{SITE}User:Ada")


def test_a_user_page_has_an_address_in_the_wikis_language_too() -> None:
    users = [{"name": "Élodie X", "userid": 7}]
    pages = [{"ns": 2, "title": "Benutzerin:Élodie X"}, {"ns": 2, "title": "Benutzer:Bob"}]
    table = Table({"de.wikipedia.org/": {"query": {"users": users, "pages": pages}}})
    proof = Wikipedia().proof("wikipedia:de/Élodie X", client(table, Clock(NOW)))
    paths = [address.removeprefix("https://de.wikipedia.org/wiki/") for address in (proof.evidence, *proof.addresses)]
    quoted = "%C3%89lodie_X"
    assert paths == [f"User:{quoted}", "User:Élodie_X", f"Benutzerin:{quoted}", "Benutzerin:Élodie_X"]
