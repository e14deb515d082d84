"""Turns of the daemon on a small archive: what is asked, what is announced once, what is forgotten when it is over."""

from __future__ import annotations

import gc
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from syncd.archive.files.host_state import STATE_FILE
from syncd.archive.sql.daemon_state import SharedState
from syncd.archive.sql.ledger import SqlLedger
from syncd.archive.sql.ledger_tables import REQUEST
from syncd.core.errors import DatabaseError, FolderError
from syncd.core.troubles import Trouble
from syncd.daemon import cycle, notifications, state
from syncd.daemon.schedule import Job
from syncd.daemon.state import DaemonState
from syncd.usecases.ingest.sync import sync
from syncd.usecases.progress import Cancelled, Progress, RunControl
from tests.support import faults
from tests.support.changed_history import removed
from tests.support.daemon_turns import TurnMaker, keys
from tests.support.small_archive import evening, noon, world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from syncd.core.troubles import HookEvent
    from syncd.daemon.notifications import Facts
    from syncd.usecases.ingest.upstream_client import ListingClient
    from syncd.usecases.workspace import Workspace

DAYS = [date(2026, 6, 30), *(date(2026, 7, n) for n in (1, 2, 3, 7, 8, 9, 10, 13))]
LAST = DAYS[-1]
DATABASE, MISSED = Trouble("database", "x", "gone"), Trouble("mailing-missed", "2026-07-13", "m")


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[TurnMaker]:
    with world(tmp_path, noon(LAST)) as here, here.open() as work:
        yield TurnMaker(here, work)


def test_the_first_turn_brings_everything_within_reach_and_the_second_asks_nothing(daemon: TurnMaker) -> None:
    report = daemon.lead()
    assert [outcome.day for outcome in report.new] == DAYS[::-1]
    assert len(daemon.here.asked) == len(DAYS) + 1
    daemon.here.asked.clear()
    again = daemon.lead(noon(LAST) + timedelta(minutes=1))
    assert (again.jobs, again.new, daemon.here.asked) == ((), (), [])
    assert again.next_poll == datetime(2026, 7, 14, tzinfo=UTC)


def test_a_restart_repeats_nothing(daemon: TurnMaker) -> None:
    daemon.here.server.lag = timedelta(hours=2)
    daemon.lead(evening(LAST))
    daemon.here.asked.clear()
    daemon.restart()
    report = daemon.lead(evening(LAST) + timedelta(minutes=5))
    assert daemon.here.asked == []
    assert (report.next.job, report.next.at) == (Job.POLL, evening(LAST) + timedelta(minutes=15))


def test_a_look_by_a_command_counts_as_one_of_the_daemon(daemon: TurnMaker) -> None:
    daemon.here.server.lag = timedelta(hours=2)
    daemon.here.now = evening(LAST)
    assert cycle.load_shared(daemon.work, DaemonState()).polled is None
    address, asked = f"{daemon.here.server.url}/list/cs.CV/new", evening(LAST) - timedelta(minutes=1)
    row = {"started": asked, "host": "a", "pool": "pages", "url": address, "status": 200, "pid": 1}
    with daemon.work.database.write() as connection:
        connection.execute(sa.insert(REQUEST), row)
    known = cycle.load_shared(daemon.work, DaemonState(polled=evening(LAST) - timedelta(hours=1), answered=False))
    assert (known.polled, known.answered) == (asked, True)


def test_a_rest_is_waited_out_by_asking_later(daemon: TurnMaker) -> None:
    ledger = SqlLedger(daemon.work.database)
    host = daemon.here.server.url.removeprefix("http://")
    until = ledger.start_cooldown(host, timedelta(hours=1), status=429, reason="HTTP 429")
    daemon.state = DaemonState(checked=noon(LAST), checked_all=noon(LAST))
    report = daemon.lead()
    assert daemon.here.asked == []
    assert report.view is not None
    assert report.view.resting_until == until
    assert report.next.at == until or report.next.job is Job.CHECK


def test_a_stop_is_announced_once_and_so_is_its_end(daemon: TurnMaker) -> None:
    ledger = SqlLedger(daemon.work.database)
    ledger.block_host("pages.example", "answered 403", status=403)
    assert "stopped pages.example" in keys(daemon.lead().raised)
    assert daemon.here.asked == []
    assert daemon.lead(noon(LAST) + timedelta(minutes=15)).raised == ()
    ledger.release("pages.example")
    last = daemon.lead(noon(LAST) + timedelta(minutes=30))
    assert "stopped pages.example" in keys(last.over)
    assert last.new


