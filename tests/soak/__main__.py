"""Let the daemon live through 1,000 simulated days with faults at random, and watch what it needs: `make soak`.

All turns are made in this process, so that whatever one leaves behind adds up. The client and its ledger are the real ones, on
the simulated clock. Memory, descriptors and the sizes of the tables are printed every hundred days.
"""

from __future__ import annotations

import argparse
import gc
import os
import sqlite3
import sys
import tempfile
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
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
from tests.support.manual_clock import never
from tests.support.simulated_months import Life, Weather, evening_of, random_lags, simulate
from tests.torture.figures import record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syncd.usecases.ingest.upstream_client import ListingClient
    from syncd.usecases.workspace import Workspace

SINCE = date(2023, 2, 6)
DAYS = 1000
EVERY = 100
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
    """What the daemon needs after `days` days."""

    days: int
    memory: float
    descriptors: int
    database: float
    rows: dict[str, int]


@dataclass
class Soak:
    """The arXiv of the simulated life, and what was measured."""

    life: Life
    chance: Random
    faults: int = 0
    missing: list[date] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)

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
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
        memory = int(pages) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)
        self.samples.append(
            Sample(days, memory, len(os.listdir("/proc/self/fd")), file.stat().st_size / (1 << 20), rows)  # noqa: PTH208
        )


def main() -> int:
    """Live, print the samples, and return 1 where something grew that should not, or a mailing is missing."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", action="store_true", help="write the figures into docs/reliability.json")
    asked = parser.parse_args()
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  a folder of its own is made in it
    with tempfile.TemporaryDirectory(prefix="syncd-soak-", dir=memory) as name:
        soak = _live(Path(name), asked.days, asked.seed)
        found = _judge(soak)
    words = _describe(soak, asked.days, len(found))
    print(*found, words, sep="\n")
    if asked.record:
        record("make soak", words)
    return 1 if found else 0


def _live(folder: Path, days: int, seed: int) -> Soak:
    chance, until = Random(seed), SINCE + timedelta(days=days)
    weather = Weather(lags=random_lags(chance, SINCE, until))
    print(f"{'day':>5} {'MiB':>7} {'files':>6} {'db MiB':>7}  " + "  ".join(TABLES))
    with simulate(folder, SINCE, until, weather) as life:
        soak = Soak(life, chance)
        vars(upstream)["SqlLedger"] = partial(SqlLedger, clock=lambda: life.here.now)
        life.ask = soak.ask  # type: ignore[method-assign]
        every = min(EVERY, max(days // 4, 1))
        for day in range(every, days + 1, every):
            life.live(datetime.combine(SINCE + timedelta(days=day), datetime.min.time(), UTC))
            soak.measure(day)
            one = soak.samples[-1]
            counts = "  ".join(f"{one.rows[name]:{len(name)},}" for name in TABLES)
            print(f"{day:5} {one.memory:7.1f} {one.descriptors:6} {one.database:7.1f}  {counts}", flush=True)
        soak.missing = _list_missing(life)
    return soak


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
    found = []
    if last.memory - first.memory > MEMORY_GROWTH:
        found.append(f"memory grew from {first.memory:.1f} to {last.memory:.1f} MiB")
    if last.descriptors - first.descriptors > DESCRIPTOR_GROWTH:
        found.append(f"descriptors grew from {first.descriptors} to {last.descriptors}")
    found += [f"{day} is not held" for day in soak.missing]
    repeated = len(soak.life.written) - len({day for _, day in soak.life.written})
    return [*found, *([f"{repeated} mailings were recorded twice"] if repeated else [])]


def _describe(soak: Soak, days: int, found: int) -> str:
    first, last = soak.samples[min(1, len(soak.samples) - 1)], soak.samples[-1]
    return (
        f"{days:,} days, {last.rows['mailing']:,} mailings, {soak.faults:,} faults of arXiv in {len(soak.life.here.asked):,} "
        f"requests: memory {first.memory:.0f} to {last.memory:.0f} MiB, descriptors {first.descriptors} to {last.descriptors}, "
        f"database {last.database:.1f} MiB with {last.rows['syncd_history']:,} rows of history; {found} found"
    )


if __name__ == "__main__":
    sys.exit(main())
