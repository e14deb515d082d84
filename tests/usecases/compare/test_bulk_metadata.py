"""Mailings as bulk metadata shows them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.core.model import Entry, PaperId, Section
from syncd.usecases.compare.source_view import insert_entry
from tests.support.compared_archive import (
    BEYOND_REACH,
    DAYS,
    LAST,
    change_mailing,
    compare_days,
    delete_rows,
    keys,
    move_paper,
    new_papers,
    with_entry,
    without,
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


def test_metadata_shows_the_mailing_of_its_newest_paper_and_none_after_it(here: World) -> None:
    here.now += BEYOND_REACH
    compare_days(here, DAYS[0], LAST, source="oai")
    tomorrow = LAST + timedelta(days=1)
    found = compare_days(here, LAST, tomorrow, source="snapshot")
    assert found.days == 1
    whys = {one.day: one.why for one in found.not_compared if one.what == "mailing"}
    assert whys == {tomorrow: "the database holds no metadata of that time"}


def test_a_date_that_is_not_held_is_not_compared(here: World) -> None:
    delete_rows(here, DAYS[1])
    here.file(DAYS[1]).unlink()
    found = compare_days(here, DAYS[1], source="oai")
    assert (found.days, found.not_compared[0].why) == (
        0,
        "not held; metadata alone cannot prove that nothing else was announced",
    )


def test_a_new_paper_that_another_mailing_could_have_announced_is_not_missing(here: World) -> None:
    lost = new_papers(here, DAYS[1])[0].id
    change_mailing(here, DAYS[1], without(lost))
    assert (DAYS[1], "missing-local", lost) in keys(compare_days(here, DAYS[1], source="oai"))
    with here.open() as work:
        submissions = {one.id: one.categories for one in work.store.list_submissions()}
    assert submissions[lost][0] == "cs.CV"
    # The archive holds it as a cross-list of a later date, which is a place that it may have.
    entry = Entry(lost, "A Title", "An abstract.", Section.CROSS)
    change_mailing(here, DAYS[2], lambda digest: insert_entry(digest, entry))
    assert lost not in {paper for _, _, paper in keys(compare_days(here, DAYS[1], source="oai"))}


def test_a_cross_list_is_never_in_the_wrong_mailing(here: World) -> None:
    paper = new_papers(here, DAYS[1])[0].id
    move_paper(here, paper, DAYS[1], DAYS[5])
    change_mailing(here, DAYS[5], with_entry(paper, section=Section.CROSS))
    found = keys(compare_days(here, DAYS[5], source="oai"))
    assert (DAYS[5], "wrong-day", paper) not in found


@pytest.mark.parametrize(("section", "code"), [(Section.NEW, "missing-upstream"), (None, None)])
def test_a_paper_without_metadata_has_left_the_category_unless_its_section_is_unknown(
    here: World, section: Section | None, code: str | None
) -> None:
    stranger = Entry(PaperId("2607.00999"), "A Title", "An abstract.", section)
    change_mailing(here, DAYS[3], lambda digest: insert_entry(digest, stranger))
    found = compare_days(here, DAYS[3], source="oai")
    assert [c.code for c in found.changes if c.id == stranger.id] == ([code] if code else [])
    assert (f"metadata of {stranger.id}" in {one.what for one in found.not_compared}) is (code is None)
