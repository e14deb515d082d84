from __future__ import annotations

import json
import re
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.errors import LayoutUnknown, PageError, PartialPage
from syncd.core.markup import abstract_from_raw, title_from_raw
from syncd.core.model import Author, Metadata, Paper, PaperId
from syncd.rehearsal.history import NEW_YORK, small_history
from syncd.rehearsal.reply import Reply
from syncd.rehearsal.scene import scene
from syncd.rehearsal.site import visit
from syncd.sources import api, feed_xml, oai
from syncd.sources.api import ApiAnswer, ApiEntry, ApiError, BadEntry, VersionRequest

if TYPE_CHECKING:
    from pathlib import Path

BASE = "https://export.arxiv.example/api/query"
NOON = datetime(2026, 7, 13, 12, tzinfo=NEW_YORK)
ATOM = "{http://www.w3.org/2005/Atom}"


def entry(
    name: str = "2104.02703v1",
    *,
    title: str = "Moving Away from Moss",
    summary: str = "Moss is left alone.\n  Stones are not.",
    terms: tuple[str, ...] = ("cs.LG", "cs.CV"),
    primary: str = "cs.CV",
) -> str:
    tags = "".join(f'<category term="{term}" scheme="http://arxiv.org/schemas/atom"/>' for term in terms)
    return (
        f"<entry><id>http://arxiv.org/abs/{name}</id><title>{title}</title><updated>2021-04-06T17:59:59Z</updated>"
        f'<link href="https://arxiv.org/abs/{name}" rel="alternate" type="text/html"/><summary>{summary}</summary>{tags}'
        f'<published>2021-04-05T01:02:03Z</published><arxiv:primary_category term="{primary}"/>'
        "<author><name>A. Author</name></author></entry>\n"
    )


def feed(*entries: str, total: str | None = None) -> bytes:
    return (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        '<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom" '
        'xmlns="http://www.w3.org/2005/Atom">\n<id>https://arxiv.org/api/abc</id><title>arXiv Query</title>'
        f"<updated>2021-04-09T00:00:00Z</updated><opensearch:totalResults>{total or len(entries)}</opensearch:totalResults>"
        f"\n{''.join(entries)}</feed>\n"
    ).encode()


def refused(body: bytes) -> tuple[type[PageError], str]:
    with pytest.raises(PageError) as caught:
        api.read(body)
    return type(caught.value), caught.value.reason


def asked(*names: str) -> list[VersionRequest]:
    found = [name.partition("v") for name in names]
    return [(PaperId(name), int(version) if version else None) for name, _, version in found]


PAPER = Paper(
    PaperId("2104.02703"),
    "Moving Away from Moss",
    "Moss is left alone. <br>Stones are not.",
    1,
    ("cs.CV", "cs.LG"),
    Metadata((Author("A. Author"),), comments="", journal_reference="", doi=""),
)

# Addresses


def test_an_address_asks_for_versions_and_for_as_many_results() -> None:
    (url,) = api.list_urls(BASE, asked("2104.02703v1", "cs/0401001", "hep-th/9711999v12"))
    assert url == f"{BASE}?id_list=2104.02703v1,cs/0401001,hep-th/9711999v12&max_results=3"


def test_each_is_asked_for_once() -> None:
    (url,) = api.list_urls(BASE, asked("2104.02703v1", "2104.02703", "2104.02703v1"))
    assert url == f"{BASE}?id_list=2104.02703v1,2104.02703&max_results=2"


def test_nothing_wanted_is_nothing_asked() -> None:
    assert list(api.list_urls(BASE, [])) == []


