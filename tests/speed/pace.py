"""Whether a whole backfill takes longer than the pauses that arXiv asks for: goal 15.

Nothing really waits. The clock is the CPU time of this process without the loopback arXiv, and each pause is added to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from time import process_time
from typing import TYPE_CHECKING

from syncd.core.mailing import REACH
from syncd.usecases.backfill.backfill import BackfillRequest, backfill
from syncd.usecases.ingest.upstream_client import ListingClient
from syncd.usecases.progress import RunControl
from syncd.usecases.upstream import UpstreamAccess
from tests.bench import lengthened
from tests.speed.goals import Goal
from tests.speed.upstream import PAPERS, grow_history, list_due
from tests.support.small_archive import noon, world

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from syncd.web import Response
    from tests.support.small_archive import World

_SINCE, _NOW = date(2026, 1, 20), date(2026, 7, 31)
_RECENT = 3
"""Mailings from catchup pages: one for each 26 older ones, as in a backfill of seven years."""
_PAUSES = {"pages": 15.0, "api": 3.0}
"""Seconds between two requests of a pool, as arXiv asks for."""


@dataclass
class _PacedClient:
    """Asks a loopback arXiv, and sends each request when the pause of its pool is over."""

    here: World
    asked: list[str] = field(default_factory=list)
    waited: float = 0.0
    _apart: float = field(default_factory=process_time)
    _free: dict[str, float] = field(default_factory=dict)

    def get(self, url: str, *, expect: str) -> Response:
        """Return the answer, which takes no time."""
        pool = "pages" if expect == "html" else "api"
        self.waited += max(0.0, self._free.get(pool, 0.0) - self.read_clock())
        begun = process_time()
        answer = self.here.get(url, expect=expect)
        self._apart += process_time() - begun
        self.asked.append(pool)
        self._free[pool] = self.read_clock() + _PAUSES[pool]
        return answer

    def read_wall(self) -> datetime:
        """Return the clock as a moment."""
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.read_clock())

    def read_clock(self) -> float:
        """Return the seconds that the backfill has taken so far, with its pauses."""
        return process_time() - self._apart + self.waited


def measure_pace(folder: Path) -> Iterator[Goal]:
    """Yield goal 15: how long a backfill takes, in times of what the pauses between its requests take alone."""
    until = list_due(_NOW - REACH, _NOW)[_RECENT - 1]
    history = lengthened(grow_history(_SINCE, PAPERS), Random(2))
    with world(folder, noon(_NOW), history) as here:
        here.overrides["upstream.listing_interval"] = f"{_PAUSES['pages']:.0f}s"
        yield _measure(here, until)


def _measure(here: World, until: date) -> Goal:
    with here.open() as work:
        client = _PacedClient(here)
        control = RunControl(wall=client.read_wall)
        access = UpstreamAccess(client, ListingClient(client, here.server.url, "cs.CV"), control)
        backfill(work, access, BackfillRequest(_SINCE, until, "auto", announced=False))
        entries = work.store.counts().entries
        taken = client.read_clock()
    what = f"backfill of {entries:,} papers in {len(client.asked)} requests at arXiv's rate, wall"
    return Goal(15, what, "the pauses alone", 1.03, taken / _add_pauses(client.asked))


def _add_pauses(asked: Sequence[str]) -> float:
    """Return the seconds that requests of these pools take in this order where nothing is done between them."""
    clock, free = 0.0, dict[str, float]()
    for pool in asked:
        clock = max(clock, free.get(pool, 0.0))
        free[pool] = clock + _PAUSES[pool]
    return clock
