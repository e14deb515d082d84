"""Papers that the archive has in another mailing than upstream."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.compared_archive import (
    BEYOND_REACH,
    DAYS,
    compare_days,
    keys,
    move_paper,
    new_papers,
)

if TYPE_CHECKING:
    from tests.support.small_archive import World


@pytest.mark.parametrize("later", [timedelta(0), BEYOND_REACH])
def test_a_paper_in_the_wrong_mailing_is_one_difference_with_both_dates_and_the_evidence(
    here: World, later: timedelta
) -> None:
    paper = new_papers(here, DAYS[4])[1].id
    move_paper(here, paper, DAYS[4], DAYS[7])
    here.now += later
    (found,) = [change for change in compare_days(here).changes if change.id == paper]
    assert (found.day, found.code, found.ours, found.theirs) == (DAYS[7], "wrong-day", str(DAYS[7]), str(DAYS[4]))
    assert f"in the mailing of {DAYS[7]} here, of {DAYS[4]} upstream: " in found.detail


def test_a_moved_paper_is_found_when_only_one_of_its_two_dates_is_compared(here: World) -> None:
    paper = new_papers(here, DAYS[4])[1].id
    move_paper(here, paper, DAYS[4], DAYS[7])
    assert (DAYS[7], "wrong-day", paper) in keys(compare_days(here, DAYS[4]))
    assert (DAYS[7], "missing-upstream", paper) in keys(compare_days(here, DAYS[7]))
    here.now += BEYOND_REACH
    assert (DAYS[7], "wrong-day", paper) in keys(compare_days(here, DAYS[4]))
    assert (DAYS[7], "wrong-day", paper) in keys(compare_days(here, DAYS[7]))
