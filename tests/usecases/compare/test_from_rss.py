"""The RSS feed as a source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support import faults
from tests.support.compared_archive import (
    DAYS,
    LAST,
    change_mailing,
    compare_days,
    keys,
    new_papers,
    without,
)

if TYPE_CHECKING:
    from tests.support.small_archive import World


def test_the_feed_of_another_mailing_is_a_stale_source(here: World) -> None:
    here.server.faults.add(faults.stale_feed().on("/rss/*"))
    found = compare_days(here, LAST, source="rss")
    assert keys(found) == [(LAST, "stale-source", None)]
    assert f"holds the mailing of {DAYS[-2]}" in found.changes[0].detail


def test_an_empty_feed_proves_nothing(here: World) -> None:
    here.server.faults.add(faults.hidden([work.id for work in here.server.history.works]).on("/rss/*"))
    found = compare_days(here, LAST, source="rss")
    assert (keys(found), found.days) == ([], 0)
    assert found.not_compared[0].why == "the feed is empty, which proves nothing"


def test_a_paper_that_only_the_feed_shows_is_missing_local(here: World) -> None:
    lost = new_papers(here, LAST)[0].id
    change_mailing(here, LAST, without(lost))
    assert keys(compare_days(here, LAST, source="rss")) == [(LAST, "missing-local", lost)]
