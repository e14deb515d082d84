"""One turn of the daemon, in its process: everything large is loaded here, and gone with it.

daemon:   signals, scheduler ─► service ─► worker.run_turn ──TurnRequest──► serve          ┐
          status, metrics ◄── service ◄── str (signs of life), then TurnReport ──◄─────────┤ this process
                                                                                            ┘
turn:     open the archive ─► take the lock of the one turn ─► cycle.lead or cycle.follow ─► log ─► hooks ─► measure

A signal ends it at a safe point, and so does a daemon that is gone.
"""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from syncd.archive.sql import leader_lock, measurements
from syncd.core.errors import ArchiveError, DatabaseError, FolderError
from syncd.core.troubles import trouble_from_error
from syncd.daemon import cycle, notifications, status_line
from syncd.daemon import state as states
from syncd.daemon.jobs import Tools
from syncd.daemon.schedule import Job, NextJob
from syncd.daemon.worker import Mode, TurnReport
from syncd.usecases.progress import Progress, RunControl
from syncd.usecases.reconcile.recover import finish_interrupted
from syncd.usecases.upstream import make_listing_client, open_web
from syncd.usecases.workspace import Access, open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection
    from threading import Event

    from syncd.core.troubles import HookEvent
    from syncd.daemon.notifications import Facts, RunHooks
    from syncd.daemon.state import DaemonState
    from syncd.daemon.worker import TurnRequest
    from syncd.usecases.ingest.upstream_client import ListingClient
    from syncd.usecases.workspace import Workspace

_SIGN_EVERY = 1.0
_BUSY = timedelta(seconds=5)
"""A leader looks again this much later while a turn of its predecessor is still under way."""
_ASK_EVERY = 5.0
"""A follower at a long check asks this often whether another host still leads."""


@dataclass(slots=True)
class SignsOfLife:
    """Shows the daemon that the turn goes on: at most once a second, but at once when it does something else than before.

    Where no daemon listens any more, the work is asked to end.
    """

    connection: Connection
    end: Event
    last: float = 0.0
    doing: str = ""

    def send(self, progress: Progress) -> None:
        """Send what is being done, or an empty string where that has not changed."""
        is_other = progress.doing not in {"", self.doing}
        if time.monotonic() - self.last < _SIGN_EVERY and not is_other:
            return
        self.last, self.doing = time.monotonic(), progress.doing or self.doing
        try:
            self.connection.send(status_line.format_progress(progress))
        except OSError:
            self.end.set()


def serve(connection: Connection, end: Event, set_up: Callable[[TurnRequest], object]) -> int:
    """Make the turn that is requested over `connection`, and send its report. `end` asks for the end.

    `set_up` is called first, to begin the log. SyncdError when the archive cannot be prepared.
    """
    with suppress(EOFError, BrokenPipeError):  # the daemon was killed
        request: TurnRequest = connection.recv()
        set_up(request)
        connection.send(make_turn(request, RunControl(report=SignsOfLife(connection, end).send, cancel=end)))
    return 0


def make_turn(request: TurnRequest, control: RunControl) -> TurnReport:
    """Make one turn by the real clock, and run the hooks for what is news."""
    now, is_open = datetime.now(UTC), False
    state = request.state or states.load(request.config.archive.root)
    if request.trouble is not None:
        return _report_trouble(request, cycle.report_trouble(request.trouble, state, now), control)
    try:
        with ExitStack() as held:
            work = open_workspace(request.config, lambda: now, Access.CREATE)
            held.callback(work.close)
            is_open = True
            if request.mode is Mode.PREPARE:
                finish_interrupted(work)
                return TurnReport(state, NextJob(Job.LOOK, now), status="ready")
            sole_turn = leader_lock.sole_turn(work.database) if request.mode is Mode.LEAD else nullcontext()
            return _make_open_turn(request, work, state, held.enter_context(sole_turn), control)
    except ArchiveError as error:
        may_pass = isinstance(error, FolderError) or (isinstance(error, DatabaseError) and error.passing)
        if request.mode is Mode.PREPARE and not may_pass:
            raise
        report = _report_trouble(request, cycle.report_trouble(trouble_from_error(error), state, now), control)
        return replace(report, is_prepared=is_open, should_yield=True)


