"""What a backfill of recent dates costs for each, beside all older mailings of the archive: a part of goal 7."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from time import process_time
from typing import TYPE_CHECKING

from syncd.core.results import Done
from syncd.usecases.backfill.backfill import BackfillRequest, backfill
from syncd.usecases.ingest.upstream_client import ListingClient
from syncd.usecases.progress import RunControl
from syncd.usecases.upstream import UpstreamAccess
from tests.bench import lengthened
from tests.speed.goals import Goal
from tests.speed.reference_archive import MEAN_ENTRIES, NEWEST
from tests.speed.upstream import list_due
from tests.support.generated_history import grown_history
from tests.support.small_archive import noon, world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncd.web import Response
    from tests.speed.reference_archive import ReferenceArchive
    from tests.support.small_archive import World

_FIRST, _LAST = NEWEST + timedelta(days=5), NEWEST + timedelta(days=31)
"""Ids of new papers begin with their month, and those of July are in the archive."""


@dataclass
class _UntimedClient:
    """Asks a loopback arXiv, whose own CPU time is `apart`."""

    here: World
    apart: float = 0.0

    def get(self, url: str, *, expect: str) -> Response:
        """Return the answer."""
        begun = process_time()
        answer = self.here.get(url, expect=expect)
        self.apart += process_time() - begun
        return answer


def measure_recent_days(archive: ReferenceArchive, folder: Path) -> Iterator[Goal]:
    """Yield the CPU time of each recent date, from the page of its listing to its file, rows and index."""
    shutil.copytree(archive.folder, folder, ignore=shutil.ignore_patterns("offered"))
    days = list_due(_FIRST, _LAST)
    closed = {day for day in _list_dates(_FIRST, _LAST) if day not in days}
    history = lengthened(grown_history(Random(3), _FIRST, _LAST, MEAN_ENTRIES, closed=closed), Random(4))
    with world(folder, noon(_LAST + timedelta(days=1)), history) as here, here.open() as work:
        client = _UntimedClient(here)
        access = UpstreamAccess(client, ListingClient(client, here.server.url, "cs.CV"), RunControl())
        begun = process_time()
        done = backfill(work, access, BackfillRequest(_FIRST, _LAST, "catchup", announced=False))
        taken = process_time() - begun - client.apart
    written = [one for one in done.run.days if one.action is Done.WRITTEN]
    if len(written) != len(days):
        raise RuntimeError(f"{len(written)} of {len(days)} dates were written")
    papers = sum(one.papers or 0 for one in written) / len(written)
    what = f"backfill of {len(days)} recent days of {papers:.0f} papers beside {len(archive.files):,} older ones: CPU of each"
    yield Goal(7, what, "–", 40, 1000 * taken / len(days), "ms")


def _list_dates(since: date, until: date) -> list[date]:
    return [date.fromordinal(number) for number in range(since.toordinal(), until.toordinal() + 1)]
