from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.errors import GuardRefused, LayoutUnknown, PageError, PartialPage
from syncd.core.markup import abstract_from_raw, title_from_raw
from syncd.core.model import Author, Metadata, Paper, PaperId
from syncd.rehearsal.history import NEW_YORK, small_history
from syncd.rehearsal.reply import Reply
from syncd.rehearsal.scene import scene
from syncd.rehearsal.site import visit
from syncd.sources import rss
from syncd.sources.rss import Feed

if TYPE_CHECKING:
    from pathlib import Path

ANNOUNCE_TYPE = "{http://arxiv.org/schemas/atom}announce_type"


def item(
    name: str = "2104.02703v1",
    kind: str = "new",
    *,
    title: str = "Moving Away from Moss",
    abstract: str = "Moss is left alone.\n  Stones are not.",
    categories: tuple[str, ...] = ("cs.CV", "cs.AI"),
) -> str:
    terms = "".join(f"<category>{category}</category>" for category in categories)
    return (
        f"<item><title>{title}</title><link>https://arxiv.org/abs/{name[:10]}</link>"
        f"<description>arXiv:{name} Announce Type: {kind} \nAbstract: {abstract}</description>"
        f'<guid isPermaLink="false">oai:arXiv.org:{name}</guid>{terms}'
        "<pubDate>Wed, 07 Apr 2021 00:00:00 -0400</pubDate>"
        f"<arxiv:announce_type>{kind}</arxiv:announce_type><dc:creator>A. Author, B. Author</dc:creator></item>\n"
    )


def feed(*items: str) -> bytes:
    return (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        '<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0">\n'
        "<channel><title>cs.CV updates on arXiv.org</title><link>http://rss.arxiv.org/rss/cs.CV</link>"
        "<description>cs.CV updates on the arXiv.org e-print archive.</description>"
        "<lastBuildDate>Wed, 07 Apr 2021 04:00:05 +0000</lastBuildDate>"
        "<pubDate>Wed, 07 Apr 2021 00:00:00 -0400</pubDate><skipDays><day>Sunday</day><day>Saturday</day></skipDays>\n"
        f"{''.join(items)}</channel></rss>\n"
    ).encode()


def test_a_broken_item_hides_no_other_and_is_named() -> None:
    found = rss.read(feed(item(), item("2104.02704v1", title=""), item("cs/1v1"), item("2104.02705v1", "cross")))
    assert [paper.id for paper in (*found.new, *found.cross)] == ["2104.02703", "2104.02705"]
    assert [(one.where, one.id) for one in found.unreadable] == [
        ("item 2 of the feed", "2104.02704"),
        ("item 3 of the feed", None),
    ]


def refused(body: bytes) -> tuple[type[PageError], str]:
    with pytest.raises(PageError) as caught:
        rss.read(body)
    return type(caught.value), caught.value.reason


PAPER = Paper(
    PaperId("2104.02703"),
    "Moving Away from Moss",
    "Moss is left alone. <br>Stones are not.",
    1,
    ("cs.CV", "cs.AI"),
    Metadata((Author("A. Author"), Author("B. Author")), journal_reference="", doi=""),
)


def test_a_feed_has_an_address() -> None:
    assert rss.feed_url("https://rss.arxiv.example/", "cs.CV") == "https://rss.arxiv.example/rss/cs.CV"


def test_a_feed_states_its_category_its_building_and_its_day() -> None:
    assert rss.read(feed(item())) == Feed(
        "cs.CV", datetime(2021, 4, 7, 4, 0, 5, tzinfo=UTC), date(2021, 4, 7), (PAPER,), (), ()
    )


def test_an_item_states_authors_licence_journal_reference_and_doi() -> None:
    more = (
        "<dc:rights>http://creativecommons.org/licenses/by/4.0/</dc:rights><arxiv:DOI>10.9999/1</arxiv:DOI>"
        '<arxiv:journal_reference>Pond &amp; Shade 3</arxiv:journal_reference><dc:creator>J\\"orn M\\"uhlbach, É. D</dc:creator>'
    )
    (paper,) = rss.read(feed(item().replace("<dc:creator>A. Author, B. Author</dc:creator>", more))).new
    assert paper.metadata == Metadata(
        (Author("Jörn Mühlbach"), Author("É. D")),
        journal_reference="Pond & Shade 3",
        doi="10.9999/1",
        licence="http://creativecommons.org/licenses/by/4.0/",
    )


def test_several_creators_are_authors_too() -> None:
    (paper,) = rss.read(feed(item().replace("A. Author, B. Author", "A. One</dc:creator><dc:creator>B. Two"))).new
    assert paper.metadata.authors == (Author("A. One"), Author("B. Two"))