def _make_open_turn(
    request: TurnRequest,
    work: Workspace,
    state: DaemonState,
    is_current: Callable[[], bool] | None,
    control: RunControl,
) -> TurnReport:
    """Make the turn on an open archive. Without `is_current` it follows: another host's turn is under way, or is to be."""
    tools = Tools(
        work,
        lambda opened: _open_upstream(opened, control),
        control,
        is_current or _ask_seldom(lambda: leader_lock.is_led(work.database)),
        notifications.log_job,
        Random(str(work.archive)).random(),  # noqa: S311  it spreads archives, it hides nothing
    )
    is_leader = is_current is not None
    if is_current is not None:
        tools = replace(tools, control=_with_touches(control, is_current))
    report = cycle.lead(tools, state) if is_leader else cycle.follow(tools, state)
    notifications.log_report(report)
    report = replace(report, status=status_line.format_status(report, is_leader=is_leader))
    failed: list[str] = []
    run_hooks = _hook_runner(request, control, failed)
    if not is_leader or notifications.announce_shared(work, tools.is_current, run_hooks):
        state = notifications.announce_own(work.folder.root, report.state, run_hooks)
        report = replace(report, state=state, should_yield=report.should_yield and is_leader)
    if request.mode is Mode.LEAD and not is_leader:
        report = replace(report, next=NextJob(Job.LOOK, work.now() + _BUSY))
    report = replace(report, failed_hooks=tuple(failed))
    return _measure(report, work) if request.is_measured else report


def _report_trouble(request: TurnRequest, report: TurnReport, control: RunControl) -> TurnReport:
    """Log and announce the trouble of a turn that could do nothing else, and save its state where the folder allows."""
    notifications.log_report(report)
    root, failed = request.config.archive.root, list[str]()
    state = notifications.announce_own(root, report.state, _hook_runner(request, control, failed))
    with suppress(ArchiveError):
        states.save(root, state)
    status = status_line.format_status(report, is_leader=request.mode is Mode.LEAD)
    return replace(report, state=state, status=status, failed_hooks=tuple(failed))


def _hook_runner(request: TurnRequest, control: RunControl, failed: list[str]) -> RunHooks:
    """Return what runs the hooks of one event, and shows which one runs."""
    ending = cycle.keep_alive(control)

    def run_hooks(event: HookEvent, facts: Facts) -> bool:
        if getattr(request.config.hooks, f"on_{event.name}"):
            control.report(Progress(f"running the hooks on_{event.name} {event.trouble.key}"))
        return notifications.run_hooks(request.config, event, facts, ending, failed)

    return run_hooks


def _with_touches(control: RunControl, is_current: Callable[[], bool]) -> RunControl:
    """Return the control that shows the other hosts, at each sign of life, that the turn of the leader is not frozen."""
    touch = _ask_seldom(is_current)

    def report(progress: Progress) -> None:
        control.report(progress)
        touch()

    return replace(control, report=report)


def _ask_seldom(ask: Callable[[], bool]) -> Callable[[], bool]:
    """Return the same question, whose answer holds for a while before it is asked again."""
    last, answer = -_ASK_EVERY, True

    def ask_or_repeat() -> bool:
        nonlocal last, answer
        if time.monotonic() - last >= _ASK_EVERY:
            last, answer = time.monotonic(), ask()
        return answer

    return ask_or_repeat


@contextmanager
def _open_upstream(work: Workspace, control: RunControl) -> Iterator[ListingClient]:
    def sleep(seconds: float) -> None:
        control.report(Progress(""))
        control.wait(seconds)
        control.report(Progress(""))

    with open_web(work, sleep) as (web, _sent):
        yield make_listing_client(work, web)


def _measure(report: TurnReport, work: Workspace) -> TurnReport:
    with suppress(ArchiveError):
        return replace(
            report,
            requests=measurements.count_requests(work.database),
            database_bytes=measurements.database_bytes(work.database),
            folder_bytes=measurements.folder_bytes(work.database, work.store.replica),
        )
    return report