@given(
    wanted=st.lists(
        st.tuples(
            st.integers(1, 99999).map(lambda n: PaperId(f"2104.{n:05}"))
            | st.just(PaperId("cond-mat.stat-mech/0401001")),
            st.none() | st.integers(1, 9999),
        ),
        max_size=700,
    ),
    size=st.integers(1, 400),
)
def test_addresses_are_short_enough_and_leave_nothing_out(wanted: list[VersionRequest], size: int) -> None:
    addresses = list(api.list_urls(BASE, wanted, size))
    names = []
    for url in addresses:
        assert len(f"GET {url} HTTP/1.1\r\n") <= 4094
        part = re.fullmatch(r"id_list=(.+)&max_results=(\d+)", urlsplit(url).query)
        assert part is not None
        names.append(part[1].split(","))
        assert len(names[-1]) == int(part[2]) <= size
    expected = dict.fromkeys(paper if version is None else f"{paper}v{version}" for paper, version in wanted)
    assert [name for part in names for name in part] == list(expected)


def test_an_address_holds_no_more_than_asked_and_no_more_than_fits() -> None:
    wanted = [(PaperId(f"2104.{number:05}"), 1) for number in range(1000)]
    assert [url[-2:] for url in api.list_urls(BASE, wanted[:25], 10)] == ["10", "10", "=5"]
    lengths = [len(url) for url in api.list_urls(BASE, wanted, 2000)]
    assert len(lengths) == 4
    assert all(3900 < length <= 4000 for length in lengths[:-1])


def test_250_first_versions_fit_into_one_address() -> None:
    wanted = [(PaperId(f"2104.{number:05}"), 1) for number in range(500)]
    assert len(list(api.list_urls(BASE, wanted))) == 2


# Answers


def test_an_entry_is_a_paper_in_canonical_form() -> None:
    assert api.read(feed(entry())) == ApiAnswer(
        (ApiEntry(PAPER, datetime(2021, 4, 5, 1, 2, 3, tzinfo=UTC), datetime(2021, 4, 6, 17, 59, 59, tzinfo=UTC)),), 1
    )


def test_an_entry_states_authors_comments_journal_reference_and_doi() -> None:
    more = (
        "<author><name> The POND Collaboration</name><arxiv:affiliation>Harbour Town</arxiv:affiliation></author>"
        "<author><name>Jörn Mühlbach</name></author><arxiv:comment>7 pages,\n  in \\'Etude</arxiv:comment>"
        "<arxiv:journal_ref>Pond &amp; Shade 3</arxiv:journal_ref><arxiv:doi>10.9999/1</arxiv:doi></entry>"
    )
    (paper,) = api.read(feed(entry().replace("</entry>", more))).papers
    names = ("A. Author", "The POND Collaboration", "Jörn Mühlbach")
    assert paper.metadata == Metadata(
        tuple(map(Author, names)), comments="7 pages, in Étude", journal_reference="Pond & Shade 3", doi="10.9999/1"
    )


def test_odd_optional_elements_leave_an_entry_readable() -> None:
    more = "<arxiv:comment scheme='x'>one</arxiv:comment><arxiv:doi>1</arxiv:doi><arxiv:doi>2</arxiv:doi></entry>"
    old = "<author><name>A. Author</name></author>"
    (found,) = api.read(feed(entry().replace(old, "").replace("</entry>", more))).found
    assert (found.comment, found.paper.metadata.comments, found.paper.metadata.authors) == ("", None, None)
    assert found.paper.metadata.doi in ("1", "2")


def test_the_primary_category_comes_first() -> None:
    (paper,) = api.read(feed(entry(terms=("cs.LG", "cs.CV", "eess.IV", "cs.LG"), primary="eess.IV"))).papers
    assert paper.categories == ("eess.IV", "cs.LG", "cs.CV")


@pytest.mark.parametrize(
    "text",
    [
        "A &amp;amp; B, R&amp;D and &amp;lt;i&amp;gt;",
        "&lt;b&gt;bold&lt;/b&gt; &lt;script&gt;x&lt;/script&gt; &amp;nbsp; $a &lt; b$",
        "it&#39;s https://code.example.org/a?b=1&amp;c=2 here",
        "line one\n  paragraph\nwrapped",
        "Ã© is not é",
        "\u0080 and \u0096 are no dashes",
        "Über naïve Möbius",
        "Erdős, 漢字 and 𝒳",
        "ü",
    ],
)
def test_a_text_arrives_as_it_was_sent(text: str) -> None:
    body = feed(entry(title=text, summary=text))
    raw = ET.fromstring(body).findtext(f"{ATOM}entry/{ATOM}title")
    assert raw is not None
    (paper,) = api.read(body).papers
    assert (paper.title, paper.abstract) == (title_from_raw(raw), abstract_from_raw(raw))


