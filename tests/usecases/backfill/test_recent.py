"""The newest days of a backfill, from catchup pages."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.archive.sql.finding_store import FIRST as FIRST_DAY
from syncd.archive.sql.finding_store import LAST as LAST_DAY
from syncd.archive.sql.store import Store
from syncd.core.errors import Unexpected
from syncd.core.model import State
from syncd.core.results import Done
from syncd.usecases.backfill.backfill import BackfillRequest, backfill
from syncd.usecases.progress import RunControl
from syncd.usecases.upstream import UpstreamAccess
from tests.support import faults
from tests.support.small_archive import World, noon, world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncd.core.results import BackfillResult

FIRST, MIDDLE, LAST = date(2026, 7, 8), date(2026, 7, 9), date(2026, 7, 10)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, noon(LAST)) as made:
        yield made


def fill(here: World, *, announced: bool = True) -> BackfillResult:
    with here.open() as work:
        access = UpstreamAccess(here, here.upstream, RunControl())
        return backfill(work, access, BackfillRequest(FIRST, LAST, "catchup", announced))


@pytest.mark.parametrize("announced", [True, False])
def test_the_newest_day_comes_from_new_and_each_other_from_its_catchup_page(here: World, announced: bool) -> None:
    done = fill(here, announced=announced)
    assert {outcome.day for outcome in done.run.days if outcome.action is Done.WRITTEN} == {FIRST, MIDDLE, LAST}
    listings = [asked.partition("?")[0] for asked in here.asked if not asked.startswith("/api")]
    expected = {"/catchup/cs.CV/2026-07-08", "/catchup/cs.CV/2026-07-09"}
    assert {one for one in listings if one.startswith("/catchup")} - {"/catchup/cs.CV/2026-07-10"} == expected
    assert len(listings) == 3


@pytest.mark.parametrize("status", [400, 404])
def test_a_day_that_arxiv_does_not_give_is_refused_alone(here: World, status: int) -> None:
    here.server.faults.add(faults.status(status).on(f"/catchup/*/{MIDDLE}*", times=None))
    done = fill(here)
    actions = {outcome.day: outcome.action for outcome in done.run.days}
    assert done.run.error is None
    assert actions == {FIRST: Done.WRITTEN, MIDDLE: Done.REFUSED, LAST: Done.WRITTEN}


def test_any_other_unexpected_status_ends_the_run(here: World) -> None:
    here.server.faults.add(faults.status(418).on(f"/catchup/*/{MIDDLE}*", times=None))
    done = fill(here)
    assert isinstance(done.run.error, Unexpected)
    assert MIDDLE in done.run.waiting


def test_a_page_that_cannot_be_trusted_is_that_days_outcome(here: World) -> None:
    here.server.faults.add(faults.halved().on(f"/catchup/*/{MIDDLE}*", times=None))
    states = {outcome.day: outcome.state for outcome in fill(here).run.days}
    assert states == {FIRST: State.COMPLETE, MIDDLE: State.PARTIAL, LAST: State.COMPLETE}


@pytest.mark.parametrize("announced", [True, False])
def test_what_is_read_of_all_mailings_is_read_once_for_all_days(
    here: World, announced: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole: list[str] = []

    def count(name: str) -> None:
        found = getattr(Store, name)

        def read(self: Store, since: date = FIRST_DAY, until: date = LAST_DAY) -> object:
            if until - since > timedelta(days=400):  # the checksums are those of a year
                whole.append(name)
            return found(self, since, until)

        monkeypatch.setattr(Store, name, read)

    count("mailings")
    count("list_agreed_hashes")
    count("list_learnt_days")
    days = fill(here, announced=announced).run.days
    assert [day.action for day in days] == [Done.WRITTEN] * len(days)
    assert whole == ["list_agreed_hashes", "mailings"]
