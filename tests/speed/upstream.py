"""What listing pages cost, what a second sync writes, and whether a plan tells what is asked: goals 6, 8 and 14."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from random import Random
from typing import TYPE_CHECKING

from bs4 import BeautifulSoup

from syncd.core import mailing
from syncd.rehearsal import faults
from syncd.sources import listing
from syncd.usecases.backfill.backfill import BackfillRequest, backfill
from syncd.usecases.backfill.plan import plan
from syncd.usecases.ingest import sync
from syncd.usecases.progress import RunControl
from syncd.usecases.upstream import UpstreamAccess
from tests.bench import lengthened
from tests.speed.goals import Goal
from tests.speed.measurement import process
from tests.support.generated_history import grown_history
from tests.support.small_archive import World, noon, world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncd.rehearsal.history import History

NEWEST = date(2026, 7, 31)
PAPERS = 108
"""Papers in a mailing, the mean of real ones of 2020 to 2026, with which plans estimate."""
_ENTRIES = 400


def measure_listing_page(folder: Path) -> Iterator[Goal]:
    """Yield goal 6: a listing page of 400 entries against BeautifulSoup, which only makes a tree of it."""
    history = lengthened(grow_history(date(2026, 7, 29), _ENTRIES), Random(2))
    with world(folder, noon(NEWEST), history) as here:
        page = here.get(f"{here.server.url}/list/cs.CV/new", expect="html").body
    ours, theirs = (
        min(process(work) for _ in range(7))
        for work in (lambda: listing.read(page), lambda: BeautifulSoup(page, "html.parser"))
    )
    yield Goal(6, f"listing page of {_ENTRIES} entries and their replacements", "BeautifulSoup", 0.1, ours / theirs)


def measure_second_sync(folder: Path) -> Iterator[Goal]:
    """Yield goal 8: rows that are written by a second sync, which finds again what the first one has found."""
    with world(folder, noon(NEWEST), grow_history(date(2026, 7, 20), 20)) as here:
        here.server.faults.add(faults.halved().on("/catchup/*", times=None))
        _sync(here)
        before = _read_evidence(here)
        _sync(here)
        written = len(_read_evidence(here) - before)
    yield Goal(8, "rows of evidence written by a second `sync`", "–", 0, written, "rows")


def measure_plan(folder: Path) -> Iterator[Goal]:
    """Yield goal 14: by how much the requests of a backfill differ from those of its plan, in an archive that knows nothing."""
    order = BackfillRequest(date(2025, 12, 1), NEWEST, "auto", announced=False)
    with world(folder, noon(NEWEST), grow_history(order.since, PAPERS)) as here, here.open() as work:
        planned = plan(work, order).requests
        backfill(work, UpstreamAccess(here, here.upstream, RunControl()), order)
        made = len(here.asked)
    yield Goal(
        14, f"{planned} requests planned, {made} made: difference", "–", 2, abs(planned - made) / made * 100, "%"
    )


def grow_history(since: date, papers: int) -> History:
    """Return invented mailings of about this many papers each, from `since` to the newest date."""
    every = {date.fromordinal(n) for n in range(since.toordinal(), NEWEST.toordinal() + 1)}
    return grown_history(Random(1), since, NEWEST, papers, closed=every - set(list_due(since, NEWEST)))


def list_due(since: date, until: date) -> list[date]:
    """Return the dates of the range on which a mailing is due, ascending."""
    return [day.day for day in mailing.days(mailing.calendar(), since, until) if day.due]


def _sync(here: World) -> None:
    with here.open() as work:
        sync.sync(work, here.upstream)


def _read_evidence(here: World) -> set[tuple[object, ...]]:
    with closing(sqlite3.connect(here.folder / "syncd.db")) as connection:
        tables = ("syncd_finding", "syncd_history")
        return {(table, *row) for table in tables for row in connection.execute(f"SELECT * FROM {table}")}  # noqa: S608
