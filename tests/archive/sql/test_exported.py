"""Papers to export: their order, where each fact comes from, and pages that keep the memory flat."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from syncd.core.exported_paper import ExportedPaper
from syncd.core.model import Author, Certainty, Metadata, PaperId, Section, Version
from syncd.core.query import EVERYTHING, MailingDates, parse_query
from tests.support.stored_mailings import (
    NOW,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    current_paper,
    entry,
    mailing_of,
    statements,
    without_begin,
)

if TYPE_CHECKING:
    from syncd.archive.sql.store import Store
    from syncd.core.query import Condition

pytest_plugins = ("tests.support.postgres_server",)


def list_ids(store: Store, condition: Condition = EVERYTHING) -> list[str]:
    return [paper.id for paper in store.exported_papers(condition)]


def read_query(typed: str) -> Condition:
    condition = parse_query(typed)
    assert condition is not None
    return condition


def put_three_days(store: Store) -> None:
    """Record the mailings of three days, the newest first. One paper is in two of them."""
    store.put_mailings([mailing_of(THURSDAY, entry("2104.00301"), entry("2104.00102", Section.CROSS))])
    store.put_mailings([mailing_of(TUESDAY, entry("2104.00109"), entry("2104.00102"), entry("2104.00101", None))])
    store.put_mailings([mailing_of(WEDNESDAY, entry("cs/0401001", Section.CROSS))])


def test_papers_come_by_their_first_mailing_and_their_number_there(store: Store) -> None:
    put_three_days(store)
    assert list_ids(store) == ["2104.00109", "2104.00102", "2104.00101", "cs/0401001", "2104.00301"]


def test_a_range_is_one_of_first_mailings(store: Store) -> None:
    put_three_days(store)
    assert list_ids(store, MailingDates(WEDNESDAY, WEDNESDAY)) == ["cs/0401001"]
    assert list_ids(store, MailingDates(WEDNESDAY)) == ["cs/0401001", "2104.00301"]
    assert list_ids(store, MailingDates(until=TUESDAY)) == ["2104.00109", "2104.00102", "2104.00101"]
    assert list_ids(store, MailingDates(THURSDAY + timedelta(1))) == []


def test_a_query_must_fit_what_the_first_mailing_announced(store: Store) -> None:
    put_three_days(store)
    later = entry("2104.00109", Section.CROSS, title="Another word")
    store.put_mailings([mailing_of(WEDNESDAY, later, entry("2104.00201", title="Another one"))])
    assert list_ids(store, read_query("another")) == ["2104.00201"]
    assert list_ids(store, read_query("titles")) == ["2104.00109", "2104.00102", "2104.00101", "2104.00301"]


def test_a_paper_that_is_known_from_its_mailing_alone_has_no_facts_of_today(store: Store) -> None:
    store.put_mailings([mailing_of(TUESDAY, entry("2104.00101", None, version=None, certainty=Certainty.ADOPTED))])
    assert list(store.exported_papers(EVERYTHING)) == [
        ExportedPaper(
            id=PaperId("2104.00101"),
            day=TUESDAY,
            number=1,
            section=None,
            certainty=Certainty.ADOPTED,
            version=None,
            title="Title of 2104.00101",
            abstract="Abstract of 2104.00101.",
        )
    ]


def test_a_paper_has_all_that_a_source_stated_of_it(store: Store) -> None:
    store.put_mailings([mailing_of(TUESDAY, entry("2104.00101"))])
    authors = (Author("Zoe Last", "Zoe", "Last"), Author("Ann First"))
    metadata = Metadata(authors, "Zoe", "5 pages", "", "10.1/x", "R-1", "14A", "I.4", "http://example.org/licence")
    first, second = Version(1, NOW), Version(2, NOW + timedelta(1), withdrawn=True, size=12, source_type="I")
    shown = current_paper("2104.00101", title="Another title")
    record = replace(shown.record, versions=(first, second), metadata=metadata)
    store.put_records([replace(shown, record=record)])
    (paper,) = store.exported_papers(EVERYTHING)
    assert (paper.title, paper.abstract) == ("Title of 2104.00101", "Abstract of 2104.00101.")
    assert (paper.current_title, paper.current_abstract) == ("Another title", "Abstract.")
    assert (paper.section, paper.version, paper.latest_version) == (Section.NEW, 1, 2)
    assert (paper.metadata, paper.categories) == (metadata, ("cs.CV", "cs.LG"))
    assert (paper.versions, paper.withdrawn) == ((first, second), True)
    assert (paper.last_modified, paper.source, paper.seen) == (date(2021, 4, 10), "oai", NOW)


def test_a_current_text_is_given_where_it_differs_only(store: Store) -> None:
    announced = [
        entry("2104.00101", title="Same", abstract="Abstract."),
        entry("2104.00102", title="Same", abstract="Another."),
    ]
    store.put_mailings([mailing_of(TUESDAY, *announced)])
    store.put_records([current_paper("2104.00101", title="Same"), current_paper("2104.00102", title="Same")])
    texts = [(paper.current_title, paper.current_abstract) for paper in store.exported_papers(EVERYTHING)]
    assert texts == [(None, None), (None, "Abstract.")]


def test_texts_have_no_markup(store: Store) -> None:
    text = 'a &lt; b, see <a class="link-https" href="https://example.org">this https URL</a> <br>and more'
    store.put_mailings([mailing_of(TUESDAY, entry("2104.00101", title="x &amp; y", abstract=text))])
    (paper,) = store.exported_papers(EVERYTHING)
    assert paper.title == "x & y"
    assert "<" in paper.abstract
    assert not {"&lt;", "<br>", "<a"} & set(paper.abstract.split())


def test_a_page_of_papers_is_read_at_a_time(store: Store) -> None:
    entries = [entry(f"2104.{number:05}") for number in range(1, 26)]
    store.put_mailings([mailing_of(TUESDAY, *entries[:13]), mailing_of(WEDNESDAY, *entries[13:])])
    papers = store.exported_papers(EVERYTHING, page_size=10)
    with statements(store) as sent:
        first = [paper.id for paper in islice(papers, 10)]
        assert len(without_begin(sent)) == 1 + 3
        rest = [paper.id for paper in papers]
        assert len(without_begin(sent)) == 1 + 3 * 3
    assert first + rest == [one.id for one in entries]
