from __future__ import annotations

import re
import tracemalloc
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import chain, repeat
from time import process_time
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.errors import GuardRefused, LayoutUnknown, PageError, PartialPage
from syncd.core.markup import abstract_from_raw, title_from_raw
from syncd.core.model import Author, Metadata, PaperId, Record, Unreadable, Version, paper_id
from syncd.rehearsal.history import NEW_YORK, small_history
from syncd.rehearsal.reply import Reply
from syncd.rehearsal.scene import Scene, scene
from syncd.rehearsal.site import visit
from syncd.sources import oai
from syncd.sources.oai import Batch, TokenRefused
from tests.support.abstract_page import read_abstract_page

if TYPE_CHECKING:
    from pathlib import Path

BASE = "https://oaipmh.arxiv.example/oai"
NOON = datetime(2026, 7, 13, 12, tzinfo=NEW_YORK)
RAW = "{http://arxiv.org/OAI/arXivRaw/}"


def version(number: int, created: str, kind: str = "D") -> str:
    return f'<version version="v{number}"><date>{created}</date><size>7kb</size><source_type>{kind}</source_type></version>'


STATED = Metadata((Author("A. Author"),), "A. Author", "", "", "", "", "", "", "none")
"""What `record` states."""
DIFFERENT_IDS = "header and metadata name different ids"
ODD_VERSIONS = "its versions are not v1, v2 and so on"
FIRST = version(1, "Tue, 6 Apr 2021 17:59:59 GMT")


def record(
    paper: str = "2104.02703",
    *,
    versions: str = FIRST,
    title: str = "Moving Away from Moss",
    abstract: str = "  Moss is left alone.\n  Stones are not.\n",
    categories: str = "cs.CV cs.LG",
    datestamp: str = "2021-04-08",
) -> str:
    return (
        f"<record><header><identifier>oai:arXiv.org:{paper}</identifier><datestamp>{datestamp}</datestamp>"
        "<setSpec>cs:cs:CV</setSpec></header>\n<metadata>"
        f'<arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>{paper}</id><submitter>A. Author</submitter>{versions}'
        f"<title>{title}</title><authors>A. Author</authors><categories>{categories}</categories>"
        f"<license>none</license><abstract>{abstract}</abstract></arXivRaw></metadata></record>\n"
    )


def answer(content: str, verb: str = "ListRecords") -> bytes:
    body = f"<{verb}>{content}</{verb}>" if verb else content
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">\n'
        "<responseDate>2021-04-09T00:30:00Z</responseDate>\n"
        f'<request verb="ListRecords" metadataPrefix="arXivRaw">{BASE}</request>\n{body}\n</OAI-PMH>\n'
    ).encode()


def refused(body: bytes) -> tuple[type[PageError], str]:
    with pytest.raises(PageError) as caught:
        oai.read(body)
    return type(caught.value), caught.value.reason


def ids(batch: Batch) -> list[str]:
    return [found.id for found in batch.records]


# Addresses


@pytest.mark.parametrize(
    ("category", "name"),
    [
        ("cs.CV", "cs:cs:CV"),
        ("math.AG", "math:math:AG"),
        ("hep-th", "physics:hep-th"),
        ("math-ph", "physics:math-ph"),
        ("astro-ph.CO", "physics:astro-ph:CO"),
        ("physics.optics", "physics:physics:optics"),
        ("q-bio.NC", "q-bio:q-bio:NC"),
        ("eess", "eess:eess"),
    ],
)
def test_a_category_has_a_set(category: str, name: str) -> None:
    assert oai.set_of(category) == name


def test_a_harvest_asks_for_days_of_modification() -> None:
    asked = f"{BASE}?verb=ListRecords&metadataPrefix=arXivRaw&set=cs:cs:CV&from=2021-04-07"
    assert oai.first_url(BASE, "cs:cs:CV", date(2021, 4, 7)) == asked
    assert oai.first_url(BASE, "cs:cs:CV", date(2021, 4, 7), date(2021, 4, 9)) == f"{asked}&until=2021-04-09"


