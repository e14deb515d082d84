"""The plan of a backfill: what it would ask, without asking; exact where the database has the metadata."""

from __future__ import annotations

from datetime import date
from math import ceil
from typing import TYPE_CHECKING

import pytest

from syncd.usecases.backfill.backfill import BackfillRequest, backfill
from syncd.usecases.backfill.harvest import DateRange, harvest
from syncd.usecases.backfill.plan import plan
from syncd.usecases.progress import RunControl
from syncd.usecases.upstream import UpstreamAccess
from tests.support.small_archive import World, noon, world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FIRST, LAST = date(2026, 6, 30), date(2026, 7, 13)
ORDER = BackfillRequest(FIRST, LAST, "oai")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, noon(LAST)) as made:
        yield made


def test_a_plan_asks_nothing_and_names_every_open_day_with_its_source(here: World) -> None:
    with here.open() as work:
        found = plan(work, ORDER)
        near = plan(work, BackfillRequest(FIRST, LAST))
    assert here.asked == []
    assert [day.day for day in found.days] == [*here.server.history.days]
    assert {day.source for day in found.days} == {"oai"}
    assert {day.source for day in near.days} == {"catchup"}
    assert near.requests >= len(near.days)


def test_with_the_metadata_in_the_database_a_plan_is_exact(here: World) -> None:
    with here.open() as work:
        harvest(work, here, DateRange(FIRST, LAST), RunControl())
        found = plan(work, ORDER)
        here.asked.clear()
        backfill(work, UpstreamAccess(here, here.upstream, RunControl()), ORDER)
        after = plan(work, ORDER)
    assert found.requests == len(here.asked)
    assert (after.days, after.requests, after.bytes) == ((), 0, 0)


def test_the_months_of_a_verification_cost_two_pages_each(here: World) -> None:
    one, two = BackfillRequest(date(2026, 7, 1), LAST, "oai"), BackfillRequest(FIRST, LAST, "oai")
    with here.open() as work:
        for request, months in ((one, 1), (two, 2)):
            extra = plan(work, request, verify=True).requests - plan(work, request).requests
            assert extra == 2 * months


def test_without_metadata_half_of_all_papers_are_expected_to_be_revised_and_of_recent_days_all(here: World) -> None:
    with here.open() as work:
        older = plan(work, BackfillRequest(FIRST, LAST, "oai", announced=True))
        as_shown = plan(work, BackfillRequest(FIRST, LAST, "oai", announced=False))
        recent = plan(work, BackfillRequest(FIRST, LAST))
    days = len(here.server.history.days)
    assert older.requests - as_shown.requests == ceil(ceil(days * 0.5 * 108) / 300)
    assert recent.requests == days + ceil(days * 108 / 300)
