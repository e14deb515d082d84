"""The metadata compared with the month listings, and what a killed comparison leaves."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.core.errors import PartialPage
from syncd.core.model import PaperId
from syncd.usecases.backfill.backfill import BackfillRequest, backfill
from syncd.usecases.backfill.month_check import compare_months
from syncd.usecases.ingest.keep import keep
from syncd.usecases.progress import RunControl
from syncd.usecases.upstream import UpstreamAccess
from tests.support import faults
from tests.support.small_archive import World, noon, world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncd.usecases.workspace import Workspace

FIRST, LAST = date(2026, 6, 30), date(2026, 7, 13)
ORDER = BackfillRequest(FIRST, LAST, "oai")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, noon(LAST)) as made:
        yield made


def test_month_listings_agree_with_the_metadata_or_name_the_papers(here: World) -> None:
    with here.open() as work:
        backfill(work, UpstreamAccess(here, here.upstream, RunControl()), ORDER)
        whole = compare_months(work, here.upstream, here.server.history.days, RunControl())
    with later(here) as work:
        gone = max(seen.id for seen in work.store.list_submissions() if "cs.CV" in seen.categories and seen.id < "a")
        here.server.faults.add(faults.hidden([PaperId(gone)]).on("/list/*", times=None))
        less = compare_months(work, here.upstream, here.server.history.days, RunControl())
    assert all(month.only_listed == month.only_known == () for month in whole.months)
    assert [paper for month in less.months for paper in month.only_known] == [gone]


@contextmanager
def later(here: World) -> Iterator[Workspace]:
    """The archive four hours on, when a month listing that came now is old."""
    with here.open() as work:
        yield replace(work, wall=lambda: datetime.now(UTC) + timedelta(hours=4))


class Killed(BaseException):
    """The process ends here."""


def test_a_comparison_that_was_killed_asks_for_no_page_twice(here: World) -> None:
    def kill(_progress: object) -> None:
        raise Killed

    with here.open() as work:
        backfill(work, UpstreamAccess(here, here.upstream, RunControl()), ORDER)
        here.asked.clear()
        with pytest.raises(Killed):
            compare_months(work, here.upstream, here.server.history.days, RunControl(report=kill))
    with here.open() as work:
        found = compare_months(work, here.upstream, here.server.history.days, RunControl())
    assert len(found.months) == len(here.asked) == len(set(here.asked)) == 2
    assert all(month.only_listed == month.only_known == () for month in found.months)


def test_a_month_kept_in_the_vault_that_is_not_whole_is_asked_for_again(here: World) -> None:
    with here.open() as work:
        backfill(work, UpstreamAccess(here, here.upstream, RunControl()), ORDER)
        (page,) = here.upstream.fetch_month(LAST.year, LAST.month).responses
        body = re.sub(rb"Total of [0-9]+ entries", b"Total of 1999 entries", page.body)
        keep(work, replace(page, body=body))
        here.asked.clear()
        found = compare_months(work, here.upstream, here.server.history.days, RunControl())
    assert found.error is None
    assert all(month.only_listed == month.only_known == () for month in found.months)
    assert len(here.asked) == 2


def test_trouble_with_upstream_keeps_the_months_compared_before(here: World) -> None:
    with here.open() as work:
        backfill(work, UpstreamAccess(here, here.upstream, RunControl()), ORDER)
        here.server.faults.add(faults.status(500).on("/list/*", spare=1))
        found = compare_months(work, here.upstream, here.server.history.days, RunControl())
        asked = RunControl()
        asked.cancel.set()
        ended = compare_months(work, here.upstream, here.server.history.days, asked)
    assert len(found.months) == 1
    assert found.error is not None
    assert ended.ended


def test_a_month_page_that_stays_short_is_named_and_the_other_months_are_compared(here: World) -> None:
    with here.open() as work:
        backfill(work, UpstreamAccess(here, here.upstream, RunControl()), ORDER)
        here.server.faults.add(faults.missing(1).on("/list/cs.CV/2026-06*", times=None))
        for _ in range(2):
            june, july = compare_months(work, here.upstream, here.server.history.days, RunControl()).months
            assert isinstance(june.error, PartialPage)
            assert (june.only_listed, june.only_known) == ((), ())
            assert (july.error, july.only_listed, july.only_known) == (None, (), ())
            assert july.papers
