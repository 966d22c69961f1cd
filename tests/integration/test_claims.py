"""Topics from a lake to the page: claims with proof, who is heard, what people say of theirs, and the ontology."""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from renown import parts, people, runs
from renown.activity import Activity
from renown.errors import BadInput, NotFound
from renown.lake import FolderLake
from renown.networks.registry import NETWORKS
from renown.people_files import read
from renown.published import current
from renown.published import topic_list as read_list
from renown.published import topics as read_topics
from renown.published import voices as read_voices
from renown.steps import claims as step
from renown.steps.people import given, take_in, unlink
from renown.steps.publish import publish
from renown.steps.replay import replay
from renown.steps.score import score
from renown.steps.simulate import simulate
from renown.steps.topics import install
from renown.steps.verify import verify
from renown.table import MAX_DOC, SqliteTable
from renown.topics import store
from renown.web.routes import build
from tests.contract.fakes.visits import Clock, client
from tests.integration.test_replay import DAY, MAY, formula
from tests.integration.test_verify import Web
from tests.integration.test_web import ask, get
from tests.unit.scoring.test_formula import TEXT

Run = Callable[..., tuple[int, str, str]]

ADA, BOB, CY = "mastodon:ada@example.social", "github:bob", "github:cy"
ODD = "[red]x[-red]"
"""`[red]x[/red]` as activity writes topics: markup of the terminal, if nobody takes care."""

DRINKS = "slug,name,parents\ndrinks,Drinks,\ntea,Tea,drinks\niced-tea,Iced Tea,tea\ncoffee,Coffee,drinks\n"
RENAMED = "slug,name,parents\nbeverages,Beverages,\nhot-leaf,Tea,beverages\ncoffee,Coffee,beverages\n"

NOW = MAY + 40 * DAY


def post(author: str, name: str, *tags: str, day: int = 0, url: str | None = None) -> Activity:
    at, network = MAY + day * DAY, author.partition(":")[0]
    url = url or f"https://example.social/{name}"
    return Activity(f"c:{author}:{name}", network, "Create", author, author, name, at, at, tuple(sorted(tags)), url)


def like(who: str, of: Activity, day: int) -> Activity:
    at = MAY + day * DAY + 60
    return Activity(f"l:{who}:{of.object}", of.network, "Like", who, of.actor, of.object, at, at)


def proof(author: str, *tags: str, posts: int = 4, by: Sequence[str], since: int = 0) -> list[Activity]:
    """Posts with these tags, a day apart, and everybody in `by` reacting to each on the day after."""
    name = f"{author.partition(':')[2]}-{'-'.join(tags)}"
    made = [post(author, f"{name}-{day}", *tags, day=since + day) for day in range(posts)]
    return [*made, *(like(who, each, since + day + 1) for day, each in enumerate(made) for who in by)]


def readers(start: int, end: int) -> list[str]:
    return [f"github:r{number}" for number in range(start, end)]


def community() -> list[Activity]:
    """Ada is heard on tea, as bob is, on iced tea and on something odd; cy, who did not opt in, on coffee."""
    return [
        *proof(ADA, "tea", by=[*readers(0, 12), BOB]),
        *proof(ADA, "icedtea", by=readers(0, 6)),
        *proof(ADA, ODD, by=readers(0, 7)),
        *proof(BOB, "tea", by=readers(10, 16)),
        *proof(CY, "coffee", by=readers(12, 19)),
        *proof(CY, "silence", posts=9, by=[]),
    ]


