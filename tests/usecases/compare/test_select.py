"""Comparing a small archive with its files and with the loopback arXiv: differences are named, doubts are not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.core import digest as digests
from syncd.core.model import Change, Severity, State
from syncd.rehearsal import faults
from syncd.usecases.compare import select
from syncd.usecases.ingest import sync
from syncd.usecases.reconcile.write import Provenance, write_mailing
from tests.support.digest_damage import SOUND
from tests.support.small_archive import World, evening, noon, world
from tests.support.sound_archive import DAY, DAYS, LISTED, PLAIN, Held, copied, held_digest, invented

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncd.core.results import Comparison
    from syncd.rehearsal.faults import Fault


@pytest.fixture
def held(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Held:
    return copied(tmp_path_factory, tmp_path / "held")


def with_files(held: Held, *days: date, sql_first: bool = True) -> list[tuple[date, str]]:
    with held.open() as work:
        found = select.with_files(work, select.held_days(work, days, None, None), sql_first=sql_first)
        return [(change.day, change.code) for change in found.changes]


def test_files_and_rows_that_agree_have_no_difference(held: Held) -> None:
    with held.open() as work:
        found = select.with_files(work, select.held_days(work, (), None, None), sql_first=True)
    assert (found.changes, found.days, found.not_compared) == ((), len(DAYS), ())


@pytest.mark.parametrize("sql_first", [True, False])
def test_an_edited_file_is_told_paper_by_paper_from_either_side(held: Held, sql_first: bool) -> None:
    held.file(DAY).write_bytes(SOUND.replace(b"A Study of Plain Titles", b"A Study of Other Titles"))
    with held.open() as work:
        head, change = select.with_files(work, [DAY], sql_first=sql_first).changes
    assert (head.code, change.code, change.id) == ("file-edited", "title-changed", "2104.09004")
    values = ("A Study of Plain Titles", "A Study of Other Titles")
    assert (change.ours, change.theirs) == (values if sql_first else values[::-1])


def test_a_changed_row_is_told_although_the_recorded_hash_is_right(held: Held) -> None:
    held.sql("UPDATE entry SET title = 'Another Title' WHERE day = '2021-04-07' AND number = 1")
    assert with_files(held) == [(DAY, "sql-damaged"), (DAY, "title-changed")]


def test_a_row_that_no_file_can_be_made_of_is_told(held: Held) -> None:
    held.sql("UPDATE entry SET title = '' WHERE day = '2021-04-07' AND number = 1")
    assert with_files(held)[0] == (DAY, "sql-damaged")


def test_a_missing_file_and_a_missing_row_are_told(held: Held) -> None:
    held.file(DAY).unlink()
    held.sql("DELETE FROM mailing WHERE day = '2021-04-06'")
    assert with_files(held) == [(PLAIN, "row-missing"), (DAY, "file-missing")]


@pytest.mark.parametrize("data", [b"", SOUND[:-1], b"notes\n"])
def test_a_damaged_file_is_told(held: Held, data: bytes) -> None:
    held.file(DAY).write_bytes(data)
    assert with_files(held)[0] == (DAY, "file-damaged")


def test_something_that_is_no_file_is_told_and_ends_nothing(held: Held) -> None:
    held.file(PLAIN).unlink()
    held.file(PLAIN).mkdir()
    held.file(DAY).unlink()
    assert with_files(held) == [(PLAIN, "file-damaged"), (DAY, "file-missing")]


def test_a_tail_of_other_length_is_an_edit_without_differing_papers(held: Held) -> None:
    held.file(DAY).write_bytes(SOUND.replace(b" " * 6, b" "))
    assert with_files(held) == [(DAY, "file-edited")]


def test_dates_never_held_have_nothing_to_compare(held: Held) -> None:
    assert with_files(held, date(2021, 4, 10)) == []
    assert with_files(held, DAY, DAY) == []


def test_a_range_restricts_what_is_compared(held: Held) -> None:
    extra = date(2021, 4, 9)
    held.file(extra).write_bytes(digests.render(invented(extra)))
    with held.open() as work:
        assert select.held_days(work, (), None, None) == [*DAYS, extra]
        assert select.held_days(work, (), DAY, LISTED) == [DAY, LISTED]
        assert select.held_days(work, [LISTED, DAY, DAY], None, DAY) == [DAY, LISTED]


def test_the_gravest_difference_decides() -> None:
    drift, fault, hint = Change(DAY, "revised"), Change(DAY, "file-missing"), Change(DAY, "markup-only")
    assert select.gravest([hint, drift]) is Severity.DRIFT
    assert select.gravest([hint, drift, fault]) is Severity.FAULT
    assert select.gravest([hint]) is Severity.HINT
    assert select.gravest([]) is None


MAILED = [date(2026, 6, 30), *(date(2026, 7, n) for n in (1, 2, 3, 7, 8, 9, 10, 13))]
LAST = MAILED[-1]
MIDDLE = MAILED[4]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path / "world", noon(LAST)) as made:
        with made.open() as work:
            sync.sync(work, made.upstream)
        made.asked.clear()
        yield made


def with_upstream(here: World, *days: date) -> Comparison:
    with here.open() as work:
        return select.with_upstream(work, here.upstream, days or select.default_days(work))


def test_an_archive_just_synced_does_not_differ_and_costs_one_page_a_day(here: World) -> None:
    found = with_upstream(here)
    assert (found.changes, found.days, found.not_compared, found.error) == ((), len(MAILED), (), None)
    assert here.asked == [f"/catchup/cs.CV/{day}?abs=True&page=1" for day in reversed(MAILED)]


def test_comparing_changes_nothing(here: World) -> None:
    with here.open() as work:
        before = (
            work.store.mailings(),
            work.store.findings(),
            work.store.list_agreed_hashes(),
            work.store.list_file_stats(),
        )
        select.with_upstream(work, here.upstream, MAILED)
        assert (
            work.store.mailings(),
            work.store.findings(),
            work.store.list_agreed_hashes(),
            work.store.list_file_stats(),
        ) == before


def test_a_changed_title_and_a_lost_paper_are_told(here: World) -> None:
    with here.open() as work:
        digest = held_digest(work, MIDDLE)
        changed = replace(digest.entries[0], title="Another Title")
        write_mailing(
            work, replace(digest, entries=(changed, *digest.entries[2:])), Provenance(State.COMPLETE, "page", "x", None)
        )
    found = with_upstream(here, MIDDLE)
    assert {(change.id, change.code) for change in found.changes} == {
        (digest.entries[0].id, "title-changed"),
        (digest.entries[1].id, "missing-local"),
    }


def test_a_paper_that_upstream_no_longer_lists_is_a_difference(here: World) -> None:
    (paper, *_) = here.server.history.mailings[MIDDLE, "cs.CV"].new
    here.server.faults.add(faults.hidden([paper.id]).on("/catchup/*"))
    found = with_upstream(here, MIDDLE)
    assert [(change.id, change.code) for change in found.changes] == [(paper.id, "missing-upstream")]


def test_a_day_that_the_archive_has_not_is_told_paper_by_paper(tmp_path: Path) -> None:
    with world(tmp_path / "other", noon(LAST)) as empty:
        found = with_upstream(empty, MIDDLE)
        papers = empty.server.history.mailings[MIDDLE, "cs.CV"]
    assert {change.code for change in found.changes} == {"missing-local"}
    assert len(found.changes) == len(papers.new) + len(papers.cross)


NO_WITNESS: list[Fault] = [
    faults.stale_entries(),
    faults.halved(),
    faults.missing(),
    faults.duplicated(),
    faults.skewed(),
    faults.hollow(),
    faults.wrong_date(date(2026, 7, 3)),
    faults.maintenance(),
    faults.status(404),
]


@pytest.mark.parametrize("fault", NO_WITNESS, ids=[fault.name for fault in NO_WITNESS])
def test_a_page_that_cannot_be_believed_is_never_more_than_a_hint(here: World, fault: Fault) -> None:
    here.server.faults.add(fault.on("/catchup/*"))
    found = with_upstream(here, MIDDLE)
    assert (found.days, found.error) == (0, None)
    assert {change.code for change in found.changes} <= {"stale-source"}
    assert select.gravest(found.changes) in {None, Severity.HINT}
    assert [one.day for one in found.not_compared] == [MIDDLE]
    assert found.not_compared[0].why


def test_a_refused_page_is_kept(here: World) -> None:
    here.server.faults.add(faults.maintenance().on("/catchup/*"))
    with_upstream(here, MIDDLE)
    with here.open() as work:
        assert "refused" in {receipt.kind for receipt in work.vault.receipts()}


def test_an_outage_ends_the_comparison_and_names_what_was_not_reached(here: World) -> None:
    here.server.faults.add(faults.status(502).on(f"/catchup/cs.CV/{MIDDLE}*"))
    found = with_upstream(here, *MAILED)
    assert found.error is not None
    assert found.days == len(MAILED) - 5
    assert [one.day for one in found.not_compared] == MAILED[:5]
    assert here.asked[-1].startswith(f"/catchup/cs.CV/{MIDDLE}")


def test_what_no_page_can_tell_is_not_asked_for(here: World) -> None:
    here.now = evening(LAST + timedelta(days=1))
    holiday, saturday, old = date(2026, 7, 6), date(2026, 7, 11), date(2026, 1, 5)
    wanted = [old, holiday, saturday, LAST + timedelta(days=1)]
    found = with_upstream(here, *wanted)
    assert [one.day for one in found.not_compared] == sorted(wanted)
    assert here.asked == []


def test_a_day_in_conflict_is_compared_as_it_is_held(here: World) -> None:
    here.file(MIDDLE).write_bytes(b"notes\n")
    with here.open() as work:
        found = select.with_files(work, [MIDDLE], sql_first=True)
    assert [change.code for change in found.changes] == ["file-damaged"]
    assert with_upstream(here, MIDDLE).changes == ()
