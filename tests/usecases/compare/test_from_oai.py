"""Bulk metadata over OAI-PMH as a source."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from syncd.usecases.compare.from_oai import SOURCE
from syncd.usecases.compare.source_view import RequestCount
from tests.support import faults
from tests.support.compared_archive import (
    BEYOND_REACH,
    DAYS,
    LAST,
    change_mailing,
    compare_days,
    keys,
    new_papers,
    with_entry,
)

if TYPE_CHECKING:
    from tests.support.small_archive import World


def test_metadata_just_harvested_is_not_requested_again(here: World) -> None:
    compare_days(here, DAYS[1], source="oai")
    here.asked.clear()
    change_mailing(here, DAYS[1], with_entry(new_papers(here, DAYS[1])[0].id, title="Another Title"))
    assert "title-changed" in {code for _, code, _ in keys(compare_days(here, DAYS[1], source="oai"))}
    assert here.asked == []


def test_old_dates_are_asked_about_again_for_what_changed_since_the_last_harvest(here: World) -> None:
    here.now += BEYOND_REACH
    compare_days(here, DAYS[1], source="oai")
    here.asked.clear()
    here.now += timedelta(days=1)
    compare_days(here, DAYS[1], source="oai")
    (asked,) = here.asked
    assert f"from={(here.now - timedelta(days=1)).date()}" in asked


def test_the_age_of_the_metadata_is_reported(here: World) -> None:
    for source in ("oai", "snapshot"):
        found = compare_days(here, DAYS[1], source=source)
        (age,) = (one for one in found.not_compared if one.what.startswith("changes after "))
        assert re.fullmatch(r"changes after \d{4}-\d\d-\d\d \d\d:\d\d UTC", age.what)


def test_metadata_is_complete_two_days_after_a_mailing(here: World) -> None:
    newest = LAST - timedelta(days=2)
    with here.open() as work:
        assert SOURCE.out_of_reach(work, newest) is None
        assert SOURCE.out_of_reach(work, newest + timedelta(days=1)) == (
            "bulk metadata is complete 2 days after the mailing"
        )


def test_metadata_that_is_not_understood_is_rejected_for_every_date_and_kept(here: World) -> None:
    here.server.faults.add(faults.maintenance().on("/oai*", times=None))
    found = compare_days(here, DAYS[0], DAYS[1], source="oai")
    assert (found.days, len(found.not_compared)) == (0, 2)
    assert all(one.why.startswith("upstream's answer was rejected: ") for one in found.not_compared)


def test_a_harvest_costs_its_pages_once_and_nothing_where_metadata_covers_the_dates(here: World) -> None:
    with here.open() as work:
        # 28 days and the week that the first date begins: 5 weeks of 5 mailings of 108 papers, 2500 to a page.
        assert SOURCE.count_requests(work, [LAST - timedelta(days=28)]) == RequestCount(api=2)
        assert SOURCE.count_requests(work, [LAST]) == RequestCount(api=1)
        assert SOURCE.count_requests(work, []) == RequestCount()
    compare_days(here, DAYS[1], source="oai")
    with here.open() as work:
        assert SOURCE.count_requests(work, [DAYS[1]]) == RequestCount()
