"""The daemon's pieces of work on a small archive: what each asks of arXiv, and what it makes of the answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from syncd.archive.sql.service_tables import REPLICA_FILE
from syncd.core.model import Change, Severity, Version
from syncd.core.results import Problem
from syncd.core.troubles import Trouble
from syncd.daemon.cycle import observe
from syncd.daemon.jobs import JOBS, after_asking, is_still_to_be_written
from syncd.daemon.schedule import ArchiveView, Job
from syncd.daemon.state import DaemonState
from syncd.rehearsal.history import Edition
from tests.support import faults
from tests.support.changed_history import removed, revised
from tests.support.daemon_turns import TurnMaker, keys
from tests.support.small_archive import World, evening, noon, world
from tests.support.synced_archive import copy_synced

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncd.daemon.worker import JobResult

DAYS = [date(2026, 6, 30), *(date(2026, 7, n) for n in (1, 2, 3, 7, 8, 9, 10, 13))]
LAST, BEFORE = DAYS[-1], DAYS[-2]


@pytest.fixture
def down(tmp_path: Path) -> Iterator[World]:
    """An archive that missed the mailing before the last, and is up again when the last is due and late."""
    with world(tmp_path, noon(DAYS[-3])) as made:
        copy_synced(tmp_path, noon(DAYS[-3]))
        made.now, made.server.lag = evening(LAST), timedelta(hours=2)
        yield made


def do(here: World, job: Job, state: DaemonState | None = None) -> tuple[DaemonState, JobResult]:
    with here.open() as work:
        return JOBS[job](TurnMaker(here, work).tools, observe(work), state or DaemonState())


def missing(here: World) -> tuple[date, ...]:
    with here.open() as work:
        return observe(work).missing


def test_a_missing_mailing_that_is_shown_while_the_next_is_late_is_not_asked_for_again(down: World) -> None:
    assert missing(down) == (BEFORE,)
    state, result = do(down, Job.POLL)
    assert ([outcome.day for outcome in result.new], result.failure, state.answered) == ([BEFORE], "", True)
    assert missing(down) == ()
    assert down.asked == ["/list/cs.CV/new"]


def test_a_poll_whose_page_stays_short_asks_for_the_catchup_page_of_that_date(down: World) -> None:
    down.now, down.server.lag = noon(LAST), timedelta()
    down.server.faults.add(faults.missing(1).on("/list/*", times=None))
    _, result = do(down, Job.POLL)
    assert ([outcome.day for outcome in result.new], result.failure) == ([LAST], "")


def test_a_poll_asks_for_no_other_missing_date(down: World) -> None:
    down.server.lag = timedelta(0)
    assert [outcome.day for outcome in do(down, Job.POLL)[1].new] == [LAST]
    assert missing(down) == (BEFORE,)
    assert down.asked == ["/list/cs.CV/new"]


def test_a_date_before_the_ledger_begins_is_not_taken_from_the_page_of_a_late_mailing(down: World) -> None:
    down.overrides["archive.since"] = str(LAST)
    assert do(down, Job.POLL)[1].new == ()
    assert not down.file(BEFORE).exists()


def differing(day: date) -> DaemonState:
    return DaemonState(differences=(Change(day, "missing-upstream"),))


@pytest.fixture
def whole(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, noon(LAST)) as made:
        copy_synced(tmp_path, noon(LAST))
        yield made


def test_a_difference_that_the_page_of_recent_mailings_no_longer_shows_is_looked_for_on_the_page_of_its_day(
    whole: World,
) -> None:
    state, _ = do(whole, Job.RECHECK, differing(DAYS[0]))
    assert [url.partition("?")[0] for url in whole.asked] == ["/list/cs.CV/recent", f"/catchup/cs.CV/{DAYS[0]}"]
    assert state.differences == ()


def test_a_difference_stays_one_while_its_page_is_rejected(whole: World) -> None:
    whole.server.faults.add(faults.halved().on("/catchup/*"))
    before = differing(DAYS[0])
    assert do(whole, Job.RECHECK, before)[0].differences == before.differences
    assert do(whole, Job.RECHECK, before)[0].differences == ()


def test_a_difference_of_a_day_that_has_no_page_any_more_is_over(whole: World) -> None:
    assert do(whole, Job.RECHECK, differing(LAST - timedelta(days=91)))[0].differences == ()
    assert [url.partition("?")[0] for url in whole.asked] == ["/list/cs.CV/recent"]


def test_a_poll_that_arxiv_does_not_answer_is_no_answer_and_a_rejected_page_is_one(down: World) -> None:
    down.server.faults.add(faults.status(500).on("/list/*"))
    state, result = do(down, Job.POLL)
    assert (state.polled, state.answered, bool(result.failure)) == (evening(LAST), False, True)
    down.server.faults.add(faults.halved().on("/list/*"))
    state, result = do(down, Job.POLL)
    assert (state.answered, bool(result.failure)) == (True, True)


def test_older_dates_are_asked_for_newest_first_and_each_once_before_any_is_asked_for_again(whole: World) -> None:
    old = ArchiveView(LAST, is_waiting=False, next_due=LAST + timedelta(days=1), missing=tuple(DAYS[:3]))
    state, asked = DaemonState(), list[tuple[date, ...]]()
    with whole.open() as work:
        tools = TurnMaker(whole, work).tools
        for _ in range(4):
            state = after_asking(Job.CATCHUP, tools, old, state, answered=True)
            asked.append(state.tried)
        assert after_asking(Job.CATCHUP, tools, old, DaemonState(), answered=False).tried == ()
        assert after_asking(Job.CHECK, tools, old, state, answered=True) == state
    assert asked == [(DAYS[2],), (DAYS[1], DAYS[2]), tuple(DAYS[:3]), (DAYS[2],)]


def test_a_file_that_this_host_has_still_to_write_is_no_problem() -> None:
    lacking = Problem(LAST, "2026/2026-07-13.md", None, "file-missing", Severity.FAULT, "is missing", "syncd repair")
    assert is_still_to_be_written(lacking, {BEFORE})
    assert not is_still_to_be_written(lacking, {BEFORE, LAST})
    assert not is_still_to_be_written(replace(lacking, day=None), {BEFORE})
    assert not is_still_to_be_written(replace(lacking, code="file-damaged"), {BEFORE})


def test_a_check_overlooks_a_file_that_this_host_has_still_to_write_and_no_other(whole: World) -> None:
    whole.file(LAST).unlink()
    whole.file(BEFORE).unlink()
    with whole.open() as work, work.database.write() as connection:
        connection.execute(sa.delete(REPLICA_FILE).where(REPLICA_FILE.c.day == LAST))
    state, result = do(whole, Job.CHECK_ALL)
    assert (keys(state.faults), result.codes) == ([f"file-missing {BEFORE}"], ("file-missing",))


def test_a_check_of_a_part_replaces_the_faults_it_looked_at_and_keeps_the_others(whole: World) -> None:
    healed = Trouble("file-edited", str(DAYS[1]), "e")
    elsewhere, of_vault = Trouble("index-stale", "index", "i"), Trouble("vault-missing", str(DAYS[1]), "v")
    state, _ = do(whole, Job.CHECK, DaemonState(faults=(healed, elsewhere, of_vault)))
    assert (state.faults, state.checked, state.checked_all) == ((elsewhere, of_vault), noon(LAST), None)
    state, _ = do(whole, Job.CHECK_ALL, state)
    assert (state.faults, state.checked_all) == ((), noon(LAST))


def test_a_revised_paper_is_drift_as_for_diff_and_no_fault(whole: World) -> None:
    day = DAYS[-1]
    mailing = whole.server.history.mailings[day, "cs.CV"]
    later = Edition(day, Version(2, datetime(2026, 7, 13, 10, tzinfo=UTC)), "Another Title", "Text.")
    left = removed(whole.server.history, mailing.cross[0].id, "cs.CV", day)
    whole.server.history = revised(left, mailing.new[0].id, later)
    state, result = do(whole, Job.RECHECK)
    assert set(result.codes) == {"revised", "crosslist-removed"}
    assert state.differences == ()
