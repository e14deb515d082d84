"""Let the daemon live through 1,000 simulated days with faults at random, and watch what it needs: `make soak`.

All turns are made in this process, so that whatever one leaves behind adds up. The client and its ledger are the real ones, on
the simulated clock. Beside it `syncd serve` runs as a process, and is asked for pages every ten days. Memory, descriptors and the
sizes of the tables are printed every hundred days. Ctrl-C or SIGTERM ends it with what was seen so far.
"""

from __future__ import annotations

import argparse
import gc
import os
import sqlite3
import sys
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from random import Random
from typing import TYPE_CHECKING

import httpx

from syncd.archive.sql.ledger import SqlLedger
from syncd.core import mailing
from syncd.core.model import State
from syncd.rehearsal import paper_details, typeset
from syncd.rehearsal.upstream_faults import UPSTREAM_FAULTS, NextAttempt
from syncd.usecases import upstream
from syncd.usecases.upstream import make_listing_client, settings_of
from syncd.web import PoliteClient
from tests.soak.served_pages import ServedPages, measure_process
from tests.support.manual_clock import never
from tests.support.simulated_months import Life, Weather, evening_of, random_lags, simulate
from tests.support.stoppable_run import StopRequest, run_in_room
from tests.torture.figures import record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncd.usecases.ingest.upstream_client import ListingClient
    from syncd.usecases.workspace import Workspace

SINCE = date(2023, 2, 6)
DAYS = 1000
EVERY = 100
READ_EVERY, PAGES_OF_MAILINGS = timedelta(days=10), 12
"""How often pages are read, and of how many mailings."""
SHARE_OF_FAULTS = 0.05
TABLES = ("mailing", "entry", "paper", "syncd_history", "syncd_finding", "syncd_request", "syncd_rest", "syncd_event")
_REMEMBERED = (
    paper_details.paper_details, paper_details.bulk_metadata, paper_details.stated_version,
    typeset.title, typeset.link_title, typeset.abstract,
)  # fmt: skip
"""What the invented arXiv remembers of its papers, in the memory of the same process. No daemon has it."""
MEMORY_GROWTH, DESCRIPTOR_GROWTH = 8.0, 2
"""MiB and descriptors by which the process may grow between the first sample and the last."""


@dataclass
class Sample:
    """What the daemon needs after `days` days, and `serve` beside it: MiB of memory, and descriptors."""

    days: int
    memory: float
    descriptors: int
    database: float
    serve: tuple[float, int]
    rows: dict[str, int]


@dataclass
class Soak:
    """The arXiv of the simulated life, and what was measured."""

    life: Life
    chance: Random
    stop: StopRequest
    read_next: datetime
    faults: int = 0
    missing: list[date] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    pages: ServedPages | None = None

    @contextmanager
    def ask(self, _work: Workspace) -> Iterator[ListingClient]:
        """Provide the real client. Its waits cost no time, and its clock is the simulated one."""
        here = self.life.here
        client = PoliteClient(
            settings_of(_work.config),
            SqlLedger(_work.database, clock=lambda: here.now),
            now=lambda: here.now,
            sleep=lambda _seconds: None,
            transport=httpx.MockTransport(self._answer),
            start_timer=never,
        )
        with client as web:
            yield make_listing_client(_work, web)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        here = self.life.here
        here.server.lag = self.life.weather.lags.get(evening_of(here.now), timedelta())
        if self.chance.random() < SHARE_OF_FAULTS:
            row = self.chance.choice([row for row in UPSTREAM_FAULTS if row.next_attempt is not NextAttempt.PERSON])
            here.server.faults.add(row.fault.on(times=1))
            self.faults += 1
        target = request.url.raw_path.decode("ascii")
        here.asked.append(target)
        reply, _ = here.server.answer(target, (), len(target))
        here.server.faults.clear()
        if reply.reset_at is not None or reply.missing:
            raise httpx.ReadError("reset by peer")
        headers = {"Content-Type": reply.kind, **dict(reply.headers)}
        return httpx.Response(reply.status, headers=headers, stream=httpx.ByteStream(reply.body))

    def measure(self, days: int) -> None:
        """Take a sample."""
        for remembered in _REMEMBERED:
            remembered.cache_clear()
        gc.collect()
        file = self.life.here.folder / "syncd.db"
        with closing(sqlite3.connect(file)) as connection:
            rows = {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in TABLES}  # noqa: S608
        memory, descriptors = measure_process(os.getpid())
        serve = self.pages.measure() if self.pages else (0.0, 0)
        size = sum(one.stat().st_size for one in file.parent.glob("syncd.db*")) / (1 << 20)
        self.samples.append(Sample(days, memory, descriptors, size, serve, rows))

    def goes_on(self) -> bool:
        """Read pages where it is time, and return whether no stop was asked for."""
        if self.life.here.now >= self.read_next:
            self.read_pages()
            self.read_next = self.life.here.now + READ_EVERY
        return not self.stop.is_made()

    def read_pages(self) -> None:
        """Ask `serve` for its pages and those of the newest mailings, as a reader does."""
        if self.pages is None:
            self.pages = ServedPages(self.life.here.folder)
        self.pages.read(f"/{day}" for _, day in self.life.written[-PAGES_OF_MAILINGS:])


