"""A comparison with upstream from its dates to its differences."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.core import digest as digests
from syncd.core.errors import Unavailable
from syncd.core.model import Change, Section, State
from syncd.core.results import Comparison, NotCompared
from syncd.usecases.compare.file_comparison import compare_files
from syncd.usecases.compare.run import compare, gather
from syncd.usecases.compare.select import Selection
from syncd.usecases.reconcile.write import Provenance, write_mailing
from tests.support import faults
from tests.support.changed_history import removed
from tests.support.compared_archive import (
    BEYOND_REACH,
    DAYS,
    LAST,
    access,
    as_adopted,
    change_mailing,
    compare_days,
    cross_lists,
    delete_rows,
    keys,
    new_papers,
    with_entry,
    without,
)
from tests.support.row_damage import lose, set_text
from tests.support.small_archive import World, noon, world
from tests.support.sound_archive import held_digest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("source", ["auto", "catchup", "api", "oai", "rss"])
@pytest.mark.parametrize("later", [timedelta(0), BEYOND_REACH])
def test_an_archive_that_agrees_with_upstream_has_no_difference_by_any_source(
    here: World, source: str, later: timedelta
) -> None:
    here.now += later
    found = compare_days(here, source=source)
    assert [t for t in keys(found) if t[1] not in {"revised", "withdrawn"}] == []


def test_an_archive_just_synced_has_no_difference_and_costs_one_page_a_date(here: World) -> None:
    found = compare_days(here, source="catchup")
    assert (found.changes, found.days, found.not_compared, found.error) == ((), len(DAYS), (), None)
    assert here.asked == [f"/catchup/cs.CV/{day}?abs=True&page=1" for day in reversed(DAYS)]


def test_an_equal_date_costs_one_page_and_no_other_request(here: World) -> None:
    compare_days(here, LAST)
    assert here.asked == [f"/catchup/cs.CV/{LAST}?abs=True&page=1"]


def test_comparing_changes_nothing(here: World) -> None:
    with here.open() as work:
        before = (
            work.store.mailings(),
            work.store.findings(),
            work.store.list_agreed_hashes(),
            work.store.list_file_stats(),
        )
        list(compare(work, access(here), Selection(tuple(DAYS), "catchup")))
        assert (
            work.store.mailings(),
            work.store.findings(),
            work.store.list_agreed_hashes(),
            work.store.list_file_stats(),
        ) == before


def test_a_paper_that_the_archive_lost_is_missing_local_by_every_source(here: World) -> None:
    lost = new_papers(here, DAYS[1])[0].id
    change_mailing(here, DAYS[1], without(lost))
    for source in ("auto", "api", "oai"):
        assert (DAYS[1], "missing-local", lost) in keys(compare_days(here, DAYS[1], source=source)), source


def test_a_paper_that_upstream_no_longer_lists_is_a_difference(here: World) -> None:
    (paper, *_) = here.server.history.mailings[DAYS[4], "cs.CV"].new
    here.server.faults.add(faults.hidden([paper.id]).on("/catchup/*"))
    found = compare_days(here, DAYS[4], source="catchup")
    assert [(change.id, change.code) for change in found.changes] == [(paper.id, "missing-upstream")]


def test_a_changed_title_and_a_lost_paper_are_two_differences(here: World) -> None:
    with here.open() as work:
        digest = held_digest(work, DAYS[4])
        changed = replace(digest.entries[0], title="Another Title")
        write_mailing(
            work, replace(digest, entries=(changed, *digest.entries[2:])), Provenance(State.COMPLETE, "page", "x", None)
        )
    found = compare_days(here, DAYS[4], source="catchup")
    assert {(change.id, change.code) for change in found.changes} == {
        (digest.entries[0].id, "title-changed"),
        (digest.entries[1].id, "missing-local"),
    }


def test_a_mailing_that_is_not_held_is_reported_paper_by_paper(here: World) -> None:
    delete_rows(here, LAST)
    here.file(LAST).unlink()
    found = compare_days(here, LAST)
    assert {change.code for change in found.changes} == {"missing-local"}
    assert len(found.changes) == len(new_papers(here, LAST)) + len(cross_lists(here, LAST))


def test_a_date_that_an_empty_archive_lacks_is_reported_paper_by_paper(tmp_path: Path) -> None:
    with world(tmp_path / "other", noon(LAST)) as empty:
        found = compare_days(empty, DAYS[4])
        papers = empty.server.history.mailings[DAYS[4], "cs.CV"]
    assert {change.code for change in found.changes} == {"missing-local"}
    assert len(found.changes) == len(papers.new) + len(papers.cross)


def test_a_mailing_with_a_file_but_no_rows_is_reported_as_row_missing(here: World) -> None:
    delete_rows(here, LAST)
    assert keys(compare_days(here, LAST)) == [(LAST, "row-missing", None)]


@pytest.mark.parametrize("source", ["auto", "catchup", "api", "oai", "rss", "snapshot"])
def test_a_mailing_whose_entries_are_gone_is_named_as_such_and_no_source_is_asked(here: World, source: str) -> None:
    here.sql(lose("entry", LAST))
    found = compare_days(here, LAST, source=source)
    assert [(change.day, change.code, change.detail) for change in found.changes] == [
        (LAST, "row-missing", "its entries are gone")
    ]
    assert (found.days, here.asked) == (0, [])


@pytest.mark.parametrize("source", ["catchup", "api"])
def test_an_id_that_is_none_of_arxiv_is_damage_and_is_asked_for_nowhere(here: World, source: str) -> None:
    paper = new_papers(here, LAST)[0].id
    here.sql(f"UPDATE entry SET paper_id = 'Inf' WHERE paper_id = '{paper}' AND day = '{LAST}'")  # noqa: S608  constants
    found = compare_days(here, LAST, source=source)
    assert [(change.day, change.code) for change in found.changes] == [(LAST, "sql-damaged")]
    assert (found.days, here.asked) == (0, [])


@pytest.mark.parametrize("source", ["catchup", "api"])
def test_a_title_altered_in_the_rows_alone_is_found_by_comparing_with_upstream(here: World, source: str) -> None:
    paper = new_papers(here, LAST)[0].id
    here.sql(set_text("title", "'Another Title'", f"paper_id = '{paper}'"))
    found = keys(compare_days(here, LAST, source=source))
    assert found == [(LAST, "sql-damaged", None), (LAST, "title-changed", paper)]


def test_a_date_in_conflict_is_compared_by_its_rows(here: World) -> None:
    here.file(DAYS[4]).write_bytes(b"notes\n")
    with here.open() as work:
        found = compare_files(work, [DAYS[4]], sql_first=True)
    assert [change.code for change in found.changes] == ["file-damaged"]
    assert compare_days(here, DAYS[4], source="catchup").changes == ()


@pytest.mark.parametrize("later", [timedelta(0), BEYOND_REACH])
def test_an_adopted_file_of_the_old_dialect_has_no_fault(here: World, later: timedelta) -> None:
    for day in DAYS:
        change_mailing(here, day, as_adopted, State.ADOPTED)
    here.now += later
    found = keys(compare_days(here))
    assert {code for _, code, _ in found} <= {"revised", "withdrawn"}


def test_a_section_is_compared_although_the_file_does_not_show_it(here: World) -> None:
    new = new_papers(here, LAST)
    change_mailing(here, LAST, with_entry(new[0].id, section=Section.CROSS))
    assert keys(compare_days(here, LAST)) == [(LAST, "section-changed", new[0].id)]


@pytest.mark.parametrize("later", [timedelta(0), BEYOND_REACH])
def test_a_cross_list_that_was_removed_is_drift(here: World, later: timedelta) -> None:
    cross = here.server.history.mailings[DAYS[1], "cs.CV"].cross[0].id
    here.server.history = removed(here.server.history, cross, "cs.CV", LAST)
    here.now += later
    assert (DAYS[1], "crosslist-removed", cross) in keys(compare_days(here, DAYS[1]))


def test_when_upstream_fails_the_differences_found_so_far_are_kept_and_the_other_dates_listed(here: World) -> None:
    change_mailing(here, LAST, without(new_papers(here, LAST)[0].id))
    here.server.faults.add(faults.status(500).on(f"/catchup/cs.CV/{DAYS[-2]}*", times=None))
    found = compare_days(here, LAST, DAYS[-2], DAYS[-3])
    assert found.error is not None
    assert [change.code for change in found.changes] == ["missing-local"]
    assert [one.day for one in found.not_compared] == [DAYS[-3], DAYS[-2]]


def test_an_outage_ends_the_comparison_and_lists_the_dates_not_reached(here: World) -> None:
    here.server.faults.add(faults.status(502).on(f"/catchup/cs.CV/{DAYS[4]}*"))
    found = compare_days(here, *DAYS, source="catchup")
    assert found.error is not None
    assert found.days == len(DAYS) - 5
    assert [one.day for one in found.not_compared] == DAYS[:5]
    assert here.asked[-1].startswith(f"/catchup/cs.CV/{DAYS[4]}")


def test_both_files_of_a_date_that_differs_are_given_on_request(here: World) -> None:
    change_mailing(here, LAST, without(new_papers(here, LAST)[0].id))
    (both,) = compare_days(here, LAST, with_files=True).both
    assert both.ours == here.file(LAST).read_bytes()
    assert both.theirs is not None
    assert digests.parse(both.theirs).issues == ()


def test_papers_of_several_dates_share_a_request_for_their_versions(here: World) -> None:
    for day in DAYS[-2:]:
        change_mailing(here, day, with_entry(new_papers(here, day)[0].id, title="Another Title"))
    compare_days(here, *DAYS[-2:])
    asked = [path for path in here.asked if path.startswith("/api/")]
    assert len(asked) == 1
    assert all(new_papers(here, day)[0].id in asked[0] for day in DAYS[-2:])


def test_a_date_that_is_equal_is_reported_before_the_next_is_requested(here: World) -> None:
    with here.open() as work:
        first = next(iter(compare(work, access(here), Selection((DAYS[-2], LAST)))))
    assert (first.days, first.changes, len(here.asked)) == (1, (), 1)


def test_a_section_of_unknown_number_is_no_difference(here: World) -> None:
    change_mailing(here, LAST, as_adopted, State.ADOPTED)
    assert keys(compare_days(here, LAST)) == []


def test_the_parts_of_a_comparison_are_gathered_by_date() -> None:
    earlier, later = Change(DAYS[0], "revised"), Change(DAYS[1], "revised")
    error = Unavailable("down", url="http://127.0.0.1:9")
    reasons = tuple(NotCompared(day, "mailing", "why") for day in reversed(DAYS[:2]))
    parts = [Comparison((later,), 1, reasons, requests=2), Comparison((earlier,), 2, requests=3, error=error)]
    assert gather(parts) == Comparison((earlier, later), 3, reasons[::-1], 5, error)