def test_a_text_that_is_marked_as_html_is_still_the_authors() -> None:
    text = "&lt;A HREF=x&gt;&lt;script&gt;y&lt;/script&gt; $a&lt;b$"
    (paper,) = api.read(feed(entry(title=text).replace("<title>", '<title type="html">'))).papers
    assert paper.title == text


def test_an_answer_without_papers_is_no_error() -> None:
    assert api.read(feed()) == ApiAnswer((), 0)


def test_an_empty_page_says_how_much_it_withholds() -> None:
    assert api.read(feed(total="95")).total == 95
    assert api.read(feed(total="many")).total is None


def test_an_error_is_reported_by_name_and_sentence() -> None:
    body = feed(
        "<entry><id>https://arxiv.org/api/errors#incorrect_id_format_for_x</id><title>Error</title>"
        "<updated>2021-04-09T00:00:00Z</updated><summary>incorrect id format for x</summary></entry>"
    )
    assert api.read(body) == ApiAnswer((), None, ApiError("incorrect_id_format_for_x", "incorrect id format for x"))


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("2104.02704v1", "2104.02704", BadEntry("2104.02704", "no version")),
        ("http://arxiv.org/abs/2104.02704v1", "", BadEntry("2", "not an arXiv id: ''")),
        ("abs/2104.02704v1", "abs/word", BadEntry("word", "not an arXiv id: 'word'")),
        ("<title>Moving Away from Moss</title>", "", BadEntry("2104.02704v1", "no title")),
        ("Moss is left alone.\n  Stones are not.", " ", BadEntry("2104.02704v1", "no summary")),
        ("primary_category", "other", BadEntry("2104.02704v1", "no primary category among its categories")),
        ('y term="cs.CV"/>', 'y term="cs.AI"/>', BadEntry("2104.02704v1", "no primary category among its categories")),
        ("2021-04-05T01:02:03Z", "", BadEntry("2104.02704v1", "no published")),
        ("2021-04-05T01:02:03Z", "2021-04-05T01:02:03", BadEntry("2104.02704v1", "published has no time zone")),
        (
            "2021-04-05T01:02:03Z",
            "9999-12-31T23:59:59-01:00",
            BadEntry("2104.02704v1", "no such time in UTC: 9999-12-31T23:59:59-01:00"),
        ),
    ],
)
def test_a_bad_entry_is_named_and_harms_no_other(old: str, new: str, why: BadEntry) -> None:
    bad = entry("2104.02704v1")
    assert old in bad
    answer = api.read(feed(entry(), bad.replace(old, new), entry("2104.02705v1")))
    assert [paper.id for paper in answer.papers] == ["2104.02703", "2104.02705"]
    assert answer.bad_entries == (why,)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", (PartialPage, "truncated")),
        (feed(entry())[:-9], (PartialPage, "truncated")),
        (b"Rate exceeded.", (LayoutUnknown, "not-xml")),
        (b"<html><body>Request Line is too large</body></html>", (LayoutUnknown, "not-atom")),
        (b"<feed><gml:pos xmlns:gml='http://www.opengis.net/gml'>1</gml:pos></feed>", (LayoutUnknown, "layout")),
        (feed(entry()).replace(b"</feed>", b""), (PartialPage, "truncated")),
        (feed(entry()).replace(b"2005/Atom", b"2005/Other"), (LayoutUnknown, "not-atom")),
        (feed(entry(title="a &nbsp; b")), (LayoutUnknown, "not-xml")),
        (feed(entry(title="a <b> c")), (LayoutUnknown, "not-xml")),
        (feed(entry()).replace(b"Moss", b"M\xf6ss"), (LayoutUnknown, "encoding")),
        (b'<!DOCTYPE a [<!ENTITY b "c">]>' + feed(entry()).partition(b"\n")[2], (LayoutUnknown, "doctype")),
    ],
)
def test_what_is_no_whole_answer_is_not_read(body: bytes, expected: tuple[type[PageError], str]) -> None:
    assert refused(body) == expected