def test_a_state_that_cannot_be_saved_is_announced_once_and_its_end_too(daemon: TurnMaker) -> None:
    full = daemon.work.folder.root / STATE_FILE
    full.mkdir()
    report = daemon.lead()
    assert (keys(report.raised), report.should_yield) == ([f"folder {full}"], True)
    assert report.next.at == noon(LAST) + cycle.RETRY
    daemon.here.asked.clear()
    assert daemon.lead(noon(LAST) + timedelta(minutes=1)).raised == ()
    full.rmdir()
    report = daemon.lead(noon(LAST) + timedelta(minutes=6))
    assert (keys(report.over), report.open, report.should_yield) == ([f"folder {full}"], (), False)
    assert daemon.lead(noon(LAST) + timedelta(minutes=7)).over == ()
    assert daemon.announce()[-2:] == ["problem folder", "recovered folder"]


def test_an_edited_file_is_announced_by_the_nightly_check_and_forgotten_when_it_is_restored(daemon: TurnMaker) -> None:
    daemon.lead()
    whole = daemon.here.file(DAYS[3]).read_bytes()
    daemon.here.file(DAYS[3]).write_bytes(whole.replace(b">  ", b">  Edited. ", 1))
    heard: list[str] = []
    for night in range(1, 9):
        raised = daemon.lead(noon(LAST) + timedelta(days=night)).raised
        heard += [key for key in keys(raised) if "mailing" not in key]
    assert heard == [f"file-edited {DAYS[3]}"]
    daemon.here.file(DAYS[3]).write_bytes(whole)
    assert f"file-edited {DAYS[3]}" in keys(daemon.lead(noon(LAST) + timedelta(days=9)).over)


def test_a_paper_that_left_is_a_difference_that_costs_one_more_page_and_rewrites_nothing(daemon: TurnMaker) -> None:
    daemon.lead(evening(LAST))
    before = daemon.here.file(LAST).read_bytes()
    listed = daemon.here.server.history.mailings[LAST, "cs.CV"].new
    daemon.here.server.history = removed(daemon.here.server.history, listed[0].id, "cs.CV", LAST)
    daemon.here.asked.clear()
    report = daemon.lead(noon(LAST))
    assert [result.codes for result in report.jobs if result.job is Job.RECHECK] == [("missing-upstream",)]
    recent, page, *versions = daemon.here.asked
    assert ("/recent" in recent, page) == (True, f"/catchup/cs.CV/{LAST}?abs=True&page=1")
    assert all("id_list=" in url for url in versions)
    assert daemon.here.file(LAST).read_bytes() == before


def test_a_recent_page_that_is_rejected_is_tried_again_later(daemon: TurnMaker) -> None:
    daemon.here.server.faults.add(faults.maintenance().on("/list/cs.CV/recent*"))
    report = daemon.lead()
    (failure,) = (result.failure for result in report.jobs if result.job is Job.RECHECK)
    assert "(no-heading)" in failure
    assert daemon.state.rechecked is None
    daemon.lead(noon(LAST) + timedelta(hours=6))
    assert daemon.state.rechecked == LAST


def test_a_follower_announces_the_end_of_its_own_troubles_and_of_no_other(daemon: TurnMaker) -> None:
    shared = SharedState(daemon.work.database)
    shared.change([MISSED], [])
    daemon.state = DaemonState(announced=(DATABASE,))
    report = daemon.follow()
    assert (report.raised, report.over) == ((), (DATABASE,))
    assert shared.announced() == (MISSED,)
    assert daemon.here.asked == []
    assert daemon.announce(is_leader=False) == ["recovered database"]


def test_a_follower_never_writes_what_all_hosts_share(daemon: TurnMaker) -> None:
    daemon.lead()
    shared = SharedState(daemon.work.database)
    before = shared.content()
    daemon.state = replace(daemon.state, polled=None, tried=(LAST,))
    daemon.follow(noon(LAST) + timedelta(days=8))
    assert shared.content() == before


def test_asked_to_stop_it_does_nothing_more(daemon: TurnMaker) -> None:
    daemon.control.cancel.set()
    assert daemon.lead().new == ()
    assert daemon.here.asked == []


