"""The daemon as a process: the real clock wakes it, signals end it or let it read its configuration again.

main thread: signals, the watchdog's beat ─wakes─► scheduler's thread: one turn at a time ─► a process for each turn

The beat is monotonic and only asks the other thread to look at the clock: one that was set back is noticed then, and systemd is
told that the service lives only while that thread answers. Nothing heavy is imported here.
"""

from __future__ import annotations

import logging
import math
import os
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import TYPE_CHECKING

from syncd.archive.files import locks, owner
from syncd.core.errors import ConfigError, FolderError, SyncdError
from syncd.core.health import Trouble, trouble_from_error
from syncd.daemon.due import Due
from syncd.daemon.leadership import Place, await_server, place_of
from syncd.daemon.messages import Errand, Kept, Mode
from syncd.daemon.scheduler import Alarm
from syncd.daemon.systemd import Notifier, notifier, watchdog
from syncd.daemon.worker import Failed, Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from syncd.config import Config
    from syncd.daemon.messages import Report
    from syncd.daemon.metrics import Facts
    from syncd.daemon.signals import Orders

_LOG = logging.getLogger("syncd.daemon")
_BEAT = timedelta(minutes=5)
_CONTESTED_BEAT = timedelta(seconds=20)
_RETRY = timedelta(minutes=5)
_PATIENCE, _LEAST_PATIENCE = timedelta(minutes=10), timedelta(seconds=30)
_START_PAUSE = timedelta(minutes=1)
_START = timedelta(hours=1)
_ASIDE = timedelta(minutes=5)
"""A host whose disk refused, or that arXiv does not answer, lets another try to lead for so long."""
_LAST_WORDS = 0.5
_TRUSTED = 0.75
"""The other thread may be silent for this part of the watchdog's limit: one long request, say."""
_FIXED = ("archive", "database", "metrics")


@dataclass(frozen=True, slots=True)
class Ways:
    """What the daemon needs of its caller: the command that makes one turn, the configuration read anew, the environment.

    `place` finds what the hosts share; `farewell` is how long (s) a turn may take to come to a safe point, and `leave` ends the
    process where a thread of it hangs after that.
    """

    command: Sequence[str]
    read: Callable[[], Config]
    environ: Mapping[str, str]
    place: Callable[[Config], Place] = place_of
    farewell: float = 4.0
    leave: Callable[[int], None] = os._exit


def serve(config: Config, orders: Orders, ways: Ways) -> None:
    """Run the daemon until it is told to end. Failed when a turn ended without a report: it has said why."""
    told, root = notifier(ways.environ), config.archive.root
    owner.require(root, os.geteuid(), ["syncd", "run"])
    await_server(config, orders, told)
    with ExitStack() as held:
        place = ways.place(config)
        held.callback(place.release)
        service = _Service(config, orders, told, place, ways)
        if not orders.ending:
            words = locks.describe_holder("syncd run", datetime.now(UTC))
            if service.prepare(lambda: held.enter_context(locks.daemon_lock(root, holder=words))):
                service.run()


def _facts(config: Config) -> Facts | None:
    """The facts that are counted where anybody reads them; the library is not loaded for nobody."""
    if config.metrics.listen is None and config.metrics.textfile is None:
        return None
    from syncd.daemon import metrics

    facts = metrics.Facts()
    if config.metrics.listen is not None:
        metrics.serve(config.metrics.listen, facts)
    return facts


