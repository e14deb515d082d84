"""The daemon's state in a line for people."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from syncd.core.health import Health
from syncd.core.troubles import Trouble
from syncd.daemon.schedule import ArchiveView, Job, NextJob
from syncd.daemon.state import DaemonState
from syncd.daemon.status_line import describe_job, format_progress, format_result, format_status
from syncd.daemon.worker import JobResult, TurnReport
from syncd.usecases.progress import Progress

LAST, EVENING = date(2026, 7, 13), datetime(2026, 7, 14, tzinfo=UTC)
VIEW = ArchiveView(LAST, is_waiting=False, next_due=date(2026, 7, 14), health=Health(LAST, (), (), 0))
REPORT = TurnReport(DaemonState(), NextJob(Job.POLL, EVENING), view=VIEW, next_poll=EVENING)
DATABASE, MISSED = Trouble("database", "x", "gone"), Trouble("mailing-missed", "2026-07-13", "missing")


def test_it_says_what_is_next_and_what_is_held() -> None:
    assert format_status(REPORT) == "next poll Mon 20:00 New York; newest 2026-07-13 complete; no gaps"


def test_a_follower_stands_by() -> None:
    assert format_status(REPORT, is_leader=False).startswith("standing by, another host leads; newest")


@pytest.mark.parametrize("is_leader", [True, False])
def test_an_archive_that_cannot_be_looked_at_is_tried_again(is_leader: bool) -> None:
    closed = replace(REPORT, view=None, next_poll=None, open=(DATABASE,))
    words = "next try Mon 20:00 New York; the archive cannot be used now; gone"
    assert format_status(closed, is_leader=is_leader) == words


def test_it_says_what_is_missing_what_waits_and_how_long_arxiv_rests() -> None:
    view = replace(VIEW, missing=(LAST,), health=Health(None, (), (), 3), resting_until=EVENING)
    assert format_status(replace(REPORT, view=view)).split("; ")[1:] == [
        "nothing held yet", "1 missing", "3 older wait for a backfill", "arXiv rests until Mon 20:00 New York",
    ]  # fmt: skip


def test_what_only_a_person_can_end_comes_before_what_is_missing() -> None:
    assert format_status(replace(REPORT, open=(MISSED, DATABASE, MISSED))).endswith("; gone (and 2 more)")
    assert format_status(replace(REPORT, open=(MISSED,))).endswith("; missing")


def test_a_job_is_described_while_it_goes_on() -> None:
    assert describe_job(Job.POLL, VIEW) == "looking for the mailing of 2026-07-13"
    assert describe_job(Job.CATCHUP, replace(VIEW, missing=(LAST,))) == "catching up, 1 missing"
    assert all(describe_job(job, VIEW) for job in Job if job is not Job.LOOK)
    assert describe_job(Job.LOOK, VIEW) == ""
    assert format_progress(Progress("checking", 3, 9)) == "checking, 3 of 9"
    assert format_progress(Progress("checking")) == "checking"


def test_the_log_says_what_a_job_came_to() -> None:
    found = JobResult(Job.CHECK, codes=("b", "a", "b"), seconds=1.25)
    assert format_result(found) == "check took 1.2 s: 3 found (a, b)"
    assert format_result(replace(found, codes=(), failure="refused")) == "check took 1.2 s: refused"
