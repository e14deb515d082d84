"""Which dates a comparison looks at, and with which source."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.core import digest as digests
from syncd.usecases.compare import select
from syncd.usecases.compare.select import Selection
from tests.support.compared_archive import DAYS as MAILINGS
from tests.support.compared_archive import LAST, delete_rows
from tests.support.small_archive import World, noon
from tests.support.sound_archive import DAY, DAYS, LISTED, Held, copied, invented

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def held(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Held:
    return copied(tmp_path_factory, tmp_path / "held")


def test_a_range_restricts_what_is_compared(held: Held) -> None:
    extra = date(2021, 4, 9)
    held.file(extra).write_bytes(digests.render(invented(extra)))
    with held.open() as work:
        assert select.list_all_held_days(work) == [*DAYS, extra]
        assert select.list_held_days(work, (), DAY, LISTED) == [DAY, LISTED]
        assert select.list_held_days(work, [LISTED, DAY, DAY], None, DAY) == [DAY, LISTED]


def test_a_range_includes_both_of_its_ends(held: Held) -> None:
    with held.open() as work:
        assert select.list_held_days(work, (), DAYS[0], DAYS[0]) == [DAYS[0]]
        assert select.list_held_days(work, (), None, DAYS[1]) == [*DAYS[:2]]
        assert select.list_held_days(work, (), DAYS[1], None) == [*DAYS[1:]]


def test_recent_days_are_those_held_or_missing_from_90_days_ago_on(here: World) -> None:
    with here.open() as work:
        assert select.list_recent_days(work) == MAILINGS
    here.now = noon(MAILINGS[0] + timedelta(days=90))
    with here.open() as work:
        assert select.list_recent_days(work)[0] == MAILINGS[0]
    here.now += timedelta(days=1)
    with here.open() as work:
        assert select.list_recent_days(work)[0] == MAILINGS[1]


def test_recent_days_begin_where_the_archive_begins(here: World) -> None:
    here.overrides["archive.since"] = str(MAILINGS[3])
    with here.open() as work:
        assert select.list_recent_days(work)[0] == MAILINGS[3]


def test_a_missing_mailing_is_among_the_recent_days_and_not_among_those_held(here: World) -> None:
    delete_rows(here, LAST)
    here.file(LAST).unlink()
    with here.open() as work:
        assert select.list_recent_days(work) == MAILINGS
        assert select.list_all_held_days(work) == MAILINGS[:-1]
        assert select.list_upstream_days(work, (LAST, None), "api") == [LAST]


@pytest.mark.parametrize("source", ["api", "oai", "snapshot", "auto", "catchup"])
def test_each_source_compares_all_that_it_gives_cheaply_by_default(here: World, source: str) -> None:
    here.now = noon(MAILINGS[0] + timedelta(days=91))
    with here.open() as work:
        days = select.list_upstream_days(work, (None, None), source)
    assert (MAILINGS[0] in days) is (source in {"api", "oai", "snapshot"})
    assert MAILINGS[1] in days


def test_the_feed_is_compared_with_today_by_default(here: World) -> None:
    with here.open() as work:
        assert select.list_upstream_days(work, (None, None), "rss") == [LAST]


def test_a_date_goes_to_the_catchup_pages_as_far_as_they_reach_and_to_the_api_beyond(here: World) -> None:
    oldest, tomorrow = LAST - timedelta(days=90), LAST + timedelta(days=1)
    beyond = oldest - timedelta(days=1)
    with here.open() as work:
        assert select.assign_sources(work, Selection((beyond, oldest, LAST, tomorrow, LAST))) == [
            ("catchup", (tomorrow, LAST, oldest)),
            ("api", (beyond,)),
        ]
        assert select.assign_sources(work, Selection((beyond, LAST), "api")) == [("api", (LAST, beyond))]
