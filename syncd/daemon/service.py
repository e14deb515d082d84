"""The daemon as a process: the real clock wakes the cycle, signals end it or let it read its configuration again.

    main thread: signals, the watchdog's beat ─wakes─► scheduler's thread: one turn at a time, each as its moment comes

The beat is monotonic and only asks the other thread to look at the clock: a clock set back cannot keep it asleep, and systemd
is told that the service lives only when that thread answered.
"""

from __future__ import annotations

import logging
import os
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from threading import Event
from typing import TYPE_CHECKING

from syncd.archive import database, leader, locks, owner
from syncd.config import masked
from syncd.daemon import memory, words
from syncd.daemon.cycle import Cycle
from syncd.daemon.notify import Notifier, notifier, watchdog
from syncd.daemon.schedule import Action, Memory, Plan, What
from syncd.daemon.telling import Teller
from syncd.daemon.waking import Alarm
from syncd.errors import ConfigError, DatabaseError, SyncdError
from syncd.health import Hours
from syncd.usecases.asking import listing_pages, open_web
from syncd.usecases.repair import finish_interrupted
from syncd.usecases.watching import Watch
from syncd.usecases.workspace import Access, open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from syncd.config import Config
    from syncd.daemon.cycle import Step
    from syncd.daemon.metrics import Facts
    from syncd.usecases.fetching import Upstream
    from syncd.usecases.watching import Progress
    from syncd.usecases.workspace import Workspace

_LOG = logging.getLogger("syncd.daemon")
_BEAT = timedelta(minutes=5)
_CONTESTED_BEAT = timedelta(seconds=20)
_FAREWELL = 4.0
_TRUSTED = 0.75
"""The other thread may be silent for this part of the watchdog's limit: one long request, say."""
_SERVER_PAUSE = timedelta(seconds=10)
_FIXED = ("archive", "database", "metrics")


@dataclass(slots=True)
class Orders:
    """What signals ask for; `wake` is set with each."""

    wake: Event = field(default_factory=Event)
    end: Event = field(default_factory=Event)
    reload: bool = False

    def stop(self) -> None:
        """End at the next safe point."""
        self.end.set()
        self.wake.set()

    def read_again(self) -> None:
        """Read the configuration again."""
        self.reload = True
        self.wake.set()


def plan_of(config: Config, chance: float) -> Plan:
    """The schedule of a configuration; `chance` is from 0 to 1."""
    schedule = config.schedule
    hours = Hours(schedule.timezone, schedule.poll_from, schedule.poll_until)
    return Plan(hours, schedule.poll_every, schedule.check_every, schedule.recheck, chance)


def serve(config: Config, orders: Orders, read: Callable[[], Config], environ: Mapping[str, str]) -> None:
    """Run the daemon until it is told to end. Errors before it is ready are raised; afterwards only bugs are."""
    told = notifier(environ)
    owner.require(config.archive.root, os.geteuid(), ["syncd", "run"])
    _await_server(config, orders, told)
    with ExitStack() as held:
        work = open_workspace(config, lambda: datetime.now(UTC), Access.CREATE)
        held.callback(work.close)
        held.enter_context(locks.daemon_lock(work.folder.root, holder=locks.holder_words("syncd run", work.wall())))
        told.extend(timedelta(minutes=5))
        finish_interrupted(work)
        place = leader.Leadership(work.database)
        held.callback(place.release)
        service = _Service(work, orders, told, place, _facts(config))
        service.recall()
        told.ready()
        told.status("ready")
        service.run(read, watchdog(environ))


