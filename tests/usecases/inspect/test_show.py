"""Showing a paper or a mailing of a small archive."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from syncd.archive.sql.papers import Current
from syncd.core.model import Certainty, Digest, Entry, Paper, PaperId, Record, Section, State, Version
from syncd.core.paper_history import Deletion
from syncd.report.text import paper_lines
from syncd.usecases.inspect.history import of_paper
from syncd.usecases.inspect.show import show_day, show_paper
from syncd.usecases.reconcile.write import Provenance, write_mailing
from tests.support.plain_text import strip_colour
from tests.support.row_damage import lose
from tests.support.sound_archive import DAY, LISTED, Held, copied, invented

if TYPE_CHECKING:
    from pathlib import Path

CREATED = datetime(2021, 4, 6, 9, tzinfo=UTC)
HOW = Provenance(State.COMPLETE, "catchup", "heading of a page", None)


@pytest.fixture
def held(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Held:
    return copied(tmp_path_factory, tmp_path / "held")


def seen(paper: str, *versions: Version) -> Current:
    record = Record(PaperId(paper), "Raw", "Raw text", ("cs.CV", "cs.LG"), versions, date(2021, 5, 1))
    return Current(record, "A Later Title", "A later text.", "api", CREATED)


def test_a_mailing_is_shown_with_its_entries_and_evidence(held: Held) -> None:
    with held.open() as work:
        story = show_day(work, LISTED)
    assert (story.report.state, story.report.evidence) == (State.COMPLETE, "heading of a page")
    assert story.entries == invented(LISTED, 4, crossed=2, listed=True).entries
    assert story.mailing is not None
    assert story.mailing.papers == 6


@pytest.mark.parametrize("day", [date(2021, 4, 10), date(2021, 4, 5), date(2030, 1, 2), date.min, date.max])
def test_a_date_without_mailing_is_shown_with_its_state(held: Held, day: date) -> None:
    with held.open() as work:
        story = show_day(work, day)
    assert (story.mailing, story.entries) == (None, ())
    assert story.report.day == day


def test_a_mailing_whose_entries_are_gone_says_so(held: Held) -> None:
    held.sql(lose("entry", LISTED))
    with held.open() as work:
        assert show_day(work, LISTED).report.evidence == f"its entries are gone: syncd repair {LISTED}"


def test_a_paper_is_shown_as_announced(held: Held) -> None:
    with held.open() as work:
        story = show_paper(work, PaperId("2104.09003"))
    assert story is not None
    assert story.announced is not None
    assert story.announced.title == "3D Shapes ](and) Brackets [again]"
    assert [(one.day, one.number, one.section, one.certainty) for one in story.mailings] == [
        (DAY, 2, Section.NEW, Certainty.ADOPTED)
    ]
    assert (story.title, story.version, story.withdrawn) == (None, None, None)


def test_a_paper_is_shown_as_it_is_now_beside_what_was_announced(held: Held) -> None:
    with held.open() as work:
        work.store.put_records([seen("2104.09003", Version(1, CREATED), Version(2, CREATED, withdrawn=True))])
        story = show_paper(work, PaperId("2104.09003"))
    assert story is not None
    assert story.announced is not None
    assert (story.title, story.version, story.withdrawn) == ("A Later Title", 2, True)
    assert story.categories == ("cs.CV", "cs.LG")
    assert story.announced.title != story.title


def test_a_paper_of_no_mailing_is_shown_when_it_was_seen(held: Held) -> None:
    with held.open() as work:
        work.store.put_records([seen("2104.00001", Version(1, CREATED))])
        story = show_paper(work, PaperId("2104.00001"))
    assert story is not None
    assert (story.announced, story.mailings, story.title) == (None, (), "A Later Title")


def test_a_paper_in_two_mailings_is_announced_by_the_older(held: Held) -> None:
    old = Entry(PaperId("cs/0401001"), "An Old Title", "An old text.", Section.CROSS, 1, Certainty.LISTED)
    with held.open() as work:
        write_mailing(work, Digest(date(2021, 4, 9), "cs.CV", (old,)), HOW)
        write_mailing(work, Digest(date(2021, 4, 5), "cs.CV", (old,)), HOW)
        story = show_paper(work, PaperId("cs/0401001"))
    assert story is not None
    assert story.announced == old
    assert [one.day for one in story.mailings] == [date(2021, 4, 5), date(2021, 4, 9)]


def test_a_paper_never_met_is_none(held: Held) -> None:
    with held.open() as work:
        assert show_paper(work, PaperId("2104.99999")) is None


def test_a_paper_whose_versions_are_lost_is_shown_without(held: Held) -> None:
    with held.open() as work:
        work.store.put_records([seen("2104.09003", Version(1, CREATED))])
    held.sql("DELETE FROM version")
    with held.open() as work:
        story = show_paper(work, PaperId("2104.09003"))
    assert story is not None
    assert (story.title, story.version, story.withdrawn) == ("A Later Title", 1, None)


def test_the_newest_version_is_not_asked_where_a_page_alone_showed_the_paper(held: Held) -> None:
    paper = PaperId("2104.09004")
    with held.open() as work:
        work.store.put_listed([Paper(paper, "A Later Title", "A later text.", None, ("cs.CV",))], "catchup", CREATED)
        shown = show_paper(work, paper)
    assert shown is not None
    assert (shown.version, shown.withdrawn, shown.source, shown.seen) == (None, None, "catchup", CREATED)


def test_a_text_without_a_recorded_version_names_the_one_that_it_reads_as(held: Held) -> None:
    with held.open() as work:
        entry = next(one for one in show_day(work, DAY).entries if one.version is None)
        later = seen(entry.id, Version(1, CREATED), Version(2, CREATED))
        work.store.put_records([replace(later, title=entry.title, abstract=entry.abstract)])
        shown = show_paper(work, entry.id)
    assert shown is not None
    assert shown.reads_as == 2


def test_a_paper_known_from_a_mailing_alone_is_shown_with_its_deletion(held: Held) -> None:
    paper = PaperId("2104.09003")
    with held.open() as work:
        work.store.put_deletions({paper: CREATED}, "oai")
        story, life, deleted = show_paper(work, paper), of_paper(work, paper), work.store.list_deleted()
    assert story is not None
    assert story.deletion == Deletion("oai", CREATED)
    assert "deleted upstream, as seen on 2021-04-06 (oai)" in map(strip_colour, paper_lines.of_paper(story))
    assert life is not None
    assert [(one.kind, one.when, one.source) for one in life.events if one.kind == "deleted"] == [
        ("deleted", CREATED, "oai")
    ]
    assert [one.id for one in deleted] == [paper]