def main() -> int:
    """Live, print the samples, and return 1 where something grew that should not, or a mailing is missing."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", action="store_true", help="write the figures into docs/reliability.json")
    asked = parser.parse_args()
    return run_in_room("syncd-soak-", partial(_run, asked))


def _run(asked: argparse.Namespace, room: Path, stop: StopRequest) -> int:
    soak = _live(room, asked.days, asked.seed, stop)
    found = _judge(soak)
    words = _describe(soak, len(found))
    if stop.is_made():
        print("stopped: this is what was seen so far")
    print(*found, words, sep="\n")
    if asked.record:
        record("make soak", words)
    return 1 if found else 0


def _live(folder: Path, days: int, seed: int, stop: StopRequest) -> Soak:
    chance, until = Random(seed), SINCE + timedelta(days=days)
    weather = Weather(lags=random_lags(chance, SINCE, until))
    print(f"{'day':>5} {'MiB':>7} {'files':>6} {'serve':>7} {'files':>6} {'db MiB':>7}  " + "  ".join(TABLES))
    every = min(EVERY, max(days // 4, 1))
    with simulate(folder, SINCE, until, weather) as life:
        soak = Soak(life, chance, stop, life.here.now + READ_EVERY)
        vars(upstream)["SqlLedger"] = partial(SqlLedger, clock=lambda: life.here.now)
        life.ask = soak.ask  # type: ignore[method-assign]
        life.goes_on = soak.goes_on
        for day in range(every, days + 1, every):
            life.live(datetime.combine(SINCE + timedelta(days=day), datetime.min.time(), UTC))
            soak.read_pages()
            soak.measure((life.here.now.date() - SINCE).days)
            _print(soak.samples[-1])
            if stop.is_made():
                break
        soak.missing = _list_missing(life)
        if soak.pages is not None:
            soak.pages.end()
    return soak


def _print(one: Sample) -> None:
    counts = "  ".join(f"{one.rows[name]:{len(name)},}" for name in TABLES)
    serve, files = one.serve
    print(
        f"{one.days:5} {one.memory:7.1f} {one.descriptors:6} {serve:7.1f} {files:6} {one.database:7.1f}  {counts}",
        flush=True,
    )


def _list_missing(life: Life) -> list[date]:
    with life.open() as work:
        held = work.store.mailings()
        newest = mailing.newest_due(life.here.now, work.calendar())
        return [
            day
            for day in life.here.server.history.days
            if day < newest and (day not in held or held[day].state is not State.COMPLETE)
        ]


def _judge(soak: Soak) -> list[str]:
    first, last = soak.samples[min(1, len(soak.samples) - 1)], soak.samples[-1]
    found = _list_growth("the daemon", (first.memory, first.descriptors), (last.memory, last.descriptors))
    # What serve keeps of pages and of the database fills its room in the first half.
    found += _list_growth("serve", soak.samples[len(soak.samples) // 2].serve, last.serve)
    found += soak.pages.found if soak.pages is not None else []
    found += [f"{day} is not held" for day in soak.missing]
    repeated = len(soak.life.written) - len({day for _, day in soak.life.written})
    return [*found, *([f"{repeated} mailings were recorded twice"] if repeated else [])]


def _list_growth(name: str, first: tuple[float, int], last: tuple[float, int]) -> list[str]:
    """Return in words that memory (MiB) or descriptors grew more than they may."""
    found = []
    if last[0] - first[0] > MEMORY_GROWTH:
        found.append(f"memory of {name} grew from {first[0]:.1f} to {last[0]:.1f} MiB")
    if last[1] - first[1] > DESCRIPTOR_GROWTH:
        found.append(f"descriptors of {name} grew from {first[1]} to {last[1]}")
    return found


def _describe(soak: Soak, found: int) -> str:
    first, last = soak.samples[min(1, len(soak.samples) - 1)], soak.samples[-1]
    middle = soak.samples[len(soak.samples) // 2]
    pages = soak.pages.answers if soak.pages is not None else 0
    return (
        f"{last.days:,} days, {last.rows['mailing']:,} mailings, {soak.faults:,} faults of arXiv in "
        f"{len(soak.life.here.asked):,} requests: memory {first.memory:.0f} to {last.memory:.0f} MiB, descriptors "
        f"{first.descriptors} to {last.descriptors}, serve in the second half {middle.serve[0]:.0f} to {last.serve[0]:.0f} MiB "
        f"and {middle.serve[1]} to {last.serve[1]} descriptors ({pages:,} pages), database {last.database:.1f} MiB with "
        f"{last.rows['syncd_history']:,} rows of history; {found} found"
    )


if __name__ == "__main__":
    sys.exit(main())