def profile(handle: str, account: str) -> people.Profile:
    link = {"account": account, "proof": "seen", "proved_at": "2026-01-01T00:00:00Z"}
    made = {"handle": handle, "name": handle.title(), "opted_in_at": "2026-01-01T00:00:00Z", "links": [link]}
    return people.Profile.model_validate({**made, "opted_in_how": "mail"})


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with the community, scored once."""
    folder = tmp_path_factory.mktemp("made") / "lake"
    lake = FolderLake(folder)
    parts.write(lake, community())
    people.save(lake, people.People(profiles=(profile("ada", ADA), profile("bob", BOB))))
    score(lake)
    return folder


@pytest.fixture
def lake(original: Path, tmp_path: Path) -> FolderLake:
    """A copy, where the command line looks for it."""
    shutil.copytree(original, tmp_path / "home" / "lake")
    return FolderLake(tmp_path / "home" / "lake")


def put_ontology(lake: FolderLake, text: str, folder: Path) -> str:
    path = folder / "made.csv"
    path.write_text(text)
    install(lake, [str(path)], [], lambda url: b"")
    found = store.digest(lake)
    assert found
    return found


def claimed(lake: FolderLake, run: str, name: str = "@ada") -> list[str]:
    (found,) = (each for each in runs.topics(lake, report_of(lake, run)) if each["id"] == name)
    return sorted(claim["topic"] for claim in found["claims"])


def report_of(lake: FolderLake, run: str) -> runs.Report:
    return runs.named(lake, run)


def heard(lake: FolderLake, run: str) -> dict[str, list[str]]:
    """Who is heard on each topic, by topic."""
    return {
        each["topic"]: [voice["id"] for voice in each["voices"]] for each in runs.voices(lake, report_of(lake, run))
    }


def card(lake: FolderLake, run: str, name: str = "@ada") -> dict[str, Any]:
    return next(each for each in runs.scorecards(lake, run) if each["id"] == name)


# --- the command line


def test_of_gives_every_claim_its_proof(renown: Run, lake: FolderLake) -> None:
    found = json.loads(renown("topics", "of", "@ada", "--json")[1])
    assert (found["id"], found["run"], found["hidden"], found["disputed"]) == ("@ada", runs.latest(lake).run, 0, 0)
    assert sorted(claim["topic"] for claim in found["claims"]) == [ODD, "icedtea", "tea"]
    (tea,) = (claim for claim in found["claims"] if claim["topic"] == "tea")
    assert (tea["posts"], tea["reach"], tea["reactors"], tea["since"]) == (4, 13, ["@bob"], "2026-05-07")
    low, likely, high = tea["people"]
    assert low <= likely <= high
    assert len(tea["best"]) == 3
    assert all(each["url"].startswith("https://example.social/ada@example.social-tea-") for each in tea["best"])
    assert json.loads(renown("topics", "of", ADA, "--json")[1]) == found
    code, out, err = renown("topics", "of", "@ada")
    assert (code, err) == (0, "")
    assert ODD in out
    assert "2026-05-07" in out


def test_of_an_account_that_did_not_opt_in(renown: Run, lake: FolderLake) -> None:
    found = json.loads(renown("topics", "of", CY, "--json")[1])
    assert [claim["topic"] for claim in found["claims"]] == ["coffee"]
    assert [each["topic"] for each in found["improve"]] == ["silence"]
    out = renown("topics", "of", CY)[1]
    assert "Could improve on silence: 9 posts, 69% of the posts and 0% of the response." in out


def test_of_a_profile_without_activity_is_silence(renown: Run, lake: FolderLake) -> None:
    people.change(lake, lambda known: known.with_profiles((profile("new", "github:new"),)))
    score(lake)
    code, out, _ = renown("topics", "of", "@new")
    assert code == 0
    assert "No topic is proved: that takes at least 3 posts that people react to, and 5 people who do." in out


def test_heard_lists_topics_and_who_is_heard_on_one(renown: Run, lake: FolderLake) -> None:
    every = json.loads(renown("topics", "heard", "--json")[1])
    assert [each["topic"] for each in every] == ["tea", ODD, "coffee", "icedtea"]  # what most react to first
    tea = json.loads(renown("topics", "heard", "#Tea", "--json")[1])
    assert tea == every[0]
    assert (tea["people"], tea["heard"], [voice["id"] for voice in tea["voices"]]) == (17, 2, ["@ada", "@bob"])
    together = tea["together"]
    assert [person["id"] for person in together["people"]] == ["@ada", "@bob"]
    assert together["expected"] == pytest.approx(sum(person["adds"] for person in together["people"]), abs=0.011)
    code, out, _ = renown("topics", "heard")
    assert code == 0
    assert ODD in out
    out = renown("topics", "heard", "[red]x[/red]")[1]
    assert ODD in out
    assert "Together they reach the most different people: @ada (+" in out


def test_a_past_run_is_asked_by_its_name(renown: Run, lake: FolderLake) -> None:
    old = runs.latest(lake).run
    parts.write(lake, proof(BOB, "coffee", by=readers(0, 8), since=20))
    new = json.loads(renown("score", "--json")[1])["run"]
    assert new != old
    for run, known in ((old, ["tea"]), (new, ["coffee", "tea"])):
        found = json.loads(renown("topics", "of", "@bob", "--run", run, "--json")[1])
        assert (found["run"], sorted(claim["topic"] for claim in found["claims"])) == (run, known)
        voices = json.loads(renown("topics", "heard", "coffee", "--run", run, "--json")[1])["voices"]
        assert ("@bob" in [voice["id"] for voice in voices]) == (run == new)


@pytest.mark.parametrize(
    ("arguments", "ended", "said"),
    [
        (["of", "@nobody"], 1, "@nobody: there is no such profile in run 2026"),
        (["of", "github:nobody"], 1, "github:nobody: nothing by it, and no reaction to it, is known in run 2026"),
        (["of", "nobody"], 2, "'nobody'"),
        (["of", ""], 2, "''"),
        (["of", "NET:x"], 2, "a network is lower-case"),
        (["of", "@ada", "--run", "r9"], 1, "run r9: there is no such finished run in the lake"),
        (["heard", "tea", "--run", "r9"], 1, "run r9: there is no such finished run in the lake"),
        (["heard", "--run", "r9"], 1, "run r9: there is no such finished run in the lake"),
        (["heard", "silence"], 1, "topic 'silence': nobody can claim it yet; `renown topics heard` lists"),
        (["heard", ""], 1, "topic '': nobody can claim it yet"),
        (["heard", "x" * 10_000], 1, "nobody can claim it yet"),
        (["hide", "nobody", "tea"], 1, "nobody: there is no such profile; `renown people add` makes one"),
        (["dispute", "nobody", "tea"], 1, "nobody: there is no such profile"),
        (
            ["restore", "ada", "tea"],
            2,
            "topic 'tea': ada neither hides nor disputes it, so there is nothing to restore",
        ),
        (["hide", "ada", ""], 2, "topic '': write letters, digits or hyphens"),
        (["hide", "ada", " # "], 2, "write letters, digits or hyphens"),
        (["dispute", "ada", "\x00"], 2, "write letters, digits or hyphens"),
        (["hide", "ada"], 2, "TOPIC"),
    ],
)
def test_what_is_wrong_is_one_line(renown: Run, lake: FolderLake, arguments: list[str], ended: int, said: str) -> None:
    before = lake.read(people.KEY)
    code, out, err = renown("topics", *arguments)
    assert (code, out) == (ended, "")
    assert said in err
    assert "Traceback" not in err
    assert arguments == ["hide", "ada"] or err.count("\n") == 1
    assert lake.read(people.KEY) == before


def test_before_any_run(renown: Run) -> None:
    for arguments in (["of", "@ada"], ["heard"], ["heard", "tea"]):
        code, out, err = renown("topics", *arguments)
        assert (code, out) == (1, "")
        assert "run `renown score`" in err


def test_a_run_in_which_nobody_can_claim_anything(renown: Run, lake: FolderLake) -> None:
    early, _ = score(lake, at=MAY + DAY)
    assert renown("topics", "heard", "--run", early.run)[:2] == (0, "Nobody can claim a topic in this run.\n")
    assert json.loads(renown("topics", "heard", "--run", early.run, "--json")[1]) == []


def test_a_formula_without_intervals_says_about_how_many(renown: Run, lake: FolderLake, tmp_path: Path) -> None:
    lines = [line for line in TEXT.splitlines() if line.startswith(("bounds =", "low =", "high ="))]
    report, _ = score(lake, version=formula(tmp_path, *((line + "\n", "") for line in lines)))
    code, out, _ = renown("topics", "heard", "tea")
    assert code == 0
    assert "about " in out
    table = SqliteTable(tmp_path / "table")
    publish(lake, table, report.run, now=NOW)
    status, _, page = ask(build(table), "/topics/tea")
    assert status == 200
    assert '<td class="n more">about ' in page
    table.close()


def test_the_main_job_has_topics(renown: Run, tmp_path: Path) -> None:
    renown("simulate", "--people", "60", "--days", "60", "--seed", "5")
    renown("score")
    every = json.loads(renown("topics", "heard", "--json")[1])
    assert every
    most = every[0]["voices"][0]["id"]
    found = json.loads(renown("topics", "of", most, "--json")[1])
    claims = {claim["topic"]: claim for claim in found["claims"]}
    assert every[0]["topic"] in claims
    assert all(claim["posts"] >= 3 and claim["reach"] >= 5 and claim["best"] for claim in claims.values())
    for name in ("hide", "dispute", "restore"):
        handle = most.removeprefix("@")
        code, out, _ = renown("topics", name, most, every[0]["name"])
        assert (code, out) == (0, f"{handle}: {name} {every[0]['topic']}; it holds from the next run on\n")


# --- the owner's word


def test_what_is_hidden_is_nowhere_and_counted(renown: Run, lake: FolderLake, tmp_path: Path) -> None:
    before = runs.latest(lake)
    assert renown("topics", "hide", "ada", "#TEA")[:2] == (0, "ada: hide tea; it holds from the next run on\n")
    assert json.loads(renown("topics", "of", "@ada", "--json")[1])["hidden"] == 0  # not in the run before it
    report, new = score(lake)
    assert new
    assert (report.hidden, report.disputed, before.hidden) == (1, 0, 0)
    assert claimed(lake, report.run) == [ODD, "icedtea"]
    assert [each["topic"] for each in card(lake, report.run)["topics"]] == [ODD, "icedtea"]
    assert heard(lake, report.run)["tea"] == ["@bob"]
    (tea,) = (each for each in runs.voices(lake, report) if each["topic"] == "tea")
    assert [person["id"] for person in tea["together"]["people"]] == ["@bob"]
    assert (tea["heard"], tea["people"]) == (1, 17)
    found = json.loads(renown("topics", "of", "@ada", "--json")[1])
    assert (found["hidden"], "tea" in str(found["improve"] + found["untried"])) == (1, False)
    assert "1 hidden by @ada." in renown("topics", "of", "@ada")[1]
    table = SqliteTable(tmp_path / "table")
    publish(lake, table, now=NOW)
    site = build(table)
    page = ask(site, "/@ada")[2]
    assert 'href="/topics/tea"' not in page
    assert "1 topic is hidden by <bdi>Ada</bdi>." in " ".join(page.split())
    assert 'href="/@ada"' not in ask(site, "/topics/tea")[2]
    table.close()
    # Everything else is as it was.
    assert card(lake, report.run)["score"] == card(lake, before.run)["score"]
    assert replay(lake, before.run)["same"]
    assert replay(lake, report.run)["same"]


def test_who_hides_the_only_claim_to_a_topic_takes_it_off_the_list(lake: FolderLake, tmp_path: Path) -> None:
    step.say(lake, "ada", ODD, "hide", NOW)
    report, _ = score(lake)
    assert set(heard(lake, report.run)) == {"tea", "coffee", "icedtea"}
    assert report.topics == 3
    table = SqliteTable(tmp_path / "table")
    pointer = publish(lake, table, now=NOW)
    assert pointer.topics == 3
    assert read_voices(table, report.run, ODD) is None
    assert ODD not in [entry["topic"] for entry in read_list(table, report.run, 0, 100)]
    table.close()


def test_what_is_disputed_counts_for_no_topic_nor_above_it(lake: FolderLake, tmp_path: Path) -> None:
    put_ontology(lake, DRINKS, tmp_path)
    before, _ = score(lake)
    assert claimed(lake, before.run) == [ODD, "iced-tea", "tea"]  # drinks are nothing but tea here
    step.say(lake, "ada", "Iced Tea", "dispute", NOW)
    report, _ = score(lake)
    assert (report.hidden, report.disputed) == (0, 1)

    def posts(run: str, topic: str) -> int:
        (found,) = (each for each in runs.topics(lake, report_of(lake, run)) if each["id"] == "@ada")
        return next((claim["posts"] for claim in found["claims"] if claim["topic"] == topic), 0)

    assert [posts(before.run, topic) for topic in ("iced-tea", "tea", "drinks")] == [4, 8, 0]
    assert [posts(report.run, topic) for topic in ("iced-tea", "tea", "drinks")] == [0, 4, 0]
    assert "iced-tea" not in heard(lake, report.run)
    step.say(lake, "ada", "tea", "dispute", NOW + 1)
    last, _ = score(lake)
    assert last.disputed == 2
    assert claimed(lake, last.run) == [ODD]
    assert heard(lake, last.run)["drinks"] == [CY, "@bob"]
    (found,) = (each for each in runs.topics(lake, last) if each["id"] == "@ada")
    assert found["disputed"] == 2
    assert {"iced-tea", "tea"}.isdisjoint(each["topic"] for each in found["improve"] + found["untried"])
    assert card(lake, last.run)["score"] == card(lake, before.run)["score"]
    assert claimed(lake, last.run, "@bob") == claimed(lake, before.run, "@bob")


def test_what_is_restored_is_back_and_every_word_is_kept(renown: Run, lake: FolderLake) -> None:
    before = runs.latest(lake)
    for word, topic in (("hide", "tea"), ("dispute", "tea"), ("hide", "icedtea"), ("restore", "tea")):
        assert renown("topics", word, "@ada", topic)[0] == 0
    for word, topic, said in (
        ("hide", "icedtea", "topic 'icedtea': ada says so already"),
        ("restore", "tea", "topic 'tea': ada says so already"),
    ):
        code, out, err = renown("topics", word, "ada", topic)
        assert (code, out, said in err, err.count("\n")) == (2, "", True, 1)
    assert renown("topics", "restore", "ada", "icedtea")[0] == 0
    kept = json.loads(lake.read(people.KEY) or b"")["profiles"][0]["words"]
    assert [(each["word"], each["topic"]) for each in kept] == [
        ("hide", "tea"),
        ("dispute", "tea"),
        ("hide", "icedtea"),
        ("restore", "tea"),
        ("restore", "icedtea"),
    ]
    assert score(lake) == (before, False)  # what was said and taken back makes no other run


def test_there_is_a_last_word(lake: FolderLake) -> None:
    known = people.load(lake)
    moment = known.profiles[0].opted_in_at
    words = tuple(people.Word(topic=f"t{n}", word="hide", at=moment) for n in range(people.MOST_WORDS))
    people.save(lake, known.with_profiles((known.profiles[0].model_copy(update={"words": words}),)))
    with pytest.raises(BadInput, match="ada: more than 1000 words"):
        step.say(lake, "ada", "one-more", "hide", NOW)
    report, _ = score(lake)
    assert report.hidden == people.MOST_WORDS


def test_what_is_done_to_a_profile_leaves_its_words(lake: FolderLake, tmp_path: Path) -> None:
    step.say(lake, "ada", "tea", "hide", NOW)
    words = people.load(lake).profiles[0].words

    def kept() -> bool:
        profile = people.load(lake).named("ada")
        return profile is not None and profile.words == words

    take_in(lake, [given(people.load(lake))[0].model_copy(update={"accounts": ("github:ada",)})], NETWORKS, now=NOW)
    assert kept()
    web = Web({"github:ada": "https://renown.example/@ada"})
    asking = client(web, Clock(NOW))
    found = verify(lake, NETWORKS, asking, now=NOW, site="https://renown.example", handles=["ada"])
    asking.close()
    assert "proved" in [each["state"] for each in found["links"]]
    assert kept()
    unlink(lake, "ada", "github:ada")
    assert kept()
    step.say(lake, "bob", "tea", "hide", NOW)
    assert kept()


@pytest.mark.parametrize("ending", ["yaml", "json"])
def test_a_file_of_people_keeps_their_words(renown: Run, lake: FolderLake, tmp_path: Path, ending: str) -> None:
    for number, (word, topic) in enumerate((("hide", "tea"), ("hide", ODD), ("restore", "tea"))):
        step.say(lake, "ada", topic, word, NOW + number)
    before = people.load(lake)
    path = tmp_path / f"people.{ending}"
    assert renown("people", "export", path)[0] == 0
    (ada, bob) = read(path)
    assert (ada.words, bob.words) == (before.profiles[0].words, ())
    assert path.read_text().count("words") == 1  # nothing is said of who said nothing
    assert json.loads(renown("people", "import", path, "--json")[1])["unchanged"] == 2
    assert people.load(lake) == before
    # Into another lake they come as they were.
    other = FolderLake(tmp_path / "other")
    take_in(other, read(path), NETWORKS, now=NOW)
    assert people.load(other).profiles[0].words == before.profiles[0].words
    # A file from before leaves what was said since, whatever the clock was, and one without words leaves all.
    step.say(lake, "ada", "coffee", "dispute", NOW - 9)
    said = people.load(lake)
    assert take_in(lake, read(path), NETWORKS, now=NOW)["unchanged"] == 2
    without = [person.model_copy(update={"words": ()}) for person in read(path)]
    assert take_in(lake, without, NETWORKS, now=NOW)["unchanged"] == 2
    assert people.load(lake) == said
    # What is only in the file comes to its place in time.
    new = people.Word(topic="late", word="hide", at=before.profiles[0].words[0].at.replace(year=2025))
    ada = read(path)[0].model_copy(update={"words": (new,)})
    assert take_in(lake, [ada], NETWORKS, now=NOW)["changed"] == 1
    assert [word.topic for word in people.load(lake).profiles[0].words] == ["late", "coffee", "tea", ODD, "tea"]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        (
            {"topic": "", "word": "hide", "at": "2026-05-05T00:00:00Z"},
            "people.1.words.1.topic: Value error, write letters",
        ),
        ({"topic": "tea", "word": "hate", "at": "2026-05-05T00:00:00Z"}, "people.1.words.1.word: "),
        (
            {"topic": "tea", "word": "hide", "at": "2226-05-05T00:00:00Z"},
            "ada: words: tea: 2226-05-05 is in the future",
        ),
        ({"topic": "tea", "word": "hide", "at": "2026-05-05"}, "people.1.words.1.at: "),
        ({"topic": "tea"}, "people.1.words.1.word: Field required"),
    ],
)
def test_words_that_are_wrong_in_a_file(
    renown: Run, lake: FolderLake, tmp_path: Path, word: dict[str, str], said: str
) -> None:
    before = lake.read(people.KEY)
    ada = {"handle": "ada", "name": "Ada", "opted_in_at": "2026-05-05", "opted_in_how": "mail", "words": [word]}
    (tmp_path / "people.json").write_text(json.dumps({"people": [ada]}))
    code, out, err = renown("people", "import", tmp_path / "people.json")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err
    assert lake.read(people.KEY) == before


def test_a_made_up_community_made_again_keeps_what_was_said(tmp_path: Path) -> None:
    lake = FolderLake(tmp_path / "lake")

    def again() -> None:
        simulate(lake, tmp_path / "truth.csv", 20, 28, 1, progress=lambda share: None)

    again()
    step.say(lake, people.load(lake).profiles[0].handle, "tea", "hide", NOW)
    said = people.load(lake)
    again()
    assert people.load(lake) == said


# --- the ontology


def test_a_run_names_its_ontology_and_is_the_same_after_another(renown: Run, lake: FolderLake, tmp_path: Path) -> None:
    bare = runs.latest(lake)
    assert bare.ontology is None
    drinks = put_ontology(lake, DRINKS, tmp_path)
    first, _ = score(lake)
    assert (first.ontology, first.run != bare.run) == (drinks, True)
    assert put_ontology(lake, DRINKS, tmp_path) == drinks
    assert score(lake) == (first, False)
    renamed = put_ontology(lake, RENAMED, tmp_path)
    second, new = score(lake)
    assert (second.ontology, new, second.run != first.run) == (renamed, True, True)
    for run, topics in (
        (bare, [ODD, "icedtea", "tea"]),
        (first, [ODD, "iced-tea", "tea"]),
        (second, [ODD, "hot-leaf", "icedtea"]),
    ):
        assert replay(lake, run.run)["same"]
        found = json.loads(renown("topics", "of", "@ada", "--run", run.run, "--json")[1])
        assert sorted(claim["topic"] for claim in found["claims"]) == claimed(lake, run.run)
        assert claimed(lake, run.run) == topics
        written = next(each for each in runs.topics(lake, run) if each["id"] == "@ada")
        assert {name: found[name] for name in written} == written
    # The topic is looked up by the run's ontology, not by today's.
    for run, asked, topic in (
        (bare, "icedtea", "icedtea"),
        (first, "IcedTea", "iced-tea"),
        (second, "tea", "hot-leaf"),
    ):
        assert json.loads(renown("topics", "heard", asked, "--run", run.run, "--json")[1])["topic"] == topic
    assert renown("topics", "heard", "hot-leaf", "--run", first.run)[0] == 1


def test_an_ontology_that_is_gone_is_said(renown: Run, lake: FolderLake, tmp_path: Path) -> None:
    drinks = put_ontology(lake, DRINKS, tmp_path)
    report, _ = score(lake)
    put_ontology(lake, RENAMED, tmp_path)
    (key,) = (key for key in lake.keys("topics/") if drinks in key)
    lake.delete(key)
    for arguments in (
        ["replay", report.run],
        ["topics", "of", "@ada", "--run", report.run],
        ["topics", "heard", "tea", "--run", report.run],
    ):
        code, out, err = renown(*arguments)
        assert (code, out) == (1, "")
        assert f"the ontology {drinks} that the run was made with is not there any more" in err
        assert err.count("\n") == 1
    assert score(lake)[1]  # the next run has its own


def test_a_damaged_ontology_is_one_line(renown: Run, lake: FolderLake, tmp_path: Path) -> None:
    drinks = put_ontology(lake, DRINKS, tmp_path)
    report, _ = score(lake)
    for key in lake.keys("topics/"):
        lake.write(key, b"\x1f\x8b not a gzip")
    code, out, err = renown("topics", "of", "@ada", "--run", report.run)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert f"ontology-{drinks}.json.gz: damaged" in err


def test_a_word_means_the_same_topic_in_the_next_ontology(lake: FolderLake, tmp_path: Path) -> None:
    step.say(lake, "ada", "icedtea", "hide", NOW)
    put_ontology(lake, DRINKS, tmp_path)
    report, _ = score(lake)
    assert "iced-tea" not in claimed(lake, report.run)
    assert heard(lake, report.run).get("iced-tea") is None
    assert report.hidden == 1
    with pytest.raises(BadInput, match="'iced-tea': ada says so already"):
        step.say(lake, "ada", "Iced Tea", "hide", NOW + 1)
    step.say(lake, "ada", "iced-tea", "restore", NOW + 2)
    later, _ = score(lake)
    assert ("iced-tea" in claimed(lake, later.run), later.hidden) == (True, 0)
    assert replay(lake, report.run)["same"]


# --- to the reader


def test_what_is_published_is_what_the_run_says(lake: FolderLake, tmp_path: Path) -> None:
    table = SqliteTable(tmp_path / "table")
    publish(lake, table, now=NOW)
    site, report = build(table), runs.latest(lake)
    for doc in runs.topics(lake, report):
        assert read_topics(table, report.run, doc["id"]) == doc
        assert get(site, f"/v1/profiles/{doc['id'][1:]}/topics").items() >= doc.items()
    for doc in runs.voices(lake, report):
        assert read_voices(table, report.run, doc["topic"]) == doc
    entries = get(site, "/v1/topics")["entries"]
    assert [entry["topic"] for entry in entries] == ["tea", ODD, "coffee", "icedtea"]
    for entry in entries:
        status, _, page = ask(site, "/topics/" + entry["topic"].replace("[", "%5B").replace("]", "%5D"))
        assert status == 200
        assert f"{entry['people']} people react" in page
    page = ask(site, "/@ada")[2]
    assert 'href="/topics/%5Bred%5Dx%5B-red%5D"' in page
    said = page.partition('<h2 id="topics">')[2].partition("<h2 ")[0]
    assert said.count("https://example.social/ada@example.social-tea-") == 3
    table.close()


def test_an_address_that_runs_scripts_is_no_proof(lake: FolderLake, tmp_path: Path) -> None:
    evil = ["javascript:alert(1)", "JavaScript:alert(2)", "data:text/html,<script>alert(3)</script>", "//evil.example"]
    made = [post(ADA, f"evil{n}", "traps", day=n, url=url) for n, url in enumerate(evil)]
    parts.write(lake, [*made, *(like(who, each, 8) for each in made for who in readers(0, 8))])
    report, _ = score(lake)
    (doc,) = (each for each in runs.topics(lake, report) if each["id"] == "@ada")
    (traps,) = (claim for claim in doc["claims"] if claim["topic"] == "traps")
    assert [each["url"] for each in traps["best"]] == [None] * 3
    table = SqliteTable(tmp_path / "table")
    publish(lake, table, now=NOW)
    page = ask(build(table), "/@ada")[2]
    assert 'href="/topics/traps"' in page
    assert not any(each in page for each in (*evil, "javascript:", "<script"))
    table.close()


def test_who_tags_without_end_can_still_be_published(lake: FolderLake, tmp_path: Path) -> None:
    wide = "\U0001f600" * 90
    rows = []
    for number, posts in enumerate((3, 3, 3, 40)):
        tags = [f"{wide}{number}-{each}" for each in range(64)]
        made = [
            post(ADA, f"many{number}-{n}" + "\U0001f600" * 280, *tags, day=n, url="https://e.example/" + wide * 3)
            for n in range(posts)
        ]
        rows += [*made, *(like(who, each, 8) for each in made for who in readers(0, 8) if number < 3)]
    parts.write(lake, rows)
    report, _ = score(lake)
    assert report.topics > 3 * 64
    (doc,) = (each for each in runs.topics(lake, report) if each["id"] == "@ada")
    assert len(doc["claims"]) == len(doc["improve"]) == 30
    assert len(json.dumps(doc, ensure_ascii=False).encode()) < MAX_DOC
    table = SqliteTable(tmp_path / "table")
    assert publish(lake, table, now=NOW).topics == report.topics
    assert ask(build(table), "/@ada")[0] == 200
    table.close()


def test_a_run_from_before_topics_is_published_and_read(renown: Run, lake: FolderLake, tmp_path: Path) -> None:
    report = runs.latest(lake)
    for name in ("topics", "voices"):
        lake.delete(runs.key(report.run, f"{name}.jsonl.gz"))
    kept = json.loads(lake.read(runs.key(report.run, runs.REPORT)) or b"")
    old = {name: kept[name] for name in kept.keys() - {"topics", "hidden", "disputed", "ontology"}}
    lake.write(runs.key(report.run, runs.REPORT), json.dumps(old).encode())
    table = SqliteTable(tmp_path / "table")
    publish(lake, table, now=NOW)
    found = current(table)
    assert found is not None
    assert found[0].topics == 0
    site = build(table)
    for target in ("/", "/@ada", "/topics", "/accounts/github/cy"):
        assert ask(site, target)[0] == 200, target
    assert "Nobody can claim a topic yet." in ask(site, "/topics")[2]
    assert (get(site, "/v1/topics")["entries"], get(site, "/v1/topics")["next"]) == ([], None)
    status, _, body = ask(site, "/v1/profiles/ada/topics")
    assert (status, "was made without topics" in body) == (404, True)
    assert ask(site, "/v1/topics/tea")[0] == 404
    assert renown("topics", "heard")[:2] == (0, "Nobody can claim a topic in this run.\n")
    assert renown("topics", "of", "@ada")[0] == 0  # from the lake, which has it all
    with pytest.raises(NotFound, match="nobody can claim it yet"):
        step.heard_on(lake, "tea")
    table.close()


def test_the_page_of_an_account_has_no_topics_but_its_scorecard_has(lake: FolderLake, tmp_path: Path) -> None:
    table = SqliteTable(tmp_path / "table")
    publish(lake, table, now=NOW)
    site = build(table)
    assert [each["topic"] for each in get(site, "/v1/accounts/github/cy")["topics"]] == ["coffee"]
    status, _, page = ask(site, "/accounts/github/cy")
    assert (status, '<h2 id="topics">' in page) == (200, False)
    assert '<h2 id="topics">' in ask(site, "/accounts/mastodon/ada%40example.social")[2]
    assert ask(site, "/v1/profiles/cy/topics")[0] == 404
    table.close()
