"""The daemon's pieces of work on a small archive: what each asks of arXiv, and what it makes of the answer."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.daemon.jobs import JOBS, Result, Task
from syncd.daemon.observing import observe
from syncd.daemon.schedule import Memory, What, plan_of
from syncd.usecases.sync import sync
from syncd.usecases.watching import Watch
from tests.world import World, evening, noon, world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAYS = [date(2026, 6, 30), *(date(2026, 7, n) for n in (1, 2, 3, 7, 8, 9, 10, 13))]
LAST, BEFORE = DAYS[-1], DAYS[-2]


@pytest.fixture
def down(tmp_path: Path) -> Iterator[World]:
    """An archive that missed the mailing before the last, and is up again when the last is due and late."""
    with world(tmp_path, noon(DAYS[-3])) as made:
        with made.open() as work:
            sync(work, made.upstream)
        made.now, made.server.lag = evening(LAST), timedelta(hours=2)
        made.asked.clear()
        yield made


def done(here: World, what: What) -> Result:
    with here.open() as work:
        plan = plan_of(work.config.schedule, 0.0)
        watch = Watch()
        standing = observe(work, plan.hours).standing
        task = Task(work, standing, plan, lambda _: nullcontext(here.upstream), watch, watch.go_on)
        return JOBS[what](task, Memory())


def missing(here: World) -> tuple[date, ...]:
    with here.open() as work:
        return observe(work, plan_of(work.config.schedule, 0.0).hours).standing.missing


def test_a_missing_mailing_that_is_shown_while_the_next_is_late_is_not_asked_for_again(down: World) -> None:
    assert missing(down) == (BEFORE,)
    result = done(down, What.POLL)
    assert ([outcome.day for outcome in result.new], result.error, result.memory.answered) == ([BEFORE], None, True)
    assert missing(down) == ()
    assert down.asked == ["/list/cs.CV/new"]


def test_a_poll_asks_for_no_other_missing_date(down: World) -> None:
    down.server.lag = timedelta(0)
    assert [outcome.day for outcome in done(down, What.POLL).new] == [LAST]
    assert missing(down) == (BEFORE,)
    assert down.asked == ["/list/cs.CV/new"]


def test_a_date_before_the_ledger_begins_is_not_taken_from_the_page_of_a_late_mailing(down: World) -> None:
    down.overrides["archive.since"] = str(LAST)
    assert done(down, What.POLL).new == ()
    assert not down.file(BEFORE).exists()