def test_a_token_is_sent_as_it_was_received() -> None:
    assert oai.next_url(BASE, "from%3D2021&skip=2500|7") == (
        f"{BASE}?verb=ListRecords&resumptionToken=from%253D2021%26skip%3D2500%7C7"
    )


# Records


def test_a_record_holds_the_text_as_its_author_typed_it() -> None:
    body = answer(
        record(title="Less &lt; More &amp;\n  Other Stories", abstract="  A $x &gt; y$&#39;s line.\n  Another.\n")
    )
    assert oai.read(body).records == (
        Record(
            id=PaperId("2104.02703"),
            title="Less < More &\n  Other Stories",
            abstract="  A $x > y$'s line.\n  Another.\n",
            categories=("cs.CV", "cs.LG"),
            versions=(Version(1, datetime(2021, 4, 6, 17, 59, 59, tzinfo=UTC), size=7, source_type="D"),),
            datestamp=date(2021, 4, 8),
            metadata=STATED,
        ),
    )


def test_versions_have_their_times_and_the_withdrawn_one_its_mark() -> None:
    versions = FIRST + version(2, "Wed, 06 Dec 2023 03:30:32 GMT", "I") + version(3, "Thu, 7 Dec 2023 00:00:00 GMT", "")
    (found,) = oai.read(answer(record(versions=versions))).records
    assert found.versions == (
        Version(1, datetime(2021, 4, 6, 17, 59, 59, tzinfo=UTC), size=7, source_type="D"),
        Version(2, datetime(2023, 12, 6, 3, 30, 32, tzinfo=UTC), withdrawn=True, size=7, source_type="I"),
        Version(3, datetime(2023, 12, 7, tzinfo=UTC), size=7),
    )


def test_a_version_without_a_source_type_is_not_withdrawn() -> None:
    versions = '<version version="v1"><date>Thu, 27 Nov 1997 23:53:13 GMT</date><size>21kb</size></version>'
    (found,) = oai.read(answer(record("hep-th/9711999", versions=versions, categories="hep-th"))).records
    assert found.id == "hep-th/9711999"
    assert not found.versions[0].withdrawn


