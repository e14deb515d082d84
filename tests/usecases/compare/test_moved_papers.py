"""Papers that the archive has in another mailing than upstream."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.core.model import Change, PaperId
from syncd.usecases.compare.moved_papers import MovedPapers
from syncd.usecases.compare.source_view import OtherMailing, SourceView
from syncd.usecases.compare.versions import DayDifferences
from tests.support.compared_archive import (
    BEYOND_REACH,
    DAYS,
    compare_days,
    keys,
    move_paper,
    new_papers,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from syncd.usecases.workspace import Workspace
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


# By hand: what each view lacks, and where the archive holds the paper


def view_of(
    work: Workspace, day: date, others: Mapping[PaperId, OtherMailing] | None = None, *, is_exact: bool = True
) -> SourceView:
    held = work.store.digest(day)
    assert held is not None
    return SourceView(held, held, f"the page of {day}", others or {}, is_exact=is_exact)


def test_a_paper_that_upstream_shows_on_two_dates_has_not_moved(here: World) -> None:
    paper = new_papers(here, DAYS[1])[0].id
    again = Change(DAYS[4], "crosslist-added", paper)
    with here.open() as work:
        moved = MovedPapers(work)
        moved.take(DayDifferences(view_of(work, DAYS[1]), ()))
        moved.take(DayDifferences(view_of(work, DAYS[4]), (again,)))
        assert moved.match() == (again,)


def test_a_paper_held_on_a_date_that_was_not_seen_exactly_has_moved(here: World) -> None:
    paper = new_papers(here, DAYS[1])[0].id
    with here.open() as work:
        moved = MovedPapers(work)
        moved.take(DayDifferences(view_of(work, DAYS[1], is_exact=False), ()))
        moved.take(DayDifferences(view_of(work, DAYS[4]), (Change(DAYS[4], "missing-local", paper),)))
        (move,) = moved.match()
    assert (move.code, move.ours, move.theirs) == ("wrong-day", str(DAYS[1]), str(DAYS[4]))


def test_the_date_on_which_upstream_shows_a_paper_outweighs_the_date_of_its_id(here: World) -> None:
    paper = new_papers(here, DAYS[1])[0].id
    others = {paper: OtherMailing(DAYS[2], "by its id")}
    for seen_on in (DAYS[2], DAYS[4]):
        with here.open() as work:
            moved = MovedPapers(work)
            lost = Change(DAYS[1], "missing-upstream", paper)
            moved.take(DayDifferences(view_of(work, DAYS[1], others), (lost,)))
            moved.take(DayDifferences(view_of(work, seen_on), (Change(seen_on, "missing-local", paper),)))
            (move,) = moved.match()
        assert (move.day, move.theirs) == (DAYS[1], str(seen_on))
        assert ("by its id" in move.detail) is (seen_on == DAYS[2])


def test_papers_of_a_mailing_that_is_not_held_have_not_moved(here: World) -> None:
    paper = new_papers(here, DAYS[1])[0].id
    gap = Change(DAYS[4], "missing-local", paper)
    with here.open() as work:
        moved = MovedPapers(work)
        held = view_of(work, DAYS[4])
        assert moved.take(DayDifferences(replace(held, ours=None), (gap,))) == [gap]
        assert moved.match() == ()
