"""The daemon as a process: the real clock wakes it, signals stop it or let it read its configuration again.

main thread: signals, the watchdog's beat ─wakes─► scheduler's thread: one turn at a time ─► a process for each turn

The beat is monotonic and only asks the other thread to look at the clock, so that one that was set back is noticed. The service
says to systemd that it is alive only while that thread answers. Nothing large is imported here.
"""

from __future__ import annotations

import logging
import math
import os
import signal
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import TYPE_CHECKING

from syncd.archive.files import lock_holders, locks, owner
from syncd.core.errors import ConfigError, FolderError
from syncd.core.troubles import Trouble, trouble_from_error
from syncd.core.values import dataclass
from syncd.daemon import metrics_output
from syncd.daemon.leadership import Leadership, await_server, find_leadership
from syncd.daemon.schedule import NextTurn
from syncd.daemon.scheduler import Scheduler
from syncd.daemon.systemd import SystemdNotifier, find_notifier, watchdog_limit
from syncd.daemon.worker import Mode, TurnFailed, TurnReport, TurnRequest, run_turn
from syncd.usecases.process import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from syncd.config import Config
    from syncd.daemon.metrics import DaemonMetrics
    from syncd.daemon.signals import SignalRequests
    from syncd.daemon.state import DaemonState
    from syncd.usecases.process import StartPeer

_LOG = logging.getLogger("syncd.daemon")
_BEAT = timedelta(minutes=5)
_CONTESTED_BEAT = timedelta(seconds=20)
_RETRY = timedelta(minutes=5)
_SILENCE, _LEAST_SILENCE = timedelta(minutes=10), timedelta(seconds=30)
"""A turn that is silent for longer is killed; with a watchdog after half of its limit, but not sooner than the least."""
_START_PAUSE = timedelta(minutes=1)
_START = timedelta(hours=1)
"""Preparing the archive (a migration, say) may be silent for this long."""
_YIELD = timedelta(minutes=5)
"""A host whose disk refused, or that arXiv does not answer, lets another try to lead for this long."""
_KILL_GRACE = 0.5
"""Seconds that the scheduler's thread has to return after a turn was killed."""
_TRUSTED = 0.75
"""The other thread may be silent for this part of the watchdog's limit, for example during one long request."""
_FIXED = ("archive", "database", "metrics")
"""Sections that cannot change without a restart."""


@dataclass(frozen=True, slots=True)
class ServiceSetup:
    """What the daemon needs of its caller: the process that makes one turn, the configuration read anew, the environment.

    `start_turn` starts that process with the descriptor that its request comes from. `find_leadership` finds what the hosts
    share. `shutdown_grace` is how long (s) a turn may take to come to a safe point, and `force_exit` ends the process where one
    of its threads hangs after that.
    """

    start_turn: StartPeer
    read_config: Callable[[], Config]
    environ: Mapping[str, str]
    find_leadership: Callable[[Config], Leadership] = find_leadership
    shutdown_grace: float = 4.0
    force_exit: Callable[[int], None] = os._exit


def serve(config: Config, signals: SignalRequests, setup: ServiceSetup) -> None:
    """Run the daemon until it is asked to stop. TurnFailed when a turn ended without a report: it has said why."""
    notifier, root = find_notifier(setup.environ), config.archive.root
    owner.require(root, os.geteuid(), ["syncd", "run"])
    await_server(config, signals, notifier)
    with ExitStack() as held:
        leadership = setup.find_leadership(config)
        held.callback(leadership.release)
        service = _Service(config, signals, notifier, leadership, setup)
        holder = lock_holders.describe_holder("syncd run", datetime.now(UTC))
        if service.prepare(lambda: held.enter_context(locks.daemon_lock(root, holder=holder))):
            service.run()