def test_the_answer_says_what_to_ask_next_and_when_it_was_given() -> None:
    batch = oai.read(answer(record() + '<resumptionToken cursor="0"> a%3Db%26skip%3D2500\n</resumptionToken>'))
    assert batch.token == "a%3Db%26skip%3D2500"
    assert batch.answered == datetime(2021, 4, 9, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize("end", ["", "<resumptionToken/>", "<resumptionToken> </resumptionToken>"])
def test_the_last_part_has_no_token(end: str) -> None:
    assert oai.read(answer(record() + end)).token is None


def test_a_single_record_is_read_as_well() -> None:
    assert ids(oai.read(answer(record(), "GetRecord"))) == ["2104.02703"]


def test_deleted_records_are_distinguished() -> None:
    gone = (
        '<record><header status="deleted"><identifier>oai:arXiv.org:2104.02704</identifier>'
        "<datestamp>2021-04-09</datestamp></header></record>"
    )
    batch = oai.read(answer(record() + gone))
    assert ids(batch) == ["2104.02703"]
    assert batch.deleted == ("2104.02704",)
    assert batch.bad_records == ()


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("oai:arXiv.org:2104.02703", "2104.02703", ("2104.02703", "no identifier oai:arXiv.org:ID")),
        ("oai:arXiv.org:2104.02703", "oai:arXiv.org:no id", ("2104.02703", "not an arXiv id: 'no id'")),
        ("<identifier>oai:arXiv.org:2104.02703</identifier>", "", ("2104.02703", "no identifier oai:arXiv.org:ID")),
        ("<id>2104.02703</id>", "<id>2104.02704</id>", (None, DIFFERENT_IDS)),
        ("<id>2104.02703</id>", "", ("2104.02703", DIFFERENT_IDS)),
        (FIRST, "", ("2104.02703", ODD_VERSIONS)),
        ('version="v1"', 'version="v2"', ("2104.02703", ODD_VERSIONS)),
        ('version="v1"', 'version="1"', ("2104.02703", ODD_VERSIONS)),
        ("6 Apr 2021", "31 Apr 2021", ("2104.02703", "day is out of range for month")),
        ("6 Apr 2021", "6 Avr 2021", ("2104.02703", "no such time: 'Tue, 6 Avr 2021 17:59:59 GMT'")),
        (":59 GMT", ":59 +0200", ("2104.02703", "no such time: 'Tue, 6 Apr 2021 17:59:59 +0200'")),
        ("<title>Moving Away from Moss</title>", "", ("2104.02703", "no title")),
        ("Moving Away from Moss", "Moving <b>Away</b>", ("2104.02703", "<title> stands twice or has elements inside")),
        ("<title>", "<title>Another</title><title>", ("2104.02703", "<title> stands twice or has elements inside")),
        ("cs.CV cs.LG", " ", ("2104.02703", "no categories")),
        ("<metadata>", "<metadata/><other>", ("2104.02703", "not exactly one element of metadata")),
        ("<record>", '<record xmlns="">', ("2104.02703", "not a record: record")),
        ("record>", "rec>", ("2104.02703", "not a record: {http://www.openarchives.org/OAI/2.0/}rec")),
        ("<header>", '<header xmlns="">', ("2104.02703", "no identifier oai:arXiv.org:ID")),
        ("<metadata>", '<metadata xmlns="">', ("2104.02703", "not exactly one element of metadata")),
        ("OAI/arXivRaw/", "OAI/arXiv/", ("2104.02703", "not arXivRaw: {http://arxiv.org/OAI/arXiv/}arXivRaw")),
        ("<version ", '<version xmlns="" ', ("2104.02703", "another namespace: version")),
        ("<license>", '<license xmlns="">', ("2104.02703", "another namespace: license")),
    ],
)
def test_a_bad_record_is_named_and_harms_no_other(old: str, new: str, why: tuple[str | None, str]) -> None:
    bad = record().replace(old, new)
    if "<other>" in new:
        bad = bad.replace("</metadata>", "</other>")
    batch = oai.read(answer(record("2104.02701") + bad + record("2104.02709")))
    assert ids(batch) == ["2104.02701", "2104.02709"]
    (found,) = batch.bad_records
    assert (found.id, found.why) == why
    assert (found.where, found.after, found.before) == ("record 2", "2104.02701", "2104.02709")


def test_a_single_record_in_another_format_says_nothing_about_the_format_of_the_others() -> None:
    (bad,) = oai.read(answer(record().replace("OAI/arXivRaw/", "OAI/arXiv/"))).bad_records
    assert (bad.id, bad.datestamp) == ("2104.02703", date(2021, 4, 8))


def test_an_unknown_part_of_a_list_that_names_no_paper_is_no_record() -> None:
    batch = oai.read(answer('<total xmlns="">2</total>' + record() + "<note/>"))
    assert (ids(batch), batch.bad_records) == (["2104.02703"], ())


def test_a_record_that_names_two_datestamps_has_none() -> None:
    twice = record(categories="").replace("<setSpec>", "<datestamp>2021-04-09</datestamp><setSpec>")
    assert [bad.datestamp for bad in oai.read(answer(twice)).bad_records] == [None]


def test_a_bad_datestamp_is_a_bad_record() -> None:
    batch = oai.read(answer(record(datestamp="yesterday")))
    assert batch.bad_records == (
        Unreadable("record 1", "Invalid isoformat string: 'yesterday'", paper_id("2104.02703")),
    )


# Metadata


def list_names(stated: Metadata) -> list[str]:
    return [author.name for author in stated.authors or ()]


def stated(elements: str, *, old: str = "<license>none</license>") -> Metadata:
    (found,) = oai.read(answer(record().replace(old, elements))).records
    return found.metadata


def test_a_record_states_all_that_arxiv_knows() -> None:
    assert stated(
        "<comments>12 pages,\n  in French: \\'Etude</comments><report-no>POND-7</report-no><msc-class>68T45</msc-class>"
        "<acm-class>I.4.8</acm-class><journal-ref>J. Pond &amp; Shade 3 (2021)</journal-ref><doi>10.9999/1 10.9999/2</doi>"
        "<license>http://creativecommons.org/licenses/by/4.0/</license>"
    ) == Metadata(
        authors=(Author("A. Author"),),
        submitter="A. Author",
        comments="12 pages, in French: Étude",
        journal_reference="J. Pond & Shade 3 (2021)",
        doi="10.9999/1 10.9999/2",
        report_number="POND-7",
        msc_class="68T45",
        acm_class="I.4.8",
        licence="http://creativecommons.org/licenses/by/4.0/",
    )


