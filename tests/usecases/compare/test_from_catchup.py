"""Catchup pages as a source: what a page shows, and which pages are rejected."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.core.model import Digest, PaperId, Severity
from syncd.core.reasons import severity
from syncd.usecases.compare.from_catchup import SOURCE
from syncd.usecases.compare.source_view import RequestCount
from tests.support import faults
from tests.support.compared_archive import (
    DAYS,
    LAST,
    change_mailing,
    compare_days,
    delete_rows,
    keys,
    move_paper,
    new_papers,
)
from tests.support.small_archive import World, evening

if TYPE_CHECKING:
    from syncd.rehearsal.faults import Fault


REJECTED: list[Fault] = [
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


def test_the_page_of_another_mailing_under_the_right_date_is_a_stale_source(here: World) -> None:
    here.server.faults.add(faults.stale_entries().on("/catchup/*"))
    found = compare_days(here, LAST)
    assert keys(found) == [(LAST, "stale-source", None)]
    assert found.days == 0
    assert "papers of another mailing" in found.not_compared[0].why


def test_a_page_that_lacks_entries_is_rejected_and_kept(here: World) -> None:
    here.server.faults.add(faults.hollow().on("/catchup/*"))
    found = compare_days(here, LAST)
    assert (keys(found), found.days) == ([], 0)
    assert "was rejected" in found.not_compared[0].why
    with here.open() as work:
        assert "refused" in {receipt.kind for receipt in work.vault.receipts()}


@pytest.mark.parametrize("fault", REJECTED, ids=[fault.name for fault in REJECTED])
def test_a_rejected_page_is_never_more_than_a_hint(here: World, fault: Fault) -> None:
    here.server.faults.add(fault.on("/catchup/*"))
    found = compare_days(here, DAYS[4], source="catchup")
    assert (found.days, found.error) == (0, None)
    assert {change.code for change in found.changes} <= {"stale-source"}
    assert {severity(change.code) for change in found.changes} <= {Severity.HINT}
    assert [one.day for one in found.not_compared] == [DAYS[4]]
    assert found.not_compared[0].why


def test_a_rejected_page_is_kept_in_the_vault(here: World) -> None:
    here.server.faults.add(faults.maintenance().on("/catchup/*"))
    compare_days(here, DAYS[4], source="catchup")
    with here.open() as work:
        assert "refused" in {receipt.kind for receipt in work.vault.receipts()}


def test_a_date_that_has_no_page_is_not_requested(here: World) -> None:
    here.now = evening(LAST + timedelta(days=1))
    holiday, saturday, old = date(2026, 7, 6), date(2026, 7, 11), date(2026, 1, 5)
    wanted = [old, holiday, saturday, LAST + timedelta(days=1)]
    found = compare_days(here, *wanted, source="catchup")
    assert [one.day for one in found.not_compared] == sorted(wanted)
    assert here.asked == []


def add_mailing(here: World, source: date, target: date) -> None:
    """Record the papers of `source` in the mailing of `target` as well."""
    with here.open() as work:
        other = work.store.digest(source)
    assert other is not None
    change_mailing(here, target, lambda digest: replace(digest, entries=(*other.entries, *digest.entries)))


def test_a_page_whose_papers_are_held_twice_is_compared_where_it_agrees_with_its_date(here: World) -> None:
    add_mailing(here, DAYS[5], DAYS[4])
    found = compare_days(here, DAYS[5], source="catchup")
    assert (keys(found), found.days) == ([], 1)


@pytest.mark.parametrize(("held_elsewhere", "days"), [(2, 1), (3, 0)])
def test_a_page_is_stale_when_more_than_half_of_its_papers_are_held_on_other_dates(
    here: World, held_elsewhere: int, days: int
) -> None:
    for work in new_papers(here, DAYS[4])[:held_elsewhere]:
        move_paper(here, work.id, DAYS[4], DAYS[6])
    delete_rows(here, DAYS[4])
    here.file(DAYS[4]).unlink()
    found = compare_days(here, DAYS[4], source="catchup")
    assert (found.days, "stale-source" in {change.code for change in found.changes}) == (days, days == 0)


@pytest.mark.parametrize(("shared", "days"), [(3, 1), (2, 0)])
def test_a_page_is_stale_when_it_shares_less_than_half_of_its_papers_with_the_archive(
    here: World, shared: int, days: int
) -> None:
    def exchange(digest: Digest) -> Digest:
        """Keep the last papers of six, and give the others ids that upstream does not know."""
        first = len(digest.entries) - shared
        strangers = (replace(e, id=PaperId(f"{e.id[:-2]}0{n}")) for n, e in enumerate(digest.entries[:first]))
        return replace(digest, entries=(*strangers, *digest.entries[first:]))

    change_mailing(here, DAYS[4], exchange)
    found = compare_days(here, DAYS[4], source="catchup")
    assert (found.days, "stale-source" in {change.code for change in found.changes}) == (days, days == 0)


def test_an_empty_page_is_rejected_where_papers_are_held_and_may_still_fill_where_none_are(here: World) -> None:
    here.server.faults.add(faults.hidden([work.id for work in here.server.history.works]).on("/catchup/*", times=None))
    (reason,) = compare_days(here, LAST, source="catchup").not_compared
    assert reason.why == "upstream's page was rejected: the page is empty, the archive holds papers"
    delete_rows(here, LAST)
    here.file(LAST).unlink()
    found = compare_days(here, LAST, source="catchup")
    assert [one.why for one in found.not_compared] == ["the page is empty, and may still fill"]


def test_pages_reach_back_90_days(here: World) -> None:
    oldest = LAST - timedelta(days=90)
    with here.open() as work:
        assert SOURCE.out_of_reach(work, oldest) is None
        assert SOURCE.out_of_reach(work, oldest - timedelta(days=1)) == f"listing pages reach back to {oldest}"


def test_a_page_is_given_for_today_and_not_for_tomorrow(here: World) -> None:
    tomorrow = LAST + timedelta(days=1)
    found = compare_days(here, LAST, tomorrow, source="catchup")
    assert found.days == 1
    assert [(n.day, n.why) for n in found.not_compared] == [
        (tomorrow, "arXiv gives its page from midnight in New York on")
    ]


def test_each_date_with_a_mailing_costs_a_page_and_all_of_them_one_request_for_versions(here: World) -> None:
    saturday, tomorrow = date(2026, 7, 11), LAST + timedelta(days=1)
    with here.open() as work:
        assert SOURCE.count_requests(work, [LAST, DAYS[7], saturday, tomorrow]) == RequestCount(api=1, pages=2)
        assert SOURCE.count_requests(work, [saturday]) == RequestCount()
