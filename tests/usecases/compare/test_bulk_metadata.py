"""Mailings as bulk metadata shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.compared_archive import (
    DAYS,
    LAST,
    compare_days,
    move_paper,
    new_papers,
)

if TYPE_CHECKING:
    from tests.support.small_archive import World


def test_a_moved_paper_is_found_by_the_bounds_of_its_id(here: World) -> None:
    paper = new_papers(here, DAYS[1])[0].id
    move_paper(here, paper, DAYS[1], DAYS[5])
    (found,) = [c for c in compare_days(here, source="oai").changes if c.id == paper]
    assert (found.code, found.ours, found.theirs) == ("wrong-day", str(DAYS[5]), str(DAYS[1]))
    assert "touched by" in found.detail


def test_a_date_newer_than_the_metadata_is_not_compared(here: World) -> None:
    found = compare_days(here, LAST, source="snapshot")
    assert (found.days, found.not_compared[0].why) == (0, "the database holds no metadata of that time")
    assert here.asked == []