def test_the_declared_encoding_changes_nothing() -> None:
    body = feed(entry(title="Söhne")).replace(b"encoding='UTF-8'", b"encoding='cp1251'")
    assert api.read(body).papers[0].title == "Söhne"


def test_a_feed_cut_anywhere_is_partial() -> None:
    body = feed(entry(title="Über Böen", summary="Stürme &amp; Böen")).rstrip()
    assert {refused(body[:size]) for size in range(len(body))} == {(PartialPage, "truncated")}


@given(noise=st.binary(max_size=40), at=st.integers(0, 1200))
def test_no_bytes_break_the_reader(noise: bytes, at: int) -> None:
    body = feed(entry())
    with suppress(PageError):
        api.read(body[:at] + noise + body[at + len(noise) :])


def test_feedparser_is_loaded_only_for_a_feed() -> None:
    code = "import sys; from syncd.sources import api, rss; sys.exit('feedparser' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# What has not come


def test_a_paper_that_did_not_come_is_asked_for_again() -> None:
    answers = [api.read(feed(entry("2104.02703v1"))), api.read(feed(entry("2104.02704v2")))]
    wanted = asked("2104.02703v1", "2104.02704v1", "2104.02704", "2104.02705v1", "2104.02705v1")
    assert api.list_missing(wanted, answers) == tuple(asked("2104.02704v1", "2104.02705v1"))


def test_an_error_and_an_empty_answer_bring_nothing() -> None:
    wanted = asked("2104.02703v1")
    assert api.list_missing(wanted, [ApiAnswer((), None, ApiError("a", "b")), ApiAnswer((), 0)]) == tuple(wanted)
    assert api.list_missing(wanted, []) == tuple(wanted)
    assert api.list_missing([], []) == ()


def test_the_loopback_arxiv_gives_first_versions() -> None:
    here = scene(small_history(), NOON, NOON - NOON)
    wanted = asked("2602.04711v1", "2606.31777v1", "cs/0401001", "2606.30377v1", "1901.00001")
    (url,) = api.list_urls("https://loopback/api/query", wanted)
    reply = visit(here, url.removeprefix("https://loopback"), 100, 2000)
    assert isinstance(reply, Reply)
    answer = api.read(reply.body)
    assert api.list_missing(wanted, [answer]) == tuple(asked("1901.00001"))
    texts = {paper.id: (paper.title, paper.abstract) for paper in answer.papers}
    assert texts[PaperId("2606.30377")][0] == "Schrödinger's Box Seen from Outside"
    assert (texts[PaperId("2602.04711")][1] or "").startswith("Pebbles are sorted by shade under one lamp.")


# Real payloads


def real_bodies(shared: Path) -> dict[str, bytes]:
    """Every stored answer. Those of 2026-04 were stored with their UTF-8 read as Latin-1, which is undone here."""
    samples = shared / "samples"
    found = {
        path.name: path.read_bytes()
        for pattern in ("live-2026-08/api_*", "api-2017/*")
        for path in samples.glob(pattern)
    }
    for path in samples.glob("api-2026-04/*.json"):
        found[path.name] = json.loads(path.read_bytes())["body"].encode("latin-1")
    return found