def test_turns_leave_nothing_behind(daemon: TurnMaker) -> None:
    daemon.lead()
    moments = iter(noon(LAST) + timedelta(seconds=n) for n in range(1, 400))
    for _ in range(10):
        daemon.lead(next(moments))
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(40):
        daemon.lead(next(moments))
    gc.collect()
    assert len(gc.get_objects()) - before < 40


class PowerCut(BaseException):
    """The machine lost its power here."""


def test_events_that_hooks_were_not_run_for_are_left_to_the_next_process_and_run_once(daemon: TurnMaker) -> None:
    daemon.lead()
    assert daemon.announce(3) == [f"new {day}" for day in DAYS[:3]]
    daemon.restart()
    daemon.lead(noon(LAST) + timedelta(minutes=1))
    assert daemon.announce() == [f"new {day}" for day in DAYS[3:]]
    daemon.restart()
    assert daemon.announce() == []


def test_a_kill_while_a_hook_runs_repeats_it(daemon: TurnMaker) -> None:
    daemon.lead()

    def cut(_event: HookEvent, _facts: Facts) -> bool:
        raise PowerCut

    with pytest.raises(PowerCut):
        notifications.announce_shared(daemon.work, lambda: True, cut)
    assert daemon.announce()[0] == f"new {DAYS[0]}"


def fail_at_the_fourth(daemon: TurnMaker, error: type[BaseException]) -> None:
    """Let the way to arXiv fail when it is opened for the fourth time."""
    calls = iter(range(100))

    def open_upstream(_work: Workspace) -> AbstractContextManager[ListingClient]:
        if next(calls) == 3:
            raise error
        return nullcontext(daemon.here.upstream)

    daemon.open_upstream = open_upstream


def test_a_mailing_brought_in_just_before_a_kill_is_announced_after_it(daemon: TurnMaker) -> None:
    """The rows are committed; the turn that asked for them never comes to its end."""
    fail_at_the_fourth(daemon, PowerCut)
    with pytest.raises(PowerCut):
        daemon.lead()
    daemon.open_upstream = None
    daemon.restart()
    daemon.lead(noon(LAST) + timedelta(minutes=1))
    assert daemon.announce() == [f"new {day}" for day in DAYS]


def test_stopped_in_the_middle_it_goes_on_at_once_after_a_restart(daemon: TurnMaker) -> None:
    fail_at_the_fourth(daemon, Cancelled)
    assert len(daemon.lead().new) == 3
    daemon.open_upstream = None
    daemon.restart()
    assert len(daemon.lead(noon(LAST) + timedelta(seconds=5)).new) == len(DAYS) - 3


def test_a_turn_that_is_not_the_current_one_any_more_stops_between_two_jobs(daemon: TurnMaker) -> None:
    answers = iter([True, True, False])
    daemon.is_current = lambda: next(answers, False)
    report = daemon.lead()
    assert (len(report.jobs), report.next.at) == (2, noon(LAST))


def test_a_mailing_whose_file_a_full_disk_refused_is_written_and_announced_later(daemon: TurnMaker) -> None:
    def refuse(step: str) -> None:
        if step == "row":
            raise FolderError("no space left", path="/archive")

    whole = daemon.work
    daemon.work = replace(whole, steps=refuse)
    assert "folder /archive" in keys(daemon.lead(evening(LAST)).raised)
    daemon.work = whole
    report = daemon.lead(evening(LAST) + timedelta(minutes=5))
    assert keys(report.over) == ["folder /archive"]
    heard = daemon.announce()
    assert sorted(set(heard)) == ["new " + str(day) for day in DAYS] + ["problem folder", "recovered folder"]
    assert all(daemon.here.file(day).is_file() for day in DAYS)


def test_a_disk_that_refuses_in_the_middle_of_a_catch_up_delays_it_no_longer_than_it_refuses(daemon: TurnMaker) -> None:
    rows: list[str] = []

    def refuse_from_the_third(step: str) -> None:
        rows.extend([step] if step == "row" else [])
        if len(rows) >= 3:
            raise FolderError("no space left", path=str(whole.folder.root / f"{len(rows)}.md"))

    whole = daemon.work
    daemon.work = replace(whole, steps=refuse_from_the_third)
    report = daemon.lead()
    assert (keys(report.raised), report.should_yield) == ([f"folder {whole.folder.root}"], True)
    assert (report.view, report.next.at) == (None, noon(LAST) + cycle.RETRY)
    assert report.jobs[-1].failure
    assert daemon.lead(noon(LAST) + timedelta(minutes=1)).raised == ()
    asked = len(daemon.here.asked)
    daemon.work = whole
    report = daemon.lead(noon(LAST) + timedelta(minutes=5))
    assert (keys(report.raised), report.should_yield) == ([], False)
    assert all(daemon.here.file(day).is_file() for day in DAYS)
    assert len(daemon.here.asked) - asked == len(DAYS) - 3 + 1


