"""The daemon's pieces of work on a small archive: what each asks of arXiv, and what it makes of the answer."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.core.health import Trouble
from syncd.daemon.jobs import DIFFERENCE, JOBS, Result, Task
from syncd.daemon.observe import observe
from syncd.daemon.schedule import Memory, What, plan_of
from syncd.rehearsal import faults
from syncd.usecases.ingest.sync import sync
from syncd.usecases.progress import RunControl
from tests.support.small_archive import World, evening, noon, world

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


def done(here: World, what: What, memory: Memory | None = None) -> Result:
    with here.open() as work:
        plan = plan_of(work.config.schedule, 0.0)
        watch = RunControl()
        standing = observe(work, plan.hours).standing
        task = Task(work, standing, plan, lambda _: nullcontext(here.upstream), watch, watch.check_cancelled)
        return JOBS[what](task, memory or Memory())


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


def differing(day: date) -> Memory:
    return Memory(faults=(Trouble(DIFFERENCE, str(day), "differs", "syncd diff"),))


@pytest.fixture
def whole(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, noon(LAST)) as made:
        with made.open() as work:
            sync(work, made.upstream)
        made.asked.clear()
        yield made


def test_a_difference_that_the_page_of_recent_mailings_no_longer_shows_is_looked_for_on_the_page_of_its_day(
    whole: World,
) -> None:
    result = done(whole, What.RECHECK, differing(DAYS[0]))
    assert [url.partition("?")[0] for url in whole.asked] == ["/list/cs.CV/recent", f"/catchup/cs.CV/{DAYS[0]}"]
    assert result.memory.faults == ()


def test_a_difference_stays_one_while_its_page_cannot_be_believed(whole: World) -> None:
    whole.server.faults.add(faults.halved().on("/catchup/*"))
    before = differing(DAYS[0])
    assert done(whole, What.RECHECK, before).memory.faults == before.faults
    assert done(whole, What.RECHECK, before).memory.faults == ()


def test_a_difference_of_a_day_that_has_no_page_any_more_is_over(whole: World) -> None:
    assert done(whole, What.RECHECK, differing(LAST - timedelta(days=91))).memory.faults == ()
    assert [url.partition("?")[0] for url in whole.asked] == ["/list/cs.CV/recent"]