def test_a_field_without_its_element_is_stated_to_be_none() -> None:
    assert stated("") == replace(STATED, licence="")


def test_authors_that_name_no_one_are_not_stated() -> None:
    for odd in (
        "",
        "<authors/>",
        "<authors>, (the list is missing)</authors>",
        "<authors><author>A. B</author></authors>",
    ):
        assert stated(odd, old="<authors>A. Author</authors>") == replace(STATED, authors=None)


def test_odd_optional_elements_leave_a_record_readable() -> None:
    assert stated("<comments>one</comments><comments>two</comments>").comments == "one"
    assert stated("<comments/><comments>two</comments>").comments == "two"
    assert stated("<comments>7 <b>pages</b></comments>").comments is None
    assert stated("<comments>a\u202eb\u0085c</comments>").comments == "ab c"
    assert len(stated(f"<comments>{'x' * 30_000}</comments>").comments or "") == 10_000
    assert stated("<other/><other/>") == replace(STATED, licence="")


@pytest.mark.parametrize(
    ("size", "read"),
    [("1102kb", 1102), ("0kb", 0), ("", None), ("kb", None), ("-1kb", None), ("7mb", None), ("9" * 12 + "kb", None)],
)
def test_the_size_of_a_version_is_in_kilobytes(size: str, read: int | None) -> None:
    (found,) = oai.read(answer(record(versions=FIRST.replace("7kb", size)))).records
    assert found.versions[0].size == read


def test_an_odd_source_type_is_cleaned_and_bounded() -> None:
    (found,) = oai.read(answer(record(versions=FIRST.replace(">D<", f"> D\u202e {'S' * 200}<")))).records
    assert found.versions[0].source_type == "D " + "S" * 77 + "…"


# Answers


def test_no_match_is_an_empty_batch() -> None:
    batch = oai.read(answer('<error code="noRecordsMatch">none</error>', ""))
    assert batch == Batch((), None, (), (), datetime(2021, 4, 9, 0, 30, tzinfo=UTC))


def test_a_refused_token_is_a_case_of_its_own() -> None:
    body = answer('<error code="badResumptionToken">expired</error>', "")
    assert refused(body) == (TokenRefused, "badResumptionToken")
    assert issubclass(TokenRefused, GuardRefused)


@pytest.mark.parametrize(
    "code", ["badArgument", "badVerb", "cannotDisseminateFormat", "idDoesNotExist", "noSetHierarchy"]
)
def test_other_errors_of_the_protocol_mean_that_we_asked_wrongly(code: str) -> None:
    assert refused(answer(f'<error code="{code}">no</error>', "")) == (LayoutUnknown, code)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"Rate exceeded.", "not-xml"),
        (b"<html><body><p>Down for now<br></body></html>", "not-xml"),
        (b"<html><body>Down</body></html>", "no-records"),
        (answer("<repositoryName>arXiv</repositoryName>", "Identify"), "no-records"),
        (answer("").replace(b"openarchives.org", b"closedarchives.org"), "no-records"),
        (answer(record() * 2).replace(b"OAI/arXivRaw/", b"OAI/arXiv/"), "format"),
        (answer(record(), "GetRecord").replace(b"OAI/arXivRaw/", b"OAI/arXiv/"), "format"),
        (answer(record(title="A &nbsp; B")), "not-xml"),
        (answer(record()).replace(b"Moss", b"M\xf6ss"), "encoding"),
        (answer(record()).decode().encode("utf-16"), "encoding"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]>' + answer(record()).partition(b"\n")[2], "doctype"),
        (answer("") + answer(""), "not-xml"),
    ],
)
def test_what_is_no_answer_is_not_read(body: bytes, reason: str) -> None:
    assert refused(body) == (LayoutUnknown, reason)


