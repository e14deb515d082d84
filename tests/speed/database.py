"""What the database costs: goals 7, 10, 11 and 12. On a server, its CPU time counts, too."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from syncd.archive.sql.database import open_database, upgrade
from syncd.archive.sql.database_copy import copy_database
from syncd.archive.sql.store import Store
from tests.bench_searches import make_archive, measure
from tests.speed.bulk import measure_bulk, record_answers
from tests.speed.goals import Goal
from tests.support.postgres_server import create_postgres_database, serve_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.speed.bulk import BulkCost

_MILLISECONDS = 1e3


def measure_database(entries: int, scratch: Path) -> Iterator[Goal]:
    """Yield the goals on SQLite, and those of PostgreSQL against them where a server is installed."""
    scratch.mkdir()
    answers = scratch / "answers"
    record_answers(answers, scratch / "recorded")
    bulk = measure_bulk(answers, scratch / "bulk")
    yield from _judge_bulk(bulk)
    url = f"sqlite:///{scratch / 'searched.db'}"
    with closing(open_database(url, create=True)) as database:
        make_archive(Store(database, "replica"), entries)
    searches = _measure_searches(url)
    yield from _judge_searches(searches, entries)
    with serve_postgres("fsync=off") as server:
        if server is None:
            return
        bulk_url, copy = (create_postgres_database(server, name, "template1") for name in ("bulk", "searched"))
        upgrade(bulk_url)
        other = measure_bulk(answers, scratch / "bulk-server", bulk_url)
        yield _compare("backfill on PostgreSQL", _total(other), _total(bulk))
        copy_database(url, copy, lambda *_: None)
        on_server = _measure_searches(copy)
    for number, what in enumerate(("newest", "best")):
        ours, theirs = (sum(times[number] for times in found.values()) for found in (on_server, searches))
        yield _compare(f"all searches for the {what} 20 on PostgreSQL", ours, theirs)


def _judge_bulk(bulk: BulkCost) -> Iterator[Goal]:
    what = f"backfill of {bulk.papers:,} papers"
    kept = bulk.digests + bulk.vault + bulk.database
    of_digests = "size of the digests"
    yield Goal(7, f"{what}: CPU to read and load a record", "–", 150, bulk.reading / bulk.papers * 1e6, "µs")
    yield Goal(7, f"{what}: CPU to write a paper with its index", "–", 150, bulk.writing / bulk.papers * 1e6, "µs")
    yield Goal(7, f"{what}: memory", "–", 150, bulk.memory, "MB")
    yield Goal(7, f"{what}: bytes written", "bytes kept", 2, bulk.written / kept)
    yield Goal(11, "full-text index", of_digests, 0.35, bulk.index / bulk.digests)
    yield Goal(11, "database without it", of_digests, 1.6, (bulk.database - bulk.index) / bulk.digests)
    yield Goal(11, "vault", of_digests, 0.6, bulk.vault / bulk.digests)


def _total(bulk: BulkCost) -> float:
    return (bulk.reading + bulk.writing) / bulk.papers


def _measure_searches(url: str) -> dict[str, tuple[float, float]]:
    """Return the seconds for the newest and for the best 20 of each query."""
    with closing(open_database(url, create=False)) as database:
        return {what: (newest, best) for what, newest, best, *_ in measure(Store(database, "replica"))}


def _judge_searches(searches: dict[str, tuple[float, float]], entries: int) -> Iterator[Goal]:
    """Yield the goals of the slowest search, and of the slowest of four in five: a few kinds take long for known reasons."""
    for number, (what, most) in enumerate((("newest", 5), ("best", 50))):
        times = sorted((times[number] * _MILLISECONDS, name) for name, times in searches.items())
        of_entries = f"{what} 20 of {entries:,} entries"
        for (taken, name), share in (
            (times[len(times) * 4 // 5], "four in five searches"),
            (times[-1], "all searches"),
        ):
            yield Goal(10, f"{of_entries}, {share}; slowest: {name}", "–", most, taken, "ms")


def _compare(what: str, ours: float, theirs: float) -> Goal:
    return Goal(12, what, "SQLite", 1.5, ours / theirs)
