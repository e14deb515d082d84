"""Bulk metadata over OAI-PMH as a source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.compared_archive import (
    DAYS,
    change_mailing,
    compare_days,
    keys,
    new_papers,
    with_entry,
)

if TYPE_CHECKING:
    from tests.support.small_archive import World


def test_metadata_that_covers_the_dates_is_not_requested_again(here: World) -> None:
    compare_days(here, DAYS[1], source="oai")
    here.asked.clear()
    change_mailing(here, DAYS[1], with_entry(new_papers(here, DAYS[1])[0].id, title="Another Title"))
    assert "title-changed" in {code for _, code, _ in keys(compare_days(here, DAYS[1], source="oai"))}
    assert here.asked == []