def _await_server(config: Config, orders: Orders, told: Notifier) -> None:
    """Wait until a server's database can be reached: it may be starting too. An embedded one is there or is made."""
    if config.database.url.startswith("sqlite"):
        return
    while not orders.end.is_set():
        try:
            database.exists(config.database.url)
        except DatabaseError as error:
            told.extend(3 * _SERVER_PAUSE)
            told.status(f"waiting for {masked(config.database.url)}: {error.detail}")
            _LOG.warning("waiting for the database: %s", error.detail)
            orders.end.wait(_SERVER_PAUSE.total_seconds())
        else:
            return


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

    def __init__(
        self, work: Workspace, orders: Orders, told: Notifier, place: leader.Leadership, facts: Facts | None
    ) -> None:
        self._orders = orders
        self._told = told
        self._place = place
        self._facts = facts
        self._watch = Watch(tell=self._living, ask=orders.end)
        chance = Random(str(work.archive)).random()  # noqa: S311  it spreads archives, it hides nothing
        self._cycle = Cycle(work, plan_of(work.config, chance), self._upstream, self._keep, watch=self._watch)
        self._config = work.config
        self._next = Action(What.LOOK, datetime.max.replace(tzinfo=UTC))
        self._anew = True
        self._leads = False
        self._copied: datetime | None = None
        self._answered = time.monotonic()
        self._idle = Event()
        self._idle.set()
        self._bug: BaseException | None = None
        self._alarm = Alarm(self._turn)

    def recall(self) -> None:
        """Take up what was done last: by this host, or by another that shares the ledger."""
        work = self._cycle.work
        kept = memory.load(work.folder.root)
        base = f"{work.config.upstream.listing_url}/list/{work.config.archive.category}"
        asked = leader.last_asked(work.database, f"{base}/new")
        if asked is not None and (kept.polled is None or kept.polled < asked[0]):
            kept = replace(kept, polled=asked[0], answered=asked[1] == 200)
        self._cycle.memory = kept

    def run(self, read: Callable[[], Config], limit: timedelta | None) -> None:
        """Until told to end; then at most a few seconds more."""
        beat = min(limit / 2 if limit else _BEAT, _CONTESTED_BEAT if self._place.contested else _BEAT)
        schedule = self._config.schedule
        self._alarm.start(schedule.poll_from, schedule.timezone)
        while not self._orders.end.is_set():
            self._alarm.now()
            self._orders.wake.wait(beat.total_seconds())
            self._orders.wake.clear()
            if self._orders.reload:
                self._reload(read)
            if limit is None or time.monotonic() - self._answered < _TRUSTED * limit.total_seconds():
                self._told.alive()
        self._told.stopping()
        self._told.status("ending at a safe point")
        self._alarm.stop()
        if not self._idle.wait(_FAREWELL):
            _LOG.warning("a request under way is given up; nothing of it was kept")
        if self._bug is not None:
            raise self._bug

    def _turn(self) -> None:
        self._idle.clear()
        try:
            self._look()
        except BaseException as bug:  # noqa: BLE001  raised again in the main thread, which ends the process
            self._bug = bug
            self._orders.stop()
        finally:
            self._answered = time.monotonic()
            self._idle.set()

    def _look(self) -> None:
        if self._orders.end.is_set():
            return
        now = datetime.now(UTC)
        if not self._rules():
            self._follow(now)
            return
        if self._next.when > now and not self._anew:
            return
        self._anew = False
        step = self._cycle.step(now)
        self._next = step.next
        self._after(step)
        self._alarm.at(step.next.when)

    def _rules(self) -> bool:
        """Whether this host leads; one that has just begun to takes up what the other did, and looks at once."""
        try:
            leads = self._place.hold()
        except DatabaseError as error:
            _LOG.warning("leadership is lost: %s", error.detail)
            leads = False
        if leads and not self._leads:
            if self._place.contested:
                _LOG.info("this host leads")
            self._anew = True
            self.recall()
        self._leads = leads
        return leads

    def _follow(self, now: datetime) -> None:
        try:
            newest = leader.newest_change(self._cycle.work.database)
        except SyncdError as error:
            self._told.status(f"the database cannot be asked: {error.detail}")
            return
        if newest is None or newest == self._copied:
            return
        step = self._cycle.follow(now)
        if step.seen is not None:
            self._copied = newest
        self._after(step)

    def _after(self, step: Step) -> None:
        Teller(self._config, self._orders.end.is_set).tell(step)
        self._told.status(words.status(step, leads=self._leads))
        if self._facts is not None:
            self._publish(step)

    def _publish(self, step: Step) -> None:
        from syncd.daemon import metrics

        facts = self._facts
        if facts is None:
            return
        facts.take(step, datetime.now(UTC), leads=self._leads)
        try:
            facts.measure(self._cycle.work)
            if self._config.metrics.textfile is not None:
                metrics.write(self._config.metrics.textfile, facts)
        except SyncdError as error:
            _LOG.warning("metrics: %s", error.detail)

    def _reload(self, read: Callable[[], Config]) -> None:
        """Read the configuration again; a bad one, or one that needs a restart, is said and not used."""
        self._orders.reload = False
        self._told.reloading()
        try:
            found = read()
            _refuse_moves(self._config, found)
        except ConfigError as error:
            where = f"{error.key or ''} {error.detail}".strip()
            _LOG.error("the configuration was not taken: %s", where)
            self._told.status(f"the configuration was not taken: {where}; going on with the old one")
        else:
            self._config = found
            self._cycle.work = replace(self._cycle.work, config=found)
            self._cycle.plan = plan_of(found, self._cycle.plan.chance)
            self._anew = True
            _LOG.info("the configuration was read again")
        self._told.ready()

    @contextmanager
    def _upstream(self, work: Workspace) -> Iterator[Upstream]:
        with open_web(work, self._sleep) as (web, _sent):
            yield listing_pages(work, web)

    def _sleep(self, seconds: float) -> None:
        """Wait for a turn with upstream, which is a sign of life, unless the service is to end."""
        self._living()
        self._watch.pause(seconds)
        self._living()

    def _living(self, _progress: Progress | None = None) -> None:
        self._answered = time.monotonic()

    def _keep(self, kept: Memory) -> None:
        memory.save(self._cycle.work.folder.root, kept)


def _refuse_moves(old: Config, new: Config) -> None:
    for section in _FIXED:
        if getattr(old, section) != getattr(new, section):
            raise ConfigError("was changed, which needs a restart", key=section)
