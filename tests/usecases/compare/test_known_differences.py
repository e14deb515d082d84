"""Differences that a person has accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.usecases.compare.known_differences import accept
from tests.support.compared_archive import (
    LAST,
    change_mailing,
    compare_days,
    keys,
    new_papers,
    with_entry,
)

if TYPE_CHECKING:
    from tests.support.small_archive import World


def test_an_accepted_difference_is_left_out_until_it_changes(here: World) -> None:
    paper = new_papers(here, LAST)[0].id
    change_mailing(here, LAST, with_entry(paper, title="Another Title"))
    found = compare_days(here, LAST)
    with here.open() as work:
        assert accept(work, found, "seen to") == 1
    again = compare_days(here, LAST)
    assert (again.changes, [change.id for change in again.accepted]) == ((), [paper])
    change_mailing(here, LAST, with_entry(paper, title="A Third Title"))
    assert keys(compare_days(here, LAST)) == [(LAST, "title-changed", paper)]
