"""The RSS feed as a source."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.usecases.compare.from_rss import SOURCE
from syncd.usecases.compare.source_view import RequestCount
from tests.support import faults
from tests.support.compared_archive import (
    DAYS,
    LAST,
    change_mailing,
    compare_days,
    keys,
    move_paper,
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


@pytest.mark.parametrize("is_named", [True, False])
def test_a_broken_item_of_the_feed_is_not_compared_and_the_others_are(here: World, *, is_named: bool) -> None:
    paper = new_papers(here, LAST)[0].id
    name = f"arXiv:{paper}v1 Announce" if is_named else f"oai:arXiv.org:{paper}"
    here.server.faults.add(faults.rewritten(name, "nothing").on("/rss/*"))
    found = compare_days(here, LAST, source="rss")
    assert (keys(found), found.days) == ([], 1)
    (skipped,) = found.not_compared
    assert skipped.what.endswith(paper if is_named else "of which no id is known")


def test_the_feed_shows_today_alone(here: World) -> None:
    found = compare_days(here, DAYS[-2], LAST, LAST + timedelta(days=1), source="rss")
    assert found.days == 1
    why = f"the feed holds the mailing of {LAST} only"
    assert [(n.day, n.why) for n in found.not_compared] == [(DAYS[-2], why), (LAST + timedelta(days=1), why)]


@pytest.mark.parametrize(("held_elsewhere", "is_stale"), [(1, False), (2, True)])
def test_the_feed_is_stale_when_more_than_half_of_its_new_papers_are_held_on_another_date(
    here: World, held_elsewhere: int, is_stale: bool
) -> None:
    papers = new_papers(here, LAST)
    assert len(papers) == 2
    for work in papers[:held_elsewhere]:
        move_paper(here, work.id, LAST, DAYS[-2])
    found = compare_days(here, LAST, source="rss")
    assert (("stale-source" in {code for _, code, _ in keys(found)}), found.days) == (is_stale, int(not is_stale))


def test_a_feed_with_cross_lists_alone_is_compared(here: World) -> None:
    lost = [work.id for work in new_papers(here, LAST)]
    here.server.faults.add(faults.hidden(lost).on("/rss/*"))
    assert set(keys(compare_days(here, LAST, source="rss"))) == {(LAST, "missing-upstream", paper) for paper in lost}


def test_a_feed_that_is_not_understood_is_rejected_and_kept(here: World) -> None:
    here.server.faults.add(faults.halved().on("/rss/*"))
    found = compare_days(here, LAST, source="rss")
    assert found.days == 0
    assert found.not_compared[0].why.startswith("the feed was rejected: ")
    with here.open() as work:
        assert "refused" in {receipt.kind for receipt in work.vault.receipts()}


def test_the_feed_costs_one_request_and_one_for_versions(here: World) -> None:
    with here.open() as work:
        assert SOURCE.count_requests(work, [LAST]) == RequestCount(api=2)
        assert SOURCE.count_requests(work, []) == RequestCount()
