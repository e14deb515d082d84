"""Catchup pages as a source: what a page shows, and which pages are rejected."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.core.model import Severity
from syncd.core.reasons import severity
from tests.support import faults
from tests.support.compared_archive import (
    DAYS,
    LAST,
    compare_days,
    keys,
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