def test_a_job_that_the_database_refused_counts_as_asked(daemon: TurnMaker) -> None:
    def refuse(_work: Workspace) -> AbstractContextManager[ListingClient]:
        raise DatabaseError("locked", path="x")

    daemon.open_upstream = refuse
    daemon.lead()
    assert cycle.load_shared(daemon.work, DaemonState()).polled == noon(LAST)


@pytest.mark.parametrize(
    ("fault", "where", "yields"),
    [
        (faults.status(500), "/list/*", True),
        (faults.status(500), "/catchup/*", True),
        (faults.halved(), "/catchup/*", False),
    ],
)
def test_a_host_that_arxiv_does_not_answer_lets_another_lead_while_a_mailing_is_missed(
    daemon: TurnMaker, fault: faults.Fault, where: str, yields: bool
) -> None:
    sync(daemon.work, daemon.here.upstream, DAYS[:-2])
    daemon.here.server.faults.add(fault.on(where, times=None))
    report = daemon.lead()
    assert report.view is not None
    assert report.view.health.missed
    assert report.should_yield is yields


def test_a_host_that_lacks_nothing_leads_on_even_if_arxiv_did_not_answer(daemon: TurnMaker) -> None:
    daemon.here.now = evening(LAST)
    sync(daemon.work, daemon.here.upstream, DAYS)
    SharedState(daemon.work.database).save(state.format_shared(DaemonState(polled=evening(LAST), answered=False)))
    assert not daemon.lead().should_yield
    assert not daemon.state.answered


def test_a_page_that_was_rejected_is_reported_at_once_and_asked_for_again(daemon: TurnMaker) -> None:
    daemon.lead(evening(LAST) - timedelta(hours=1))
    daemon.here.server.faults.add(faults.halved().on("/list/cs.CV/new*"))
    report = daemon.lead(evening(LAST))
    (failure,) = (result.failure for result in report.jobs if result.job is Job.POLL)
    assert str(LAST) in failure
    assert report.new == ()
    again = daemon.lead(evening(LAST) + timedelta(minutes=15))
    assert [outcome.day for outcome in again.new] == [LAST]


def test_many_mailings_missing_at_the_first_start_are_one_alarm(daemon: TurnMaker) -> None:
    daemon.here.server.faults.add(faults.status(500).on(times=None))
    raised = daemon.lead().raised
    assert [key for key in keys(raised) if "mailing" in key] == [f"mailing-missed {DAYS[0]}..{LAST}"]


def test_a_wait_for_a_program_shows_that_the_turn_goes_on() -> None:
    lives: list[Progress] = []
    control = RunControl(report=lives.append)
    is_ending = cycle.keep_alive(control)
    assert (is_ending(), len(lives)) == (False, 1)
    control.cancel.set()
    assert (is_ending(), len(lives)) == (True, 2)


def test_a_trouble_of_the_daemon_itself_is_reported_beside_those_of_this_host() -> None:
    edited = Trouble("file-edited", "2026-07-10", "e")
    known = DaemonState(faults=(edited, Trouble("row-missing", "2026-07-09", "r")))
    report = cycle.report_trouble(DATABASE, known, noon(LAST))
    assert (report.raised, report.open) == ((DATABASE,), (edited, DATABASE))
    assert report.next.at == noon(LAST) + cycle.RETRY
    assert cycle.report_trouble(DATABASE, report.state, noon(LAST)).raised == ()


def test_only_what_changed_for_all_hosts_is_written(daemon: TurnMaker) -> None:
    before = DaemonState(polled=noon(LAST))
    after = replace(before, checked=noon(LAST), faults=(Trouble("file-edited", str(LAST), "e"),))
    cycle._save_shared(daemon.work, before, after)
    assert SharedState(daemon.work.database).content() is None
    different = Trouble("row-missing", str(LAST), "d")
    cycle._save_shared(daemon.work, before, replace(before, faults=(different,)))
    assert cycle.load_shared(daemon.work, DaemonState()) == DaemonState(polled=noon(LAST), faults=(different,))