class _Service:
    """One running daemon: the turns are made in the scheduler's thread, everything else in the main one."""

    def __init__(self, config: Config, orders: Orders, told: Notifier, place: Place, ways: Ways) -> None:
        self._config = config
        self._orders = orders
        self._told = told
        self._place = place
        self._ways = ways
        self._limit = watchdog(ways.environ)
        self._turns = Turns(
            ways.command, self._living, max(self._limit / 2, _LEAST_PATIENCE) if self._limit else _PATIENCE
        )
        self._facts: Facts | None = None
        self._kept: Kept | None = None
        self._due = Due()
        self._leads = self._greeted = False
        self._aside = -math.inf
        self._answered = time.monotonic()
        self._idle = Event()
        self._bug: BaseException | None = None
        self._alarm = Alarm(self._turn)

    def prepare(self, lock: Callable[[], object]) -> bool:
        """Make the archive ready and take its lock, however long that takes; Failed when it cannot be.

        A disk that refuses is told of and tried again. False when the end was asked for first.
        """
        self._told.status("opening the archive")
        while not self._orders.ending:
            self._told.extend(_START)
            report = self._attended(Errand(self._config, Mode.PREPARE, self._kept))
            if report is not None and report.prepared:
                try:
                    lock()
                except FolderError as error:
                    report = self._attended(
                        Errand(self._config, Mode.TELL, report.kept, trouble=trouble_from_error(error))
                    )
                else:
                    self._kept = report.kept
                    return True
            if report is not None:
                self._kept = report.kept
                self._told.status(report.status)
                self._orders.rest(_START_PAUSE.total_seconds())
        return False

    def _attended(self, errand: Errand) -> Report | None:
        """The report of a turn, while this thread listens; None when the end was asked for first."""
        report = self._orders.attend(lambda: self._turns.make(errand, _START))
        if report is None:
            self._turns.end()
            if not self._turns.ended(self._ways.farewell):
                self._turns.end(at_once=True)
        return report

    def run(self) -> None:
        """Until told to end; then at most a few seconds more."""
        self._facts = _facts(self._config)
        limit = self._limit
        beat = min(limit / 2 if limit else _BEAT, _CONTESTED_BEAT if self._place.contested else _BEAT)
        self._idle.set()
        self._told.ready()
        self._told.status("ready")
        self._alarm.start()
        self._alarm.evenings(self._config.schedule.poll_from, self._config.schedule.timezone)
        while not self._orders.ending:
            if self._idle.is_set():
                self._alarm.now()
            self._orders.wait(beat.total_seconds())
            if self._orders.reload:
                self._reload()
            if limit is None or time.monotonic() - self._answered < _TRUSTED * limit.total_seconds():
                self._told.alive()
        self._end()

    def _end(self) -> None:
        self._told.stopping()
        self._told.status("ending at a safe point")
        self._alarm.stop()
        self._turns.end()
        if not self._idle.wait(self._ways.farewell):
            _LOG.warning("what was under way is given up; nothing of it was half done")
            self._turns.end(at_once=True)
            if not self._idle.wait(_LAST_WORDS):
                # A server that does not answer holds the thread; the locks end with the process.
                self._ways.leave(0)
        if self._bug is not None:
            raise self._bug

    def _turn(self) -> None:
        self._idle.clear()
        self._living()
        try:
            if not self._orders.ending:
                self._look()
        except BaseException as bug:  # noqa: BLE001  raised again in the main thread, which ends the process
            self._bug = bug
            self._orders.stop()
        finally:
            self._living()
            self._idle.set()
            if self._due.is_asked_for:
                self._orders.ring()  # asked for meanwhile, by a reload

    def _look(self) -> None:
        leads = self._rules()
        # Also who leads writes the files of what a command brought in on another host.
        has_news = self._place.has_news()
        if not self._due.has_come(datetime.now(UTC)) and not has_news:
            return
        self._make(Mode.STEP if leads else Mode.FOLLOW)
        if leads:
            self._alarm.at(self._due.moment)

    def _rules(self) -> bool:
        """Whether this host leads; one that has just begun to looks at once.

        A server that has just gone is told of by a turn, as any other trouble, and so is its return.
        """
        was_unreachable = self._place.unreachable
        leads = time.monotonic() >= self._aside and self._place.hold()
        if (leads and not self._leads) or self._place.unreachable is not was_unreachable:
            self._due.at_once()
        self._leads = leads
        return leads

    def _make(self, mode: Mode) -> None:
        try:
            measured = self._facts is not None
            report = self._turns.make(Errand(self._config, mode, self._kept, measured=measured))
        except Failed as failed:
            if failed.code > 0 and not self._orders.ending:
                raise
            self._due.moment = datetime.now(UTC) + _RETRY
            if not self._orders.ending:
                self._tell_of(failed)
            return
        self._due.moment = report.next
        self._take(report)
        if report.unfit and self._place.contested:
            _LOG.warning("another host may lead for %d minutes", _ASIDE.total_seconds() // 60)
            self._aside = time.monotonic() + _ASIDE.total_seconds()
            self._place.release()

    def _tell_of(self, failed: Failed) -> None:
        """Let another process tell that a turn was killed. What that one had written down counts, not what it was handed."""
        trouble = Trouble("turn", "", f"a turn of the daemon {failed}; another is made soon")
        self._kept = None
        try:
            report = self._turns.make(Errand(self._config, Mode.TELL, trouble=trouble))
        except Failed:
            _LOG.error("%s", trouble.message)
            return
        self._take(report)

    def _take(self, report: Report) -> None:
        self._kept = report.kept
        if self._facts is not None:
            self._count(self._facts, report)
        self._told.status(report.status)
        if not self._greeted:
            self._greeted = True
            _LOG.info("%s", report.status)

    def _count(self, facts: Facts, report: Report) -> None:
        from syncd.daemon import metrics

        facts.take(report, datetime.now(UTC), leads=self._leads)
        if self._config.metrics.textfile is not None:
            try:
                metrics.write(self._config.metrics.textfile, facts)
            except SyncdError as error:
                _LOG.warning("metrics: %s", error.detail)

    def _reload(self) -> None:
        """Read the configuration again; a bad one, or one that needs a restart, is said and not used."""
        self._orders.reload = False
        self._told.reloading()
        try:
            found = self._ways.read()
            _refuse_moves(self._config, found)
        except ConfigError as error:
            where = f"{error.key or ''} {error.detail}".strip()
            _LOG.error("the configuration was not taken: %s", where)
            self._told.status(f"the configuration was not taken: {where}; going on with the old one")
        else:
            self._config = found
            self._due.at_once()
            self._alarm.evenings(found.schedule.poll_from, found.schedule.timezone)
            _LOG.info("the configuration was read again")
        self._told.ready()

    def _living(self, doing: str = "") -> None:
        self._answered = time.monotonic()
        if doing:
            self._told.status(doing)


def _refuse_moves(old: Config, new: Config) -> None:
    for section in _FIXED:
        if getattr(old, section) != getattr(new, section):
            raise ConfigError("was changed, which needs a restart", key=section)
