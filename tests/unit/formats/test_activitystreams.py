"""ActivityStreams 2.0: what Renown writes, and what others do."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.activity import EARLIEST, VERBS, Activity, Observation, account, clean, topics
from renown.errors import NotOfFormat
from renown.formats import Batch, fediverse
from renown.formats.activitystreams import FORMAT, ActivityStreamsFormat, to_activitystreams

LATEST = 1_800_000_000
AT = 1_700_000_000
ADA = "https://social.example/users/Ada"
BEN = "https://other.example/@ben"
NOTE = "https://social.example/users/Ada/statuses/1"
PUBLISHED = "2023-11-14T22:13:20Z"


def _read(folder: Path, *docs: object, latest: int = LATEST) -> Batch:
    path = folder / "activity.jsonl"
    lines = (doc if isinstance(doc, str) else json.dumps(doc) for doc in docs)
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    (batch,) = FORMAT.read(path, latest=latest)
    return batch


def _doc(kind: str, about: object, **more: object) -> dict[str, Any]:
    return {"id": "https://x.example/1", "type": kind, "actor": ADA, "object": about, "published": PUBLISHED, **more}


def _deeds(folder: Path, *docs: object) -> list[tuple[str, str, str | None, str | None]]:
    batch = _read(folder, *docs)
    assert batch.rejects == []
    return [(a.verb, a.actor, a.author, a.object) for a in batch.activity]


def _reason(folder: Path, doc: object) -> str:
    good = _doc("Follow", BEN)
    batch = _read(folder, good, doc)
    assert len(batch.activity) == 1
    ((_, line, reason),) = batch.rejects
    assert line == 2
    return reason


_TEXTS = st.text(max_size=30).map(clean).filter(bool)
_ACCOUNTS = st.builds(
    account,
    st.sampled_from(["mastodon", "github", "web", "x.y-z"]),
    st.text(min_size=1, max_size=20).map(clean).filter(bool),
)
_TIMES = st.integers(min_value=EARLIEST, max_value=LATEST)
_ACTIVITY = st.builds(
    Activity,
    _TEXTS | st.just("k:odd") | st.just("github:1:Like"),
    st.sampled_from(["mastodon", "stackexchange"]),
    st.sampled_from(VERBS),
    _ACCOUNTS,
    st.none() | _ACCOUNTS,
    st.none() | _TEXTS,
    st.none() | _TIMES,
    _TIMES,
    st.lists(st.text(max_size=12), max_size=4).map(topics),
    st.none() | _TEXTS,
)


@given(st.lists(_ACTIVITY, min_size=1, max_size=5), st.booleans())
def test_what_renown_writes_it_reads_exactly(
    tmp_path_factory: pytest.TempPathFactory, activity: list[Activity], in_ascii: bool
) -> None:
    docs = [json.dumps(to_activitystreams(each), ensure_ascii=in_ascii) for each in activity]
    batch = _read(tmp_path_factory.mktemp("export"), *docs)
    assert batch.activity == activity
    assert (batch.rejects, batch.observations) == ([], [])


def test_what_renown_writes_is_activitystreams() -> None:
    like = Activity(
        "forum:1:Like", "forum", "Like", "forum:ada", "forum:ben", "post", None, AT, ("tea",), "https://x.y"
    )
    assert to_activitystreams(like) == {
        "@context": ["https://www.w3.org/ns/activitystreams", {"k": "urn:renown:"}],
        "id": "k:forum:1:Like",
        "type": "Like",
        "actor": "forum:ada",
        "object": {
            "id": "post",
            "type": "Note",
            "attributedTo": "forum:ben",
            "url": "https://x.y",
            "tag": [{"type": "Hashtag", "name": "#tea"}],
        },
        "k:verb": "Like",
        "k:network": "forum",
        "k:observed": "2023-11-14T22:13:20Z",
    }
    reply = to_activitystreams(like._replace(verb="Reply", at=AT))
    assert (reply["type"], reply["published"]) == ("Create", PUBLISHED)
    assert reply["object"]["inReplyTo"]["attributedTo"] == "forum:ben"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"k:verb": "Boo"}, "k:verb 'Boo': not one of"),
        ({"k:verb": 7}, "k:verb '': not one of"),
        ({"id": "forum:1"}, "id: must be k: and the id of the activity"),
        ({"id": "k:"}, "id: must be k:"),
        ({"id": "k:a\nb"}, "id: must be k:"),
        ({"id": "k:" + "x" * 3000}, "id: must be k:"),
        ({"actor": None}, "actor: missing"),
        ({"actor": "ada"}, "account 'ada': write it as network:id"),
        ({"k:network": ""}, "k:network: missing"),
        ({"k:network": "My Net"}, "network 'My Net'"),
        ({"k:observed": "2099-01-01T00:00:00Z"}, "time 4070908800 is in the future"),
        ({"published": "1900-01-01T00:00:00Z"}, "time -2208988800 is before 1990"),
        ({"published": 7}, "time '7': not a text"),
    ],
)
def test_damaged_records_of_our_own_are_rejected(tmp_path: Path, change: dict[str, Any], why: str) -> None:
    like = Activity("forum:1:Like", "forum", "Like", "forum:ada", "forum:ben", "post", AT, AT)
    assert _reason(tmp_path, {**to_activitystreams(like), **change}).startswith(why)


@pytest.mark.parametrize(
    ("reference", "network", "name"),
    [
        ("https://Social.Example/users/Ada", None, "mastodon:ada@social.example"),
        ("https://social.example/@ada/", None, "mastodon:ada@social.example"),
        ("https://social.example/@ben@other.example", None, "mastodon:ben@other.example"),
        ({"type": "Person", "id": "https://social.example/users/ada#main-key"}, None, "mastodon:ada@social.example"),
        (["https://social.example/users/ada", "x"], None, "mastodon:ada@social.example"),
        ("acct:Ada@social.example", None, "mastodon:ada@social.example"),
        ("did:plc:abc123", "bluesky", "bluesky:did:plc:abc123"),
        ("https://Blog.example/People/ada/?x=1#me", None, "web:blog.example/People/ada"),
        ("http://ada.example", None, "web:ada.example"),
        ("https://social.example/ap/users/115", None, "web:social.example/ap/users/115"),
        ("forum:ada", "forum", "forum:ada"),
    ],
)
def test_names_of_actors(reference: Any, network: str | None, name: str) -> None:
    assert fediverse.name(reference, network) == name


@pytest.mark.parametrize(
    "actor",
    [
        90,
        None,
        "",
        [],
        {},
        {"name": "Sally"},
        "Sally",
        "forum:ada",
        "https://",
        "https://[x",
        "https://a b/",
        "javascript:x",
    ],
)
def test_actors_that_stand_for_nobody_are_rejected(tmp_path: Path, actor: object) -> None:
    assert "actor" in _reason(tmp_path, _doc("Follow", BEN, actor=actor))


def test_a_like_of_a_post_whose_address_names_its_author(tmp_path: Path) -> None:
    (like,) = _read(tmp_path, _doc("Like", "https://other.example/@ben/42")).activity
    assert like == Activity(
        "mastodon:https://x.example/1",
        "mastodon",
        "Like",
        "mastodon:ada@social.example",
        "mastodon:ben@other.example",
        "https://other.example/@ben/42",
        AT,
        AT,
        (),
        "https://other.example/@ben/42",
    )


@pytest.mark.parametrize(
    ("post", "author"),
    [
        ("https://other.example/users/ben/statuses/42", "mastodon:ben@other.example"),
        ("https://other.example/users/ben/statuses/42/activity", "mastodon:ben@other.example"),
        ("https://other.example/ap/users/11/statuses/42", "web:other.example/ap/users/11"),
        ("https://here.example/@ben@other.example/42", "mastodon:ben@other.example"),
        ("at://did:plc:abc/app.bsky.feed.post/3k", "bluesky:did:plc:abc"),
        ({"id": "https://b.example/p", "attributedTo": {"id": "https://b.example/"}}, "web:b.example"),
        ({"id": "https://b.example/p", "attributedTo": [BEN]}, "mastodon:ben@other.example"),
        ({"type": "Offer", "actor": BEN}, "mastodon:ben@other.example"),
    ],
)
@pytest.mark.parametrize(
    ("kind", "verb"), [("Like", "Like"), ("EmojiReact", "Like"), ("Announce", "Announce"), ("Accept", "Accept")]
)
def test_whose_post_it_is(tmp_path: Path, kind: str, verb: str, post: Any, author: str) -> None:
    object_ = post.get("id") if isinstance(post, dict) else post
    assert _deeds(tmp_path, _doc(kind, post)) == [(verb, "mastodon:ada@social.example", author, object_)]


@pytest.mark.parametrize("kind", ["Like", "Announce", "Accept"])
@pytest.mark.parametrize("post", ["https://b.example/p/1", {"type": "Note"}, None, 7, "https://x.example/users/ben"])
def test_a_reaction_to_nobody_known_is_rejected(tmp_path: Path, kind: str, post: object) -> None:
    assert _reason(tmp_path, _doc(kind, post)) == "author of the object is not known"


def test_a_post_says_whom_it_answers_quotes_and_mentions(tmp_path: Path) -> None:
    note = {
        "id": NOTE,
        "type": "Note",
        "url": "https://social.example/@Ada/1",
        "attributedTo": ADA,
        "published": PUBLISHED,
        "inReplyTo": "https://other.example/@ben/42",
        "quoteUrl": {
            "id": "https://b.example/p",
            "attributedTo": "https://b.example",
            "tag": {"type": "Hashtag", "name": "#B"},
        },
        "tag": [
            {"type": "Hashtag", "name": "#Tea Time"},
            {"type": "Mention", "href": BEN},
            {"type": "Mention", "href": "https://other.example/@cleo"},
            {"type": "Mention", "href": "https://other.example/users/cleo"},
            {"type": "Mention", "href": "nobody"},
            "odd",
            {"type": "Emoji"},
        ],
        "likes": {"type": "Collection", "totalItems": 3},
        "shares": {"type": "Collection", "totalItems": -1},
        "replies": {"type": "Collection"},
    }
    batch = _read(tmp_path, _doc("Create", note, published=None))
    ada, id_ = "mastodon:ada@social.example", "mastodon:https://x.example/1"
    assert [(a.id, a.verb, a.author, a.object, a.topics) for a in batch.activity] == [
        (id_, "Create", ada, NOTE, ("tea-time",)),
        (f"{id_}:Reply", "Reply", "mastodon:ben@other.example", "https://other.example/@ben/42", ("tea-time",)),
        (f"{id_}:Quote", "Quote", "web:b.example", "https://b.example/p", ("b",)),
        (
            f"{id_}:Mention:mastodon:cleo@other.example",
            "Mention",
            "mastodon:cleo@other.example",
            NOTE,
            ("tea-time",),
        ),
    ]
    assert {(a.at, a.seen_at) for a in batch.activity} == {(AT, AT)}
    assert batch.activity[0].url == "https://social.example/@Ada/1"
    assert batch.observations == [Observation(f"mastodon:{NOTE}:likes:3", "mastodon", "likes", ada, NOTE, 3, None, AT)]


def test_topics_are_found_in_the_text_of_posts(tmp_path: Path) -> None:
    asked: list[tuple[str, tuple[str, ...]]] = []

    def find(text: str, tags: Sequence[str]) -> list[str]:
        asked.append((text, tuple(tags)))
        return ["Tea"]

    note = {"id": NOTE, "content": "<p>A cup of &quot;tea&quot;</p>", "summary": "Drinks"}
    tagged = {**note, "tag": [{"type": "Hashtag", "name": "#Cups"}]}
    path = tmp_path / "activity.jsonl"
    path.write_text(json.dumps(_doc("Create", tagged)) + "\n" + json.dumps(_doc("Like", note)) + "\n")
    (batch,) = ActivityStreamsFormat(find).read(path, latest=LATEST)
    assert [activity.topics for activity in batch.activity] == [("cups", "tea"), ()]
    assert asked == [('Drinks\n A cup of "tea" ', ("cups",))]


def test_an_answer_to_nobody_known_is_only_a_post(tmp_path: Path) -> None:
    assert [
        verb for verb, *_ in _deeds(tmp_path, _doc("Create", {"id": NOTE, "inReplyTo": "https://b.example/1"}))
    ] == ["Create"]


def test_taking_back_names_what_is_taken_back(tmp_path: Path) -> None:
    like = _doc("Like", "https://other.example/@ben/42", id="https://social.example/likes/7")
    ada = "mastodon:ada@social.example"
    batch = _read(tmp_path, like)
    assert _deeds(
        tmp_path,
        _doc("Undo", like),
        _doc("Undo", "https://social.example/likes/7"),
        _doc("Undo", "k:forum:1:Like"),
        _doc("Delete", {"type": "Tombstone", "id": NOTE}),
        _doc("Delete", NOTE),
    ) == [
        ("Delete", ada, ada, batch.activity[0].id),
        ("Delete", ada, ada, batch.activity[0].id),
        ("Delete", ada, ada, "forum:1:Like"),
        ("Delete", ada, ada, NOTE),
        ("Delete", ada, ada, NOTE),
    ]
    assert _reason(tmp_path, _doc("Undo", {"type": "Like"})) == "object: does not say what is undone"
    assert _reason(tmp_path, _doc("Delete", None)) == "object: does not say what is deleted"


def test_accepting_a_follower_is_no_reaction(tmp_path: Path) -> None:
    follow = {"type": "Follow", "actor": BEN, "object": ADA}
    assert _deeds(tmp_path, _doc("Accept", follow), _doc("Update", {}), _doc("Question", {})) == []
    assert _deeds(tmp_path, follow) == [("Follow", "mastodon:ben@other.example", "mastodon:ada@social.example", None)]


def test_an_unknown_time_is_left_out(tmp_path: Path) -> None:
    batch = _read(
        tmp_path,
        {**_doc("Follow", BEN), "published": None},
        {**_doc("Follow", BEN), "published": None, "k:observed": PUBLISHED, "id": "k:bluesky:follow:1"},
    )
    assert [(a.at, a.seen_at) for a in batch.activity] == [(None, LATEST), (None, AT)]
    assert batch.activity[1].id == "bluesky:follow:1"


def test_activity_without_an_id_gets_one_from_what_it_says(tmp_path: Path) -> None:
    one, two = ({**_doc("Follow", other), "id": None} for other in (BEN, ADA))
    batch = _read(tmp_path, one, two, one)
    first, second, again = (a.id for a in batch.activity)
    assert first == again != second


def test_very_long_ids_are_shortened(tmp_path: Path) -> None:
    batch = _read(tmp_path, _doc("Follow", BEN, id="https://x.example/" + "x" * 5000))
    assert len(batch.activity[0].id) == len("mastodon:") + 32


def test_bad_lines_are_rejected(tmp_path: Path) -> None:
    batch = _read(
        tmp_path,
        _doc("Follow", BEN),
        '{"type": "Follow"',
        "[1]",
        '{"a":' * 100_000,
        '{"type": "Follow", "n": NaN}',
        '{"type": "Follow", "n": ' + "9" * 5000 + "}",
        _doc("Follow", BEN, published="2023-11-14"),
        _doc("Follow", BEN, published="2099-01-01T00:00:00Z"),
        _doc("Follow", "https://other.example/@b\0n"),
        _doc("Follow", "https://other.example/@\ud800"),
        {"type": "Note", "attributedTo": ADA},
        {"type": ["Follow", "Like"], "actor": BEN, "object": ADA},
    )
    assert [reject.line for reject in batch.rejects] == list(range(2, 12))
    assert [a.actor for a in batch.activity] == ["mastodon:ada@social.example", "mastodon:ben@other.example"]
    assert batch.rejects[-1].reason == "type 'Note' is no activity of ActivityStreams"


_ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(["", BEN, NOTE, PUBLISHED]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "type", "tag", "actor", "attributedTo", "totalItems"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)

_KEYS = ("id", "actor", "published", "k:verb", "k:network", "k:observed", "attributedTo", "object")


@given(
    st.fixed_dictionaries(
        {"type": st.sampled_from([*fediverse._READERS, *VERBS])},
        optional=dict.fromkeys(
            ("id", "actor", "published", "k:verb", "k:network", "k:observed", "attributedTo", "object"), _ANYTHING
        ),
    ),
    st.dictionaries(st.sampled_from(["id", "inReplyTo", "quote", "tag", "likes", "url", "attributedTo"]), _ANYTHING),
)
def test_whatever_stands_in_a_document_it_is_read_or_rejected(
    tmp_path_factory: pytest.TempPathFactory, doc: dict[str, Any], note: dict[str, Any]
) -> None:
    docs = [doc, {**doc, "actor": ADA, "object": note, "published": PUBLISHED}]
    batch = _read(tmp_path_factory.mktemp("fuzz"), _doc("Follow", BEN), *docs)
    assert batch.activity[0].verb == "Follow"
    assert all(EARLIEST <= each.seen_at <= LATEST for each in batch.activity)
    assert {reject.line for reject in batch.rejects} <= {2, 3}


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_the_outbox_of_an_archive(tmp_path: Path, indent: int | None, pack: type[bytes]) -> None:
    items = [_doc("Follow", BEN), "https://other.example/@ben/1", _doc("Follow", BEN, id="https://x.example/2")]
    outbox = {"@context": "https://www.w3.org/ns/activitystreams", "type": "OrderedCollection", "orderedItems": items}
    path = tmp_path / "outbox.json"
    path.write_bytes(pack(json.dumps(outbox, indent=indent).encode()))
    (batch,) = FORMAT.read(path, latest=LATEST)
    assert [a.id for a in batch.activity] == ["mastodon:https://x.example/1", "mastodon:https://x.example/2"]
    assert [reject.reason for reject in batch.rejects] == ["element 2: not a JSON object"]
    assert batch.position == 3


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("listed", [True, False])
def test_a_single_document(tmp_path: Path, indent: int | None, listed: bool) -> None:
    path = tmp_path / "one.json"
    doc = _doc("Follow", BEN)
    path.write_text("\n" + json.dumps([doc] if listed else doc, indent=indent))
    (batch,) = FORMAT.read(path, latest=LATEST)
    assert (len(batch.activity), batch.rejects) == (1, [])


def test_a_bad_first_line_does_not_make_a_document(tmp_path: Path) -> None:
    assert len(_read(tmp_path, '{"type": "Li', _doc("Follow", BEN)).activity) == 1


def test_gzip_that_breaks_off_keeps_what_was_before(tmp_path: Path) -> None:
    lines = "".join(json.dumps(_doc("Follow", BEN, id=f"https://x.example/{n**5}")) + "\n" for n in range(2000))
    packed = gzip.compress(lines.encode(), mtime=0)
    path = tmp_path / "activity.jsonl.gz"
    path.write_bytes(packed[: len(packed) // 2])
    (batch,) = FORMAT.read(path, latest=LATEST)
    assert len(batch.activity) > 100
    assert [reject.line for reject in batch.rejects] == [len(batch.activity) + 1]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ('{"name": "a-package", "version": "1.0"}', "element 1: type '' is no activity|type '' is no activity"),
        ('{"type": "FeatureCollection", "features": []}', "type 'FeatureCollection' is no activity"),
        ('{\n "type": "Person"\n}', "element 1: type 'Person' is no activity"),
        ('{"orderedItems": ["https://x.example/1"]}', "element 1: not a JSON object"),
        ('{"orderedItems": []}', "the file is empty"),
        ("[", "element 1: the document breaks off here"),
    ],
)
def test_other_json_is_refused(tmp_path: Path, content: str, why: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(content)
    with pytest.raises(NotOfFormat, match=why):
        list(FORMAT.read(path, latest=LATEST))


def test_only_the_outbox_of_an_archive_is_activity(tmp_path: Path) -> None:
    for name in ("a/outbox.json", "a/actor.json", "a/likes.json", "b/one.jsonl", "b/two.json.gz", "b/three.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    assert [str(path.relative_to(tmp_path)) for path in FORMAT.sources(tmp_path)] == [
        "a/outbox.json", "b/one.jsonl", "b/two.json.gz"
    ]  # fmt: skip