def test_a_day_without_a_mailing_has_no_papers() -> None:
    found = rss.read(feed())
    assert (found.new, found.cross, found.replaced) == ((), (), ())


def test_the_day_is_the_one_written_down_not_that_of_its_utc_moment() -> None:
    body = feed().replace(b"<pubDate>Wed, 07 Apr 2021 00:00:00 -0400", b"<pubDate>Tue, 06 Apr 2021 23:30:00 -0400")
    assert rss.read(body).day == date(2021, 4, 6)


def test_items_stand_in_the_section_they_are_announced_for() -> None:
    kinds = {"new": "2104.02703v1", "cross": "2104.01111v1", "replace": "2103.00001v3", "replace-cross": "2102.00002v2"}
    found = rss.read(feed(*(item(name, kind) for kind, name in kinds.items())))
    assert [paper.id for paper in found.new] == ["2104.02703"]
    assert [paper.id for paper in found.cross] == ["2104.01111"]
    assert [(paper.id, paper.version) for paper in found.replaced] == [("2103.00001", 3), ("2102.00002", 2)]


@pytest.mark.parametrize(
    "text",
    [
        "A &amp;amp; B, R&amp;D and &amp;lt;i&amp;gt;",
        "&lt;b&gt;bold&lt;/b&gt; &lt;script&gt;x&lt;/script&gt; &amp;nbsp; $a &lt; b$",
        "Ã© is not é",
        "\u0080 and \u0096 are no dashes",
        "Abstract: of arXiv:2104.00001v1 Announce Type: new \nAbstract: twice",
        "Erdős, 漢字 and 𝒳",
    ],
)
def test_a_text_arrives_as_it_was_sent(text: str) -> None:
    body = feed(item(title=text, abstract=text))
    raw = ET.fromstring(body).findtext("channel/item/title")
    assert raw is not None
    (paper,) = rss.read(body).new
    assert (paper.title, paper.abstract) == (title_from_raw(raw), abstract_from_raw(raw))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("<guid", "<other", (LayoutUnknown, "not-xml")),
        ("oai:arXiv.org:2104.02703v1", "oai:arXiv.org:word", (LayoutUnknown, "entry-id")),
        ("oai:arXiv.org:2104.02703v1", "oai:arXiv.org:2104.02703v2", (LayoutUnknown, "description")),
        ("2104.02703v1", "2104.02703", (LayoutUnknown, "entries")),
        ("Type: new", "Type: cross", (LayoutUnknown, "description")),
        (">new<", ">old<", (LayoutUnknown, "announce-type")),
        ("Abstract:", "Summary:", (LayoutUnknown, "description")),
        ("Moss is left alone.\n  Stones are not.", "", (LayoutUnknown, "description")),
        ("<title>Moving Away from Moss</title>", "", (LayoutUnknown, "entries")),
        ("<category>cs.CV</category><category>cs.AI</category>", "", (LayoutUnknown, "entries")),
        ("07 Apr 2021 04:00:05", "07 Avr 2021 04:00:05", (LayoutUnknown, "dates")),
        ("07 Apr 2021 04:00:05 +0000", "", (LayoutUnknown, "dates")),
        ("04:00:05 +0000", "04:00:05 -0000", (LayoutUnknown, "dates")),
        ("07 Apr 2021 04:00:05 +0000", "31 Dec 9999 23:00:05 -0200", (LayoutUnknown, "dates")),
        ("04:00:05 +0000", f"04:00:05 +{10**20}", (LayoutUnknown, "dates")),
    ],
)
def test_a_feed_is_understood_entirely_or_not_at_all(old: str, new: str, expected: tuple[type[PageError], str]) -> None:
    body = feed(item()).decode()
    assert old in body
    assert refused(body.replace(old, new).encode()) == expected


def test_the_declared_encoding_changes_nothing() -> None:
    body = feed(item(title="Söhne")).replace(b"encoding='UTF-8'", b"encoding='cp1251'")
    assert rss.read(body).new[0].title == "Söhne"


def test_a_paper_named_twice_is_a_contradiction() -> None:
    assert refused(feed(item(), item(kind="cross"))) == (GuardRefused, "duplicate-id")