def test_a_document_type_is_found_across_pieces() -> None:
    body = b'<!DOCTYPE a [<!ENTITY b "c">]>' + answer(record()).partition(b"\n")[2]
    with pytest.raises(LayoutUnknown) as caught:
        oai.read_chunks(body[at : at + 3] for at in range(0, len(body), 3))
    assert caught.value.reason == "doctype"


def test_the_declared_encoding_cannot_hide_anything() -> None:
    body = answer(record(title="Söhne")).replace(b'encoding="UTF-8"', b'encoding="cp037"')
    assert oai.read(body).records[0].title == "Söhne"


def test_an_answer_cut_anywhere_is_partial() -> None:
    body = answer(record() + record("2104.02704", title="Über Böen")).rstrip()
    kinds = {refused(body[:size]) for size in range(len(body))}
    assert kinds == {(PartialPage, "truncated")}


def test_what_is_done_with_is_let_go() -> None:
    head, end = answer("|").split(b"|")
    padded = record().replace("<license>", f"<other>{'x' * 20_000}</other><license>").encode()
    tracemalloc.start()
    try:
        batch = oai.read_chunks(chain([head], repeat(padded, 400), [end]))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(batch.records) == 400
    assert peak < 4_000_000


@given(size=st.integers(1, 400))
def test_pieces_of_any_size_say_the_same(size: int) -> None:
    body = answer(record(title="Über Böen &amp; Wind") + record("2104.02704") + "<resumptionToken>x</resumptionToken>")
    assert oai.read_chunks(body[at : at + size] for at in range(0, len(body), size)) == oai.read(body)


@given(noise=st.binary(max_size=40), at=st.integers(0, 900))
def test_no_bytes_break_the_reader(noise: bytes, at: int) -> None:
    body = answer(record())
    with suppress(PageError):
        oai.read(body[:at] + noise + body[at + len(noise) :])


# The loopback arXiv


def asked(here: Scene, url: str, page: int) -> Batch:
    reply = visit(here, url.removeprefix("https://loopback"), page, 2000)
    assert isinstance(reply, Reply)
    return oai.read(reply.body)


def test_a_harvest_of_the_loopback_arxiv_brings_every_record_once() -> None:
    here = scene(small_history(), NOON, NOON - NOON)
    url: str | None = oai.first_url("https://loopback/oai", oai.set_of("cs.CV"), date(2000, 1, 1), date(2026, 12, 31))
    found: list[Record] = []
    while url is not None:
        batch = asked(here, url, 4)
        found += batch.records
        assert batch.bad_records == ()
        url = oai.next_url("https://loopback/oai", batch.token) if batch.token else None
    expected = here.records(here.members("cs.CV"))
    assert sorted(found, key=lambda one: one.id) == sorted(expected, key=lambda one: one.id)
    assert any(one.versions[-1].withdrawn for one in found)


def test_the_loopback_arxiv_errs_as_the_protocol_says() -> None:
    here = scene(small_history(), NOON, NOON - NOON)
    assert asked(here, oai.first_url("https://loopback/oai", "cs:cs:CV", date(2030, 1, 1)), 4).records == ()
    with pytest.raises(TokenRefused):
        asked(here, oai.next_url("https://loopback/oai", "worn out"), 4)


# Real payloads


@pytest.mark.shared
def test_every_real_set_belongs_to_its_category(shared: Path) -> None:
    names = {
        spec.text or ""
        for spec in ET.parse(shared / "samples/live-2026-08/sets.xml").iter(
            "{http://www.openarchives.org/OAI/2.0/}setSpec"
        )
    }
    archives = {name for name in names if name.count(":") == 1}
    categories = {name for name in names if name.count(":") == 2}
    assert {oai.set_of(name.split(":")[1]) for name in archives} == archives
    assert {oai.set_of(".".join(name.split(":")[1:])) for name in categories} == categories


