"""The views that people open: the same names, columns and rows on both databases, and nothing that was never asked."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from syncd.archive.sql.accepted import Acceptance
from syncd.archive.sql.ledger import SqlLedger
from syncd.archive.sql.ledger_tables import REQUEST
from syncd.core.model import Author, Certainty, Change, Metadata, Paper, PaperId, Section, State
from tests.support.stored_mailings import (
    NOW,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    current_paper,
    entry,
    finding,
    mailing_of,
    two_papers,
)

if TYPE_CHECKING:
    from syncd.archive.sql.papers import Current
    from syncd.archive.sql.store import Store
    from tests.support.manual_clock import Clock

pytest_plugins = ("tests.support.postgres_server",)
LATER = NOW + timedelta(days=30)
CARE = PaperId("2104.00102")


def read(store: Store, query: str) -> list[tuple[object, ...]]:
    """Return the rows of a query, with days and moments as texts and yes or no as bool on either database."""
    with store.database.read() as connection:
        return [tuple(map(_to_plain, row)) for row in connection.exec_driver_sql(query)]


def _to_plain(value: object) -> object:
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT", value):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M}"
    return value.isoformat() if isinstance(value, date) else value


def revised(paper: str, versions: int, *, withdrawn: bool = False, **changes: object) -> Current:
    """Return a paper as OAI showed it after its newest version, which may be a withdrawal."""
    shown = current_paper(paper, versions=versions, seen=LATER, **changes)
    *before, newest = shown.record.versions
    return replace(shown, record=replace(shown.record, versions=(*before, replace(newest, withdrawn=withdrawn))))


def test_a_paper_is_one_row_with_its_first_mailing(store: Store) -> None:
    store.put_mailings([two_papers(THURSDAY, 2), two_papers(WEDNESDAY, 1)])
    assert read(
        store, "SELECT id, day, number, year, month, section, state, certainty FROM papers ORDER BY entry_id"
    ) == [
        ("2104.00102", "2021-04-07", 1, 2021, "2021-04", "new", "complete", "listed"),
        ("2104.00101", "2021-04-07", 2, 2021, "2021-04", "new", "complete", "listed"),
        ("2103.09999", "2021-04-07", 3, 2021, "2021-04", "cross", "complete", "listed"),
        ("2104.00202", "2021-04-08", 1, 2021, "2021-04", "new", "complete", "listed"),
        ("2104.00201", "2021-04-08", 2, 2021, "2021-04", "new", "complete", "listed"),
    ]


def test_what_no_source_was_asked_for_is_null(store: Store) -> None:
    store.put_mailings([mailing_of(WEDNESDAY, entry(CARE))])
    stated = "SELECT authors, primary_category, categories, latest_version, withdrawn, comments, doi, seen FROM papers"
    assert read(store, stated) == [(None,) * 8]
    assert read(store, "SELECT id FROM withdrawn UNION ALL SELECT id FROM revisions") == []
    assert read(store, "SELECT id FROM differences UNION ALL SELECT name FROM authors") == []


def test_a_paper_has_what_sources_stated_beside_what_was_announced(store: Store) -> None:
    store.put_mailings([mailing_of(WEDNESDAY, entry(CARE))])
    names = (Author("Ada Zuse", "Ada", "Zuse"), Author("Björn Ax", "Björn", "Ax"))
    stated = Metadata(names, comments="", doi="10.1000/1", journal_reference=None)
    one = revised(CARE, 2, title="A later title")
    store.put_records([replace(one, record=replace(one.record, metadata=stated))])
    assert read(
        store, "SELECT title, authors, primary_category, categories, latest_version, withdrawn FROM papers"
    ) == [("Title of 2104.00102", "Ada Zuse, Björn Ax", "cs.CV", "cs.CV cs.LG", 2, False)]
    assert read(store, "SELECT comments, journal_reference, doi, source, abs_link, pdf_link FROM papers") == [
        ("", None, "10.1000/1", "oai", "https://arxiv.org/abs/2104.00102", "https://arxiv.org/pdf/2104.00102")
    ]


def test_many_authors_stay_in_order(store: Store) -> None:
    store.put_mailings([mailing_of(WEDNESDAY, entry(CARE))])
    names = tuple(Author(f"Name {number * 7 % 40}") for number in range(40))
    one = current_paper(CARE)
    store.put_records([replace(one, record=replace(one.record, metadata=Metadata(names)))])
    assert read(store, "SELECT authors FROM papers") == [(", ".join(name.name for name in names),)]


def test_no_withdrawal_is_denied_by_a_source_that_names_none(store: Store) -> None:
    store.put_mailings([mailing_of(WEDNESDAY, entry(CARE))])
    store.put_records([revised(CARE, 2, source="snapshot")])
    assert read(store, "SELECT withdrawn FROM papers") == [(None,)]
    assert read(store, "SELECT version, withdrawn FROM revisions") == [(2, None)]
    store.put_records([revised(CARE, 2)])
    assert read(store, "SELECT withdrawn FROM papers") == [(False,)]


def test_days_and_months_count_what_is_certain(store: Store) -> None:
    store.put_mailings([two_papers(WEDNESDAY, 1), two_papers(THURSDAY, 2)])
    store.put_mailings([mailing_of(date(2021, 5, 4), entry("2105.00001", None), state=State.ADOPTED)])
    assert read(store, "SELECT * FROM papers_per_day ORDER BY day") == [
        ("2021-04-07", 2021, "2021-04", "complete", 2, 1, 3),
        ("2021-04-08", 2021, "2021-04", "complete", 2, 1, 3),
        ("2021-05-04", 2021, "2021-05", "adopted", None, None, 1),
    ]
    assert read(store, "SELECT * FROM papers_per_month ORDER BY month") == [
        ("2021-04", 2, 4, 2, 6),
        ("2021-05", 1, None, None, 1),
    ]


def test_an_author_counts_each_announced_paper_once(store: Store) -> None:
    store.put_mailings([two_papers(WEDNESDAY, 1), two_papers(THURSDAY, 2)])
    ada, max_ = Author("Ada Zuse"), Author("Max Max")
    for paper, names in (
        ("2104.00102", (ada, ada, max_)),
        ("2103.09999", (ada,)),
        ("2104.00201", (ada,)),
        ("2104.7", (ada,)),
    ):
        one = current_paper(paper)
        store.put_records([replace(one, record=replace(one.record, metadata=Metadata(names)))])
    assert read(store, "SELECT * FROM authors ORDER BY name") == [
        ("Ada Zuse", 3, "2021-04-07", "2021-04-08"),
        ("Max Max", 1, "2021-04-07", "2021-04-07"),
    ]


def test_a_revision_counts_days_from_the_first_mailing(store: Store) -> None:
    store.put_mailings([two_papers(THURSDAY, 2), two_papers(WEDNESDAY, 1)])
    store.put_records([revised(CARE, 3, withdrawn=True), revised("2104.00201", 2), revised("2104.77777", 2)])
    assert read(store, "SELECT * FROM revisions ORDER BY id, version") == [
        ("2104.00102", "2021-04-07", 2, "2021-04-09 00:30", 2, False),
        ("2104.00102", "2021-04-07", 3, "2021-04-10 00:30", 3, True),
        ("2104.00201", "2021-04-08", 2, "2021-04-09 00:30", 1, False),
    ]


def test_a_withdrawal_has_the_moment_at_which_it_was_known_first(store: Store) -> None:
    store.put_mailings([two_papers(THURSDAY, 2), mailing_of(WEDNESDAY, entry(CARE))])
    gone = revised(CARE, 2, withdrawn=True)
    for seen in (LATER, LATER - timedelta(days=1), LATER + timedelta(days=1)):
        store.put_records([replace(gone, seen=seen)])
    store.put_records([revised("2104.00202", 2)])
    assert read(store, "SELECT id, day, title, version, received, known, seen FROM withdrawn") == [
        (
            "2104.00102",
            "2021-04-07",
            "Title of 2104.00102",
            2,
            "2021-04-09 00:30",
            "2021-05-06 00:30",
            "2021-05-08 00:30",
        )
    ]
    store.put_records([revised(CARE, 3)])
    assert read(store, "SELECT id FROM withdrawn") == []


def test_differences_are_of_papers_for_which_a_source_was_asked(store: Store) -> None:
    same, other = PaperId("2104.00101"), PaperId("2103.09999")
    store.put_mailings([two_papers(WEDNESDAY, 1)])
    store.put_listed([Paper(same, f"Title of {same}", f"Abstract of {same}.", None, ("cs.CV",))], "new", NOW)
    store.put_records([revised(CARE, 2, title="Better"), revised(other, 1, title=f"Title of {other}")])
    columns = "SELECT id, day, field, announced, current, announced_version, latest_version, accepted"
    assert read(store, columns + " FROM differences ORDER BY id, field") == [
        ("2103.09999", "2021-04-07", "abstract", "Abstract of 2103.09999.", "Abstract.", 1, 1, False),
        ("2103.09999", "2021-04-07", "section", "cross", "new", 1, 1, False),
        ("2104.00102", "2021-04-07", "abstract", "Abstract of 2104.00102.", "Abstract.", 1, 2, False),
        ("2104.00102", "2021-04-07", "title", "Title of 2104.00102", "Better", 1, 2, False),
    ]


def test_an_accepted_difference_has_its_note(store: Store) -> None:
    store.put_mailings([two_papers(WEDNESDAY, 1)])
    store.put_records([revised("2103.09999", 1), revised(CARE, 2, title="Better")])
    title = Change(WEDNESDAY, "title-changed", CARE, "title", "Title of 2104.00102", "Better")
    section = Change(WEDNESDAY, "section-changed", PaperId("2103.09999"), "section", "cross", "new")
    store.accept(Acceptance(title, "as printed", NOW), Acceptance(section, "moved", NOW))
    assert read(store, "SELECT id, field, note FROM differences WHERE accepted ORDER BY id") == [
        ("2103.09999", "section", "moved"),
        ("2104.00102", "title", "as printed"),
    ]
    assert read(store, "SELECT count(*) FROM differences WHERE NOT accepted AND note IS NULL") == [(2,)]


def test_an_accepted_abstract_with_markup_is_left_to_the_program(store: Store) -> None:
    store.put_mailings([mailing_of(WEDNESDAY, entry(CARE), entry("2104.00101", abstract="For all a &lt; b."))])
    store.put_records([revised(CARE, 1), revised("2104.00101", 1)])
    plain = Change(WEDNESDAY, "abstract-changed", CARE, "abstract", "Abstract of 2104.00102.", "Abstract.")
    marked = Change(WEDNESDAY, "abstract-changed", PaperId("2104.00101"), "abstract", "For all a &lt; b.", "Abstract.")
    store.accept(Acceptance(plain, "as printed", NOW), Acceptance(marked, "marked", NOW))
    assert read(store, "SELECT id, accepted, note FROM differences WHERE field = 'abstract' ORDER BY id") == [
        ("2104.00101", None, "marked"),
        ("2104.00102", True, "as printed"),
    ]


def test_an_accepted_difference_of_another_text_does_not_count(store: Store) -> None:
    store.put_mailings([mailing_of(WEDNESDAY, entry(CARE))])
    store.put_records([revised(CARE, 2, title="Better &amp; best")])
    before = Change(WEDNESDAY, "title-changed", CARE, "title", "Title of 2104.00102", "Good")
    store.accept(Acceptance(before, "then", NOW))
    query = "SELECT accepted, note FROM differences WHERE field = 'title'"
    assert read(store, query) == [(False, None)]
    store.accept(Acceptance(replace(before, theirs="Better &amp; best"), "now", NOW))
    assert read(store, query) == [(True, "now")]


def test_a_paper_that_left_the_category_differs_in_its_section(store: Store) -> None:
    store.put_mailings([mailing_of(WEDNESDAY, entry(CARE, Section.CROSS), entry("2104.00101"))])
    gone = current_paper(CARE)
    store.put_records([replace(gone, record=replace(gone.record, categories=("cs.LG",))), current_paper("2104.00101")])
    assert read(store, "SELECT id, announced, current FROM differences WHERE field = 'section'") == [
        ("2104.00102", "cross", "none")
    ]


def test_coverage_has_every_date_from_the_first_to_the_last(store: Store) -> None:
    friday = date(2021, 4, 2)
    store.put_mailings([two_papers(WEDNESDAY, 1)])
    bounded = entry("2104.00301", None, certainty=Certainty.BOUNDED)
    assumed = entry("2104.00302", None, certainty=Certainty.ASSUMED)
    store.put_mailings([mailing_of(THURSDAY, bounded, assumed, state=State.RECONSTRUCTED)])
    store.put_finding(finding(friday, State.NO_MAILING, error=None), finding(TUESDAY))
    nothing = (None,) * 6
    assert read(store, "SELECT * FROM coverage ORDER BY day") == [
        ("2021-04-02", 5, "no-mailing", "new", "the page says so", None, *nothing),
        ("2021-04-03", 6, "not asked", None, None, None, *nothing),
        ("2021-04-04", 7, "not asked", None, None, None, *nothing),
        ("2021-04-05", 1, "not asked", None, None, None, *nothing),
        ("2021-04-06", 2, "failed", "new", "the page says so", "partial", *nothing),
        ("2021-04-07", 3, "complete", "new", "heading seen", None, 3, 3, 0, 0, 0, 0),
        ("2021-04-08", 4, "reconstructed", "new", "heading seen", None, 2, 0, 0, 1, 1, 0),
    ]


@pytest.mark.parametrize("of_mailing", [State.COMPLETE, State.ADOPTED, State.RECONSTRUCTED])
@pytest.mark.parametrize("of_finding", [State.NO_MAILING, State.PENDING, State.PARTIAL, State.FAILED, State.CONFLICT])
def test_of_two_states_of_a_date_the_first_counts(store: Store, of_mailing: State, of_finding: State) -> None:
    store.put_mailings([mailing_of(WEDNESDAY, entry(CARE), state=of_mailing)])
    store.put_finding(finding(WEDNESDAY, of_finding, evidence="found"))
    first = min((of_mailing, of_finding), key=list(State).index)
    evidence = "found" if first is of_finding else "heading seen"
    assert read(store, "SELECT state, evidence, papers FROM coverage") == [(first.value, evidence, 1)]


def test_an_empty_mailing_has_no_entry_of_any_certainty(store: Store) -> None:
    store.put_mailings([mailing_of(WEDNESDAY)])
    assert read(store, "SELECT papers, listed, adopted FROM coverage") == [(0, 0, 0)]


def test_an_empty_archive_has_no_coverage(store: Store) -> None:
    assert read(store, "SELECT * FROM coverage") == []


def test_requests_show_the_gap_within_their_pool(store: Store) -> None:
    begin = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
    sent = [
        (0.0, 1.25, "pages", 200),
        (3.5, 4.0, "api", 200),
        (17.000001, None, "pages", None),
        (20.0, 21.0, "api+pages", 503),
        (24.5, 25.0, "api", 200),
    ]
    with store.database.write() as connection:
        for started, ended, pool, status in sent:
            values = {
                "started": begin + timedelta(seconds=started),
                "ended": None if ended is None else begin + timedelta(seconds=ended),
                "host": "h",
                "pool": pool,
                "url": "u",
                "status": status,
                "pid": 1,
            }
            connection.execute(sa.insert(REQUEST).values(values))
    assert read(store, "SELECT pool, status, gap_seconds FROM requests ORDER BY id") == [
        ("pages", 200, None),
        ("api", 200, None),
        ("pages", None, 15.75),
        ("api+pages", 503, None),
        ("api", 200, 3.5),
    ]


def test_requests_show_what_the_ledger_wrote(store: Store, clock: Clock) -> None:
    ledger = SqlLedger(store.database, clock=clock.now)
    begun = ledger.begin_request("http://h/list", "h", ("pages",), timedelta(seconds=15))
    ledger.finish_request(begun, ("pages",), timedelta(seconds=15), status=200, size=7, outcome="ok")
    assert read(store, "SELECT host, url, status, bytes, outcome, gap_seconds FROM requests") == [
        ("h", "http://h/list", 200, 7, "ok", None)
    ]