class _Service:
    """One running daemon: turns are made in the scheduler's thread, everything else in the main one."""

    def __init__(
        self,
        config: Config,
        signals: SignalRequests,
        notifier: SystemdNotifier,
        leadership: Leadership,
        setup: ServiceSetup,
    ) -> None:
        self._config = config
        self._signals = signals
        self._notifier = notifier
        self._leadership = leadership
        self._setup = setup
        self._watchdog = watchdog_limit(setup.environ)
        self._metrics: DaemonMetrics | None = None
        self._state: DaemonState | None = None
        self._next_turn = NextTurn()
        self._is_leader = self._logged_first_status = False
        self._yield_until = -math.inf
        self._last_answer = time.monotonic()
        self._idle = Event()
        self._bug: BaseException | None = None
        self._scheduler = Scheduler(self._wake)
        if leadership.lock is not None:
            leadership.lock.patience = self._patience()

    def prepare(self, lock: Callable[[], object]) -> bool:
        """Make the archive ready and take its lock, however long that takes. TurnFailed when it cannot be.

        A disk that refuses is reported and tried again. False when the daemon is asked to stop first.
        """
        self._notifier.status("opening the archive")
        try:
            while not self._signals.is_stopping:
                self._notifier.extend(_START)
                report = self._run_turn(TurnRequest(self._config, Mode.PREPARE, self._state), _START)
                if report.is_prepared:
                    try:
                        lock()
                    except FolderError as error:
                        trouble = trouble_from_error(error)
                        request = TurnRequest(self._config, Mode.REPORT, report.state, trouble=trouble)
                        report = self._run_turn(request, _START)
                    else:
                        self._state = report.state
                        return True
                self._state = report.state
                self._notifier.status(report.status)
                self._signals.sleep(_START_PAUSE.total_seconds())
        except TurnFailed:
            if not self._signals.is_stopping:
                raise
        return False

    def run(self) -> None:
        """Make turns until asked to stop, then end within a few seconds."""
        self._metrics = metrics_output.start_metrics(self._config, datetime.now(UTC))
        limit = self._watchdog
        beat = min(limit / 2 if limit else _BEAT, _CONTESTED_BEAT if self._leadership.is_contested else _BEAT)
        self._idle.set()
        self._notifier.ready()
        self._notifier.status("ready")
        self._scheduler.start()
        self._scheduler.call_on_evenings(self._config.schedule.poll_from, self._config.schedule.timezone)
        while not self._signals.is_stopping:
            if self._idle.is_set():
                self._scheduler.call_now()
            self._signals.wait(beat.total_seconds())
            if self._signals.is_reload_due:
                self._reload()
            if limit is None or time.monotonic() - self._last_answer < _TRUSTED * limit.total_seconds():
                self._notifier.alive()
        self._stop()

    def _stop(self) -> None:
        self._notifier.stopping()
        self._notifier.status("stopping after the current step")
        self._scheduler.stop()
        # The turn is terminated by the thread that waits for it, which sees `is_stopping`.
        if not self._idle.wait(self._setup.shutdown_grace + _KILL_GRACE):
            # A server that does not answer holds the thread; the locks end with the process.
            self._setup.force_exit(0)
        if self._bug is not None:
            raise self._bug

    def _wake(self) -> None:
        """Look at the clock in the scheduler's thread, and make a turn where one is due."""
        self._idle.clear()
        self._heartbeat()
        try:
            if not self._signals.is_stopping:
                self._make_due_turn()
        except BaseException as bug:  # noqa: BLE001  raised again in the main thread, which ends the process
            self._bug = bug
            self._signals.request_stop()
        finally:
            self._heartbeat()
            self._idle.set()
            if self._next_turn.is_requested:
                self._signals.wake()  # a reload requested it meanwhile

    def _make_due_turn(self) -> None:
        was_leader, was_unreachable = self._is_leader, self._leadership.is_unreachable
        self._is_leader = time.monotonic() >= self._yield_until and self._leadership.hold()
        if (self._is_leader and not was_leader) or self._leadership.is_unreachable is not was_unreachable:
            # Who begins to lead looks at once; and a server that has gone is reported by a turn, as is its return.
            self._next_turn.request()
        # The leader also writes the files of mailings that a command fetched on another host.
        has_news = self._leadership.has_news()
        if not self._next_turn.is_due(datetime.now(UTC)) and not has_news:
            return
        is_measured, mode = self._metrics is not None, Mode.LEAD if self._is_leader else Mode.FOLLOW
        try:
            report = self._run_turn(TurnRequest(self._config, mode, self._state, is_measured), self._silence())
        except TurnFailed as failed:
            self._next_turn.at = datetime.now(UTC) + _RETRY
            self._report_failure(failed)
        else:
            self._next_turn.at = report.next.at
            self._take_report(report)
            if report.should_yield and self._leadership.is_contested:
                _LOG.warning("another host may lead for %d minutes", _YIELD.total_seconds() // 60)
                self._yield_until = time.monotonic() + _YIELD.total_seconds()
                self._leadership.release()
        self._leadership.settle()
        if self._is_leader:
            self._scheduler.call_at(self._next_turn.at)

    def _run_turn(self, request: TurnRequest, silence: timedelta) -> TurnReport:
        limits = Limits(
            silence=silence,
            ending=lambda: self._signals.is_stopping,
            grace=timedelta(seconds=self._setup.shutdown_grace),
        )
        return run_turn(self._setup.start_turn, request, self._heartbeat, limits)

    def _silence(self) -> timedelta:
        return max(self._watchdog / 2, _LEAST_SILENCE) if self._watchdog else _SILENCE

    def _patience(self) -> float:
        """Return for how long (s) another leader may say nothing before it counts as frozen. A turn may be silent for less."""
        spoken = (self._silence() + _LEAST_SILENCE).total_seconds()
        return max(spoken, _TRUSTED * self._watchdog.total_seconds()) if self._watchdog else spoken

    def _report_failure(self, failed: TurnFailed) -> None:
        """Let another process report that a turn was killed. That one begins with what was written down, not with this state."""
        if self._signals.is_stopping:
            if failed.code == -signal.SIGKILL:
                _LOG.warning("the turn under way was killed; nothing of it is half done")
            return
        if failed.code > 0:
            raise failed
        trouble = Trouble("turn", "", f"a turn of the daemon {failed}; another is made soon", "journalctl -u syncd")
        self._state = None
        try:
            report = self._run_turn(TurnRequest(self._config, Mode.REPORT, trouble=trouble), self._silence())
        except TurnFailed:
            _LOG.error("%s", trouble.message)
        else:
            self._take_report(report)

    def _take_report(self, report: TurnReport) -> None:
        self._state = report.state
        if self._metrics is not None:
            self._metrics.update(report, datetime.now(UTC), is_leader=self._is_leader)
            metrics_output.write_metrics(self._metrics, self._config.metrics.textfile)
        self._notifier.status(report.status)
        if not self._logged_first_status:
            self._logged_first_status = True
            _LOG.info("%s", report.status)

    def _reload(self) -> None:
        """Read the configuration again. A bad one, or one that needs a restart, is reported and not used."""
        self._signals.is_reload_due = False
        self._notifier.reloading()
        try:
            found = self._setup.read_config()
            for section in _FIXED:
                if getattr(self._config, section) != getattr(found, section):
                    raise ConfigError("was changed, which needs a restart", key=section)  # noqa: TRY301  one way to say no
        except (ConfigError, FolderError) as error:
            where = error.path if isinstance(error, FolderError) else error.key or ""
            reason = f"{where} {error.detail}".strip()
            _LOG.error("the new configuration was rejected: %s", reason)
            self._notifier.status(f"the new configuration was rejected: {reason}; the old one stays in use")
        else:
            self._config = found
            self._next_turn.request()
            self._scheduler.call_on_evenings(found.schedule.poll_from, found.schedule.timezone)
            _LOG.info("the configuration was reloaded")
        self._notifier.ready()

    def _heartbeat(self, doing: str = "") -> None:
        self._last_answer = time.monotonic()
        self._leadership.touch()
        if doing:
            self._notifier.status(doing)