@pytest.mark.shared
def test_real_texts_are_those_of_the_xml(shared: Path) -> None:
    compared = 0
    for name, body in real_bodies(shared).items():
        answer = api.read(body)
        assert answer.bad_entries == (), name
        if answer.error is not None:
            continue
        raw = ET.fromstring(body).findall(f"{ATOM}entry")
        texts = [(one.findtext(f"{ATOM}title") or "", one.findtext(f"{ATOM}summary") or "") for one in raw]
        expected = [(title_from_raw(title), abstract_from_raw(summary)) for title, summary in texts]
        assert [(paper.title, paper.abstract) for paper in answer.papers] == expected, name
        compared += len(expected)
    assert compared > 400


@pytest.mark.shared
def test_feedparser_changes_nothing_but_outer_blanks(shared: Path) -> None:
    for name, body in real_bodies(shared).items():
        raw = ET.fromstring(body).findall(f"{ATOM}entry")
        for one, got in zip(raw, feed_xml.parse(body, "application/atom+xml", "entry", 100).entries, strict=True):
            for field in ("title", "summary"):
                assert feed_xml.get_text(got, field) == (one.findtext(ATOM + field) or "").strip(), name


@pytest.mark.shared
@pytest.mark.parametrize("name", ["1207.7214", "1706.03762", "hep-th_9711200"])
def test_the_api_and_oai_agree_on_a_real_paper(shared: Path, name: str) -> None:
    live = shared / "samples/live-2026-08"
    (found,) = api.read((live / f"api_{name}.xml").read_bytes()).found
    (record,) = oai.read((live / f"oai_raw_{name}.xml").read_bytes()).records
    assert found.paper == Paper(
        record.id,
        title_from_raw(record.title),
        abstract_from_raw(record.abstract),
        record.versions[-1].number,
        record.categories,
        replace(record.metadata, submitter=None, report_number=None, msc_class=None, acm_class=None, licence=None),
    )
    assert (found.published, found.updated) == (record.versions[0].created, record.versions[-1].created)


@pytest.mark.shared
def test_real_answers_keep_paragraphs_and_errors_are_reported(shared: Path) -> None:
    bodies = real_bodies(shared)
    for name in ("q_testing_s0_m100_cfe7536492ca.json", "query0.xml", "query1.xml"):
        assert any("<br>" in (paper.abstract or "") for paper in api.read(bodies[name]).papers), name
    assert api.read(bodies["api_error_start.xml"]).error == ApiError(
        "start_must_be_an_integer", "start must be an integer"
    )
    assert api.read(bodies["id_abc_s0_m100_b79c8dcf6bc3.json"]).error is not None
    assert api.read(bodies["api_zero_results.xml"]) == ApiAnswer((), 0)
    mixed = api.read(bodies["id_0808.05394_1707.08567_s0_m100_42e5aa0ec3af.json"])
    assert api.list_missing(asked("0808.05394", "1707.08567"), [mixed]) == tuple(asked("0808.05394"))


def test_entries_that_contradict_each_other_are_bad_and_equal_ones_are_not() -> None:
    assert len(api.read(feed(entry() + entry())).found) == 2
    answer = api.read(feed(entry() + entry().replace("</summary>", " More.</summary>")))
    assert (answer.found, {bad.why for bad in answer.bad_entries}) == ((), {"given twice, and differently"})


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ("<a>" * 70 + "</a>" * 70, "too-many-elements"),
        ("<a/>" * 200_000, "too-many-elements"),
        ("<entry/>" * 300, "too-many-elements"),
        ("<a:entry xmlns:a='http://www.w3.org/2005/Atom'/>" * 300, "too-many-elements"),
        (f"<a>{'x' * (1 << 19)}y</a>", "too-long"),
        (f"<a><![CDATA[{'<' * (1 << 19)}y]]></a>", "too-long"),
        (f"<a>{'&lt;' * (1 << 19)}y</a>", "too-long"),
    ],
)
def test_a_feed_larger_than_any_of_arxivs_is_refused_before_it_is_read(
    monkeypatch: pytest.MonkeyPatch, more: str, reason: str
) -> None:
    monkeypatch.setattr("feedparser.parse", None)
    with pytest.raises(LayoutUnknown) as refused:
        api.read(feed(entry(), more))
    assert refused.value.reason == reason