RDF = b"""<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<channel rdf:about="http://arxiv.org/"><title>cs.CV updates on arXiv.org</title></channel></rdf:RDF>
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b" \n", (PartialPage, "truncated")),
        (feed(item())[:-8], (PartialPage, "truncated")),
        (RDF, (LayoutUnknown, "rdf")),
        (b"<rss><gml:pos xmlns:gml='http://www.opengis.net/gml'>1</gml:pos></rss>", (LayoutUnknown, "layout")),
        (b"Rate exceeded.", (LayoutUnknown, "not-xml")),
        (b"<html><body>Not found</body></html>", (LayoutUnknown, "not-rss")),
        (feed(item()).replace(b'version="2.0"', b'version="0.91"'), (LayoutUnknown, "not-rss")),
        (feed(item(title="a &nbsp; b")), (LayoutUnknown, "not-xml")),
        (feed(item()).replace(b"Moss", b"M\xf6ss"), (LayoutUnknown, "encoding")),
        (b'<!DOCTYPE a [<!ENTITY b "c">]>' + feed(item()).partition(b"\n")[2], (LayoutUnknown, "doctype")),
    ],
)
def test_what_is_no_whole_feed_is_not_read(body: bytes, expected: tuple[type[PageError], str]) -> None:
    assert refused(body) == expected


def test_a_feed_cut_anywhere_is_partial() -> None:
    body = feed(item(title="Über Böen", abstract="Stürme &amp; Böen")).rstrip()
    assert {refused(body[:size]) for size in range(len(body))} == {(PartialPage, "truncated")}


@given(noise=st.binary(max_size=40), at=st.integers(0, 1300))
def test_no_bytes_break_the_reader(noise: bytes, at: int) -> None:
    body = feed(item())
    with suppress(PageError):
        rss.read(body[:at] + noise + body[at + len(noise) :])


def loopback(now: datetime) -> Feed:
    reply = visit(scene(small_history(), now, now - now), rss.feed_url("", "cs.CV"), 100, 2000)
    assert isinstance(reply, Reply)
    return rss.read(reply.body)


def test_the_feed_of_the_loopback_arxiv_is_its_mailing_of_today() -> None:
    found = loopback(datetime(2026, 7, 8, 12, tzinfo=NEW_YORK))
    assert (found.category, found.day) == ("cs.CV", date(2026, 7, 8))
    assert found.new
    assert PaperId("2606.31777") in {paper.id for paper in found.replaced}


def test_the_feed_of_the_loopback_arxiv_is_empty_on_a_sunday() -> None:
    found = loopback(datetime(2026, 7, 12, 12, tzinfo=NEW_YORK))
    assert (found.new, found.cross, found.replaced) == ((), (), ())


# Real payloads


@pytest.mark.shared
def test_a_real_feed_is_read_whole(shared: Path) -> None:
    body = (shared / "samples/live-2026-08/rss_cs.CL.xml").read_bytes()
    found = rss.read(body)
    assert (found.category, found.day) == ("cs.CL", date(2026, 8, 13))
    assert found.built == datetime(2026, 8, 13, 4, 0, 13, tzinfo=UTC)
    assert (len(found.new), len(found.cross), len(found.replaced)) == (56, 36, 32 + 15)
    assert all(paper.categories[0] == "cs.CL" for paper in found.new)
    assert all(paper.categories[0] != "cs.CL" and "cs.CL" in paper.categories for paper in found.cross)
    for block in (found.new, found.cross):
        assert [paper.id for paper in block] == sorted(paper.id for paper in block)


@pytest.mark.shared
def test_real_texts_are_those_of_the_xml(shared: Path) -> None:
    body = (shared / "samples/live-2026-08/rss_cs.CL.xml").read_bytes()
    found = rss.read(body)
    got = {f"{paper.id}v{paper.version}": paper for paper in (*found.new, *found.cross, *found.replaced)}
    items = ET.fromstring(body).findall("channel/item")
    assert len(items) == len(got) == 139
    for one in items:
        paper = got[(one.findtext("guid") or "").removeprefix("oai:arXiv.org:")]
        described = one.findtext("description") or ""
        assert described.startswith(f"arXiv:{paper.id}v{paper.version} Announce Type: {one.findtext(ANNOUNCE_TYPE)} \n")
        assert paper.title == title_from_raw(one.findtext("title") or "")
        assert paper.abstract == abstract_from_raw(described.partition("Abstract: ")[2])
    assert sum("<br>" in (paper.abstract or "") for paper in got.values()) >= 10


@pytest.mark.shared
def test_real_feeds_that_cannot_be_read_say_why(shared: Path) -> None:
    rdf = (shared / "samples/rss-rdf-2018/hep-ex_2018-05-23.rdf").read_bytes()
    assert refused(rdf) == (LayoutUnknown, "rdf")
    head = (shared / "samples/rss-2025-fragment/rss_cs.CV_2025-09-18_head.xml.txt").read_bytes()
    assert refused(head.partition(b"\n")[2]) == (PartialPage, "truncated")
