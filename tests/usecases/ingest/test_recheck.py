"""Comparing the newest mailings with arXiv once more: what is asked, what counts as compared, and what is reported."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.archive.sql.accepted import Acceptance
from syncd.core.results import Done
from syncd.usecases.ingest.recheck import Rechecked, recheck
from syncd.usecases.progress import RunControl
from syncd.usecases.upstream import UpstreamAccess
from tests.support import faults
from tests.support.changed_history import removed
from tests.support.small_archive import World, evening, noon, world
from tests.support.synced_archive import copy_synced

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from syncd.rehearsal.faults import Fault

FIRST = date(2026, 6, 30)
NEWEST = [date(2026, 7, n) for n in (7, 8, 9, 10, 13)]
LAST = NEWEST[-1]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, noon(LAST)) as made:
        yield made


def fill(here: World, days: Sequence[date] = NEWEST) -> None:
    copy_synced(here.folder, noon(LAST), days)


def run(here: World, again: Sequence[date] = ()) -> Rechecked:
    with here.open() as work:
        return recheck(work, UpstreamAccess(here, here.upstream, RunControl()), again)


def lose_a_paper(here: World, day: date) -> None:
    history = here.server.history
    here.server.history = removed(history, history.mailings[day, "cs.CV"].new[0].id, "cs.CV", day)


def test_mailings_with_the_papers_of_arxiv_cost_one_page_together(here: World) -> None:
    fill(here)
    found = run(here)
    assert (sorted(found.days), found.changes, found.outcomes, found.error) == (NEWEST, [], [], None)
    assert len(here.asked) == 1


def test_mailing_that_differs_costs_its_page_and_its_versions_and_is_reported_without_a_change(here: World) -> None:
    fill(here)
    before = here.file(LAST).read_bytes()
    lose_a_paper(here, LAST)
    found = run(here)
    assert [(change.day, change.code) for change in found.changes] == [(LAST, "missing-upstream")]
    assert (sorted(found.days), found.outcomes, len(here.asked)) == (NEWEST, [], 4)
    assert here.file(LAST).read_bytes() == before


def test_accepted_difference_is_not_reported_again(here: World) -> None:
    fill(here)
    lose_a_paper(here, LAST)
    (change,) = run(here).changes
    with here.open() as work:
        work.store.accept(Acceptance(change, "withdrawn", here.now))
    assert run(here).changes == []


def test_missing_mailing_is_accepted_and_does_not_count_as_compared(here: World) -> None:
    fill(here, NEWEST[1:])
    found = run(here)
    assert [(outcome.day, outcome.action) for outcome in found.outcomes] == [(NEWEST[0], Done.WRITTEN)]
    assert (sorted(found.days), found.changes) == (NEWEST[1:], [])


def test_missing_mailing_whose_page_is_rejected_is_an_outcome(here: World) -> None:
    fill(here, NEWEST[1:])
    here.server.faults.add(faults.maintenance().on("/catchup/*"))
    found = run(here)
    assert [(outcome.day, outcome.action) for outcome in found.outcomes] == [(NEWEST[0], Done.REFUSED)]
    assert sorted(found.days) == NEWEST[1:]


def test_recent_page_that_is_rejected_is_the_error_and_no_day_is_compared(here: World) -> None:
    fill(here)
    here.server.faults.add(faults.maintenance().on("/list/cs.CV/recent*"))
    found = run(here)
    assert found.error is not None
    assert found.error.reason == "no-heading"
    assert found.days == set()


def list_rejected(here: World) -> list[str]:
    with here.open() as work:
        return [
            receipt.url.removeprefix(here.server.url) for receipt in work.vault.receipts() if receipt.kind == "refused"
        ]


def test_recent_page_whose_days_contradict_each_other_is_the_error_and_kept(here: World) -> None:
    fill(here)
    upside_down = faults.Fault("upside down", sheet=lambda sheet, _: replace(sheet, blocks=sheet.blocks[::-1]))
    here.server.faults.add(upside_down.on("/list/cs.CV/recent*"))
    found = run(here)
    assert found.error is not None
    assert (found.error.reason, found.days) == ("headings", set())
    assert list_rejected(here) == here.asked[-1:]


@pytest.mark.parametrize(
    "fault", [faults.wrong_date(NEWEST[0]), faults.maintenance()], ids=["wrong-date", "no-heading"]
)
def test_page_of_a_held_mailing_that_cannot_be_trusted_is_the_error_and_kept(here: World, fault: Fault) -> None:
    fill(here)
    lose_a_paper(here, LAST)
    here.server.faults.add(fault.on("/catchup/*"))
    found = run(here)
    assert [one.day for one in found.not_compared] == [LAST]
    assert (sorted(found.days), found.outcomes) == (NEWEST[:-1], [])
    assert {change.code for change in found.changes} <= {"stale-source"}
    assert list_rejected(here) == here.asked[-1:]


def test_mailing_dated_tomorrow_in_new_york_is_not_compared(here: World) -> None:
    fill(here)
    here.now = evening(LAST)
    assert LAST not in run(here).days


def test_mailing_before_the_start_of_the_archive_is_not_compared(here: World) -> None:
    here.overrides["archive.since"] = str(NEWEST[1])
    fill(here, NEWEST[1:])
    found = run(here)
    assert (sorted(found.days), found.outcomes, len(here.asked)) == (NEWEST[1:], [], 1)


@pytest.mark.parametrize(("age", "pages"), [(90, 1), (91, 0)])
def test_older_mailing_is_compared_again_by_its_page_for_ninety_days(here: World, age: int, pages: int) -> None:
    fill(here, [FIRST, *NEWEST])
    here.now = noon(FIRST + timedelta(days=age))
    found = run(here, [FIRST, LAST])
    assert sorted(found.days) == [FIRST, *NEWEST]
    assert len([target for target in here.asked if str(FIRST) in target]) == pages == len(here.asked) - 1