@pytest.mark.shared
@pytest.mark.parametrize("name", ["1207.7214", "1706.03762", "hep-th_9711200"])
def test_a_real_record_has_the_texts_and_versions_of_its_abstract_page(shared: Path, name: str) -> None:
    live = shared / "samples/live-2026-08"
    body = (live / f"oai_raw_{name}.xml").read_bytes()
    (found,) = oai.read(body).records
    raw = next(ET.fromstring(body).iter(f"{RAW}arXivRaw"))
    assert (found.title, found.abstract) == (raw.findtext(f"{RAW}title"), raw.findtext(f"{RAW}abstract"))
    page = read_abstract_page((live / f"abs_{name}.html").read_bytes())
    versions = tuple(replace(one, size=None, source_type=None) for one in found.versions)
    assert (found.id, versions, found.categories[0]) == (page.id, page.versions, page.primary)
    assert (title_from_raw(found.title), abstract_from_raw(found.abstract)) == (page.title, page.abstract)


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59-01:00", "0001-01-01T00:00:00+01:00"])
def test_a_time_of_the_answer_that_utc_does_not_have_is_none(time: str) -> None:
    body = answer(record())
    found = oai.read(re.sub(rb"(<responseDate>)[^<]*", rb"\g<1>" + time.encode(), body))
    assert (found.answered, ids(found)) == (None, ["2104.02703"])


def test_a_response_of_empty_records_is_read_in_time_that_grows_with_it() -> None:
    start = process_time()
    found = oai.read(answer(record() + "<record/>" * 20_000))
    assert (len(found.bad_records), found.bad_records[-1].after) == (20_000, "2104.02703")
    assert process_time() - start < 3


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (answer("<a>" * 100_000), "too-deep"),
        (answer(record()).replace(b"<ListRecords>", b"<a/>" * 100_000 + b"<ListRecords>"), "too-many-elements"),
        (answer("<record/>" * 50_001), "too-many-elements"),
        (answer(record(title="x" * (600 << 10))), "too-long"),
        (answer(f"<!--{'x' * (600 << 10)}-->"), "too-long"),
    ],
)
def test_a_response_that_would_fill_the_memory_with_elements_is_refused(body: bytes, reason: str) -> None:
    assert refused(body) == (LayoutUnknown, reason)


@pytest.mark.parametrize("long", [f"<![CDATA[{'<' * (1 << 19)}]]>", "&lt;" * (1 << 17) + "<b/>" + "x" * (1 << 19)])
def test_a_record_of_longer_texts_than_arxivs_is_a_bad_record(long: str) -> None:
    batch = oai.read(answer(record("2104.02701") + record().replace("Moving Away from Moss", long)))
    assert (ids(batch), [bad.id for bad in batch.bad_records]) == (["2104.02701"], ["2104.02703"])


@pytest.mark.shared
def test_the_real_answers_of_2015_are_read(shared: Path) -> None:
    folder = shared / "samples/oai-2015-errors-and-token"
    listed = oai.read((folder / "ListRecordsResponse.xml").read_bytes())
    assert (len(listed.records), listed.token, listed.bad_records) == (6, "726959|1001", ())
    assert "\n  " in listed.records[0].title
    assert listed.records[0].versions == (Version(1, datetime(2007, 4, 3, 22, 4, 11, tzinfo=UTC), size=294),)
    assert list_names(listed.records[0].metadata) == ["D.V. Shetty", "S.J. Yennello", "G.A. Souliotis"]
    assert listed.records[1].metadata.msc_class == "05A15, 05A16"
    assert len(oai.read((folder / "GetRecordResponse.xml").read_bytes()).records) == 1
    assert oai.read((folder / "ErrorResponseNoRecordsMatch.xml").read_bytes()).records == ()
    for name in ("BadArgument", "BadVerb", "IdDoesNotExist"):
        kind, reason = refused((folder / f"ErrorResponse{name}.xml").read_bytes())
        assert (kind, reason.lower()) == (LayoutUnknown, name.lower())
    assert refused((folder / "ErrorResponseBadResumptionToken.xml").read_bytes())[0] is TokenRefused


@pytest.mark.shared
def test_real_records_in_other_formats_are_refused(shared: Path) -> None:
    samples = shared / "samples"
    others = [*samples.glob("live-2026-08/oai_arxiv_*"), *samples.glob("live-2026-08/oai_dc_*")]
    assert others
    for path in [*others, samples / "oai-2015-dc-page/page0.xml"]:
        assert refused(path.read_bytes()) == (LayoutUnknown, "format"), path.name
