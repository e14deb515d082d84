"""What a comparison would cost."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.usecases.compare.plan import plan
from syncd.usecases.compare.select import Selection
from tests.support.compared_archive import (
    BEYOND_REACH,
    DAYS,
    compare_days,
)

if TYPE_CHECKING:
    from tests.support.small_archive import World


@pytest.mark.parametrize("later", [timedelta(0), BEYOND_REACH])
@pytest.mark.parametrize("source", ["auto", "api", "oai", "rss", "snapshot"])
def test_a_plan_requests_nothing_and_estimates_no_less_than_is_sent(here: World, source: str, later: timedelta) -> None:
    here.now += later
    with here.open() as work:
        promised = plan(work, Selection(tuple(DAYS), source))
    assert here.asked == []
    compare_days(here, source=source)
    assert len(here.asked) <= promised.requests
    assert promised.requests <= len(here.asked) + 4
