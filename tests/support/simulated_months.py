"""A daemon living through months of evenings on a clock that only the test moves; no socket, no sleep, nothing by chance."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from syncd.config import load
from syncd.core import mailing
from syncd.core.errors import Unavailable
from syncd.rehearsal.history import announced_at
from syncd.rehearsal.server import config_text
from syncd.usecases.ingest.upstream_client import ListingClient
from syncd.usecases.workspace import Access, open_workspace
from tests.support import faults
from tests.support.daemon_turns import TurnMaker
from tests.support.generated_history import grown_history
from tests.support.small_archive import world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from syncd.daemon.worker import TurnReport
    from syncd.usecases.workspace import Workspace
    from syncd.web import Response
    from tests.support.small_archive import World

QUARTER = timedelta(minutes=15)
Span = tuple[datetime, datetime]


@dataclass
class Weather:
    """What goes wrong when; `lags` by listing date, spans of moments."""

    lags: dict[date, timedelta] = field(default_factory=dict)
    stale: list[Span] = field(default_factory=list)
    outages: list[Span] = field(default_factory=list)
    down: list[Span] = field(default_factory=list)
    deferred: set[date] = field(default_factory=set)


@dataclass
class Life:
    """One daemon and the arXiv it asks; `alarms` and `ends` are its troubles, `looks` its polls, with the moment."""

    here: World
    weather: Weather
    alarms: list[tuple[datetime, str]] = field(default_factory=list)
    ends: list[tuple[datetime, str]] = field(default_factory=list)
    written: list[tuple[datetime, date]] = field(default_factory=list)
    announced: list[str] = field(default_factory=list)
    looks: list[datetime] = field(default_factory=list)
    goes_on: Callable[[], bool] = lambda: True
    """Says before each turn whether life goes on."""

    def get(self, url: str, *, expect: str) -> Response:
        """The answer of the moment."""
        now = self.here.now
        self.looks += [now] if "/new" in url else []
        if _within(now, self.weather.outages):
            self.here.asked.append(url)
            raise Unavailable("no route", url=url)
        if "/new" in url and _within(now, self.weather.stale):
            self.here.server.faults.add(faults.stale().on("/list/cs.CV/new"))
        self.here.server.lag = self.weather.lags.get(evening_of(now), timedelta())
        return self.here.get(url, expect=expect)

    @contextmanager
    def ask(self, _work: Workspace) -> Iterator[ListingClient]:
        """The way to this arXiv."""
        yield ListingClient(self, self.here.server.url, "cs.CV")

    def live(self, until: datetime) -> None:
        """Let the daemon live on; while the host is down there is none, and afterwards another one."""
        while self.here.now < until and self.goes_on():
            gap = next((span for span in self.weather.down if self.here.now < span[1]), None)
            self._process(min(until, gap[0]) if gap else until)
            if gap and self.here.now >= gap[0]:
                self.here.now = max(self.here.now, gap[1])

    def _process(self, until: datetime) -> None:
        """One process of the daemon, from its start to its end."""
        with self.open() as work:
            daemon = TurnMaker(self.here, work, open_upstream=self.ask, spread=0.5)
            daemon.restart()
            while self.here.now < until and self.goes_on():
                report = daemon.lead()
                self._note(report)
                self.announced += daemon.announce()
                self.here.now = min(until, max(report.next.at, self.here.now + timedelta(seconds=1)))

    @contextmanager
    def open(self) -> Iterator[Workspace]:
        """The archive, which keeps no raw answers, so that a year passes quickly."""
        folder = self.here.folder
        (folder / "config.toml").write_text(config_text(self.here.server, str(folder)), encoding="utf-8")
        config = load(folder / "config.toml", {}, {"archive.vault": ""} | self.here.overrides)
        work = open_workspace(config, lambda: self.here.now, Access.CREATE)
        try:
            yield work
        finally:
            work.close()

    def _note(self, report: TurnReport) -> None:
        self.alarms += [(self.here.now, trouble.key) for trouble in report.raised]
        self.ends += [(self.here.now, trouble.key) for trouble in report.over]
        self.written += [(self.here.now, outcome.day) for outcome in report.new if outcome.day]


def evening_of(now: datetime) -> date:
    """The listing date whose announcement is the latest at `now`, holidays aside."""
    return (now.astimezone(mailing.NEW_YORK) + timedelta(hours=4)).date()


def _within(now: datetime, spans: list[Span]) -> bool:
    return any(start <= now < end for start, end in spans)


@contextmanager
def simulate(folder: Path, since: date, until: date, weather: Weather) -> Iterator[Life]:
    """A life that begins an hour before the first mailing is announced."""
    closed = {*mailing.calendar().missing, *weather.deferred}
    history = grown_history(Random(5), since, until, 3, closed=closed)
    with world(folder, announced_at(since).astimezone(UTC) - timedelta(hours=1), history) as here:
        yield Life(here, weather)


def random_lags(chance: Random, since: date, until: date) -> dict[date, timedelta]:
    """A lag of up to three and a half hours in three evenings of eight."""
    days = [since + timedelta(days=n) for n in range((until - since).days + 1)]
    return {day: timedelta(minutes=chance.randint(20, 210)) for day in days if chance.random() < 0.375}


def count_least_requests(life: Life) -> int:
    """As few requests as can be: a look every quarter of an hour until the heading turns, and one page to compare."""
    history, weather = life.here.server.history, life.weather
    looks = 0
    for day in history.days:
        moment = announced_at(day).astimezone(UTC)
        if _within(moment, weather.down):
            looks += 1
            continue
        turned = moment + weather.lags.get(day, timedelta())
        for start, end in (*weather.stale, *weather.outages):
            if start <= moment < end:
                turned = max(turned, min(end, moment + timedelta(hours=10)))
        looks += 1 + -((moment - turned) // QUARTER)
    return looks + len(history.days) + 40 * len(weather.deferred)  # a deferral is not known before the night is over
