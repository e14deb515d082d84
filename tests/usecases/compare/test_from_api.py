"""API and month pages as a source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.compared_archive import (
    BEYOND_REACH,
    DAYS,
    compare_days,
    delete_rows,
    keys,
)

if TYPE_CHECKING:
    from tests.support.small_archive import World


def test_a_late_cross_list_whose_mailing_lost_its_rows_is_held_by_the_file(here: World) -> None:
    late = next(
        w
        for w in here.server.history.works
        for m in w.memberships
        if (m.category, m.since > w.announced) == ("cs.CV", True)
    )
    day = next(member.since for member in late.memberships if member.category == "cs.CV")
    delete_rows(here, day)
    here.now += BEYOND_REACH
    assert late.id not in {paper for _, _, paper in keys(compare_days(here, *(d for d in DAYS if d != day)))}
    here.file(day).unlink()
    assert (late.announced, "crosslist-added", late.id) in keys(compare_days(here, *(d for d in DAYS if d != day)))
