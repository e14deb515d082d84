"""The searches: the newest or the best entries that meet a condition, their number, and their number in each month.

No transaction begins or ends here. Newest first is by date, and within a mailing in the order of its digest.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import func, select, text

from syncd.archive.sql.entry_ids import ENTRY_SPAN
from syncd.archive.sql.search_conditions import build_date_range, find_entries
from syncd.archive.sql.tables import ENTRY, MAILING, PAPER_TEXT
from syncd.archive.sql.texts import HTML
from syncd.core.model import Certainty, Entry, PaperId, Section
from syncd.core.results import MonthCount

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from syncd.archive.sql.search_conditions import MatchingEntries
    from syncd.core.query import Condition, MailingDates

MOST_RANKED = {"sqlite": 5_000, "postgresql": 1_000}
"""The best matches are chosen among this many, the newest. To compare more takes longer than people wait."""

# On PostgreSQL, so far the newest entries are looked through before the index is asked: this number of them for each wanted one,
# within limits. A common word is found so, while the index would first return all its entries.
_SCANNED_FOR_EACH = 50
_LEAST_SCANNED, _MOST_SCANNED = 1_000, 10_000
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Query:
    """A search for entries that meet a condition: the newest, or the best."""

    condition: Condition
    limit: int = 20
    newest: bool = True


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that was found: its mailing, and its number there."""

    day: date
    number: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The newest or best entries, in order, and how many were found in all. The best are those of the newest `ranked`.

    `ranked` is None where they were not ranked.
    """

    hits: tuple[Hit, ...]
    total: int
    ranked: int | None = None


def search(connection: Connection, query: Query) -> SearchResult:
    """Return the entries that meet the condition, newest or best first."""
    total = count(connection, query.condition)
    ids = (list_newest if query.newest else list_best)(connection, query.condition, query.limit)
    hits = read_hits(connection, ids)
    ranked = None if query.newest else min(total, MOST_RANKED[connection.dialect.name])
    return SearchResult(tuple(hits[one] for one in ids), total, ranked)


def list_newest(connection: Connection, condition: Condition, limit: int) -> list[int]:
    """Return the ids of the newest entries that meet the condition, at most `limit`."""
    entries = _find(connection, condition, whole=False)
    if connection.dialect.name == "sqlite":
        ids = _read_whole_days(connection, entries, limit)
    else:
        ids = _read_newest(connection, entries, limit)
        if len(ids) == limit:
            day = ids[-1] // ENTRY_SPAN * ENTRY_SPAN
            of_day = entries.select().where(entries.id.between(day, day + ENTRY_SPAN - 1))
            ids = [*(one for one in ids if one >= day + ENTRY_SPAN), *connection.scalars(of_day)]
    # The entries of the oldest day are its last ones, and its first ones are wanted.
    return sorted(ids, key=lambda one: (-(one // ENTRY_SPAN), one))[:limit]


def list_best(connection: Connection, condition: Condition, limit: int) -> list[int]:
    """Return the ids of the entries that meet the condition best, at most `limit`, among the newest of them that are ranked.

    Without words to rank by, the newest are the best.
    """
    # As thousands are compared, a set of papers is found sooner than each paper on SQLite.
    entries = _find(connection, condition, whole=connection.dialect.name == "sqlite")
    if entries.rank is None:
        return list_newest(connection, condition, limit)
    most, entry_id, rank = MOST_RANKED[connection.dialect.name], entries.id, entries.rank
    if connection.dialect.name == "sqlite":
        newest = entries.select(entry_id.label("id"), rank.label("found")).order_by(entry_id.desc()).limit(most)
        ranked = newest.subquery()
        among, entry_id, rank = select(ranked.c.id), ranked.c.id, ranked.c.found
    else:
        ids = _read_newest(connection, entries, most)
        among = select(entry_id).where(*entries.joined, entry_id.in_(ids))
    day = entry_id.op("/")(ENTRY_SPAN)
    return list(connection.scalars(among.order_by(rank, day.desc(), entry_id).limit(limit)))


def count(connection: Connection, condition: Condition) -> int:
    """Return how many entries meet the condition."""
    entries = _find(connection, condition, whole=True)
    return connection.scalar(entries.select(func.count())) or 0


def count_by_month(connection: Connection, condition: Condition) -> tuple[MonthCount, ...]:
    """Return for each month with entries how many meet the condition, and how many there are, ascending.

    Months before and after all ranges of dates that the condition demands are left out.
    """
    entries = _find(connection, condition, whole=True)
    held = _count_held_by_month(connection, entries.dates)
    month = entries.id.op("/")(ENTRY_SPAN * 100).label("month")
    rows = connection.execute(entries.select(month, func.count()).group_by(month))
    found = {month: number for month, number in rows}  # noqa: C416  rows are no pairs for mypy
    return tuple(MonthCount(date(*divmod(month, 100), 1), found.get(month, 0), held[month]) for month in sorted(held))


def read_hits(connection: Connection, ids: Sequence[int]) -> dict[int, Hit]:
    """Return the entries of these ids, which are held."""
    is_text = (PAPER_TEXT.c.paper_id == ENTRY.c.paper_id) & (PAPER_TEXT.c.number == ENTRY.c.text_number)
    row, found = ENTRY.c, {}
    columns = (row.id, row.day, row.number, row.paper_id, *HTML, row.section, row.version, row.certainty)
    query = select(*columns).join(PAPER_TEXT, is_text)
    for start in range(0, len(ids), _PAGE):
        rows = connection.execute(query.where(row.id.in_(ids[start : start + _PAGE])))
        for one, day, number, paper, title, abstract, section, version, certainty in rows:
            known = Section(section) if section else None
            entry = Entry(PaperId(paper), title, abstract, known, version, Certainty(certainty))
            found[one] = Hit(day, number, entry)
    return found


def _count_held_by_month(connection: Connection, ranges: Sequence[MailingDates]) -> dict[int, int]:
    day, held = MAILING.c.day, Counter[int]()
    wanted = (day.between(dates.since, dates.until) for dates in ranges)
    for one, papers in connection.execute(select(day, MAILING.c.papers).where(MAILING.c.papers > 0, *wanted)):
        held[one.year * 100 + one.month] += papers
    return held


def _find(connection: Connection, condition: Condition, *, whole: bool) -> MatchingEntries:
    if connection.dialect.name == "postgresql":
        # Until the transaction ends. The planner does not know how long it takes to unpack the words of every text, and
        # compiling a search takes longer than running it.
        connection.execute(text("SET LOCAL enable_seqscan TO off"))
        connection.execute(text("SET LOCAL jit TO off"))
    return find_entries(connection, condition, whole=whole)


def _read_whole_days(connection: Connection, entries: MatchingEntries, limit: int) -> list[int]:
    """Return ids of SQLite, descending: at least `limit` and all of the day of the last one, as far as there are."""
    ids: list[int] = []
    with connection.execute(entries.select().order_by(entries.id.desc())) as rows:
        # SQLite finds each row when it is asked for it.
        for (one,) in rows:
            if len(ids) >= limit and one // ENTRY_SPAN != ids[-1] // ENTRY_SPAN:
                break
            ids.append(one)
    return ids


def _read_newest(connection: Connection, entries: MatchingEntries, limit: int) -> list[int]:
    """Return ids of PostgreSQL, descending."""
    # To start a second process takes longer than to find these entries.
    connection.execute(text("SET LOCAL max_parallel_workers_per_gather TO 0"))
    ids = _scan_newest(connection, entries, limit)
    if len(ids) == limit:
        return ids
    # Planned as if all were wanted: the planner expects the first ones of a rare word soon, and would read all entries.
    everything = entries.select().cte("everything").prefix_with("MATERIALIZED")
    return list(connection.scalars(select(everything.c.id).order_by(everything.c.id.desc()).limit(limit)))


def _scan_newest(connection: Connection, entries: MatchingEntries, limit: int) -> list[int]:
    """Return ids, descending: the first ones of those that are wanted."""
    ranges = [build_date_range(ENTRY.c.id, dates) for dates in entries.dates]
    number = min(max(limit * _SCANNED_FOR_EACH, _LEAST_SCANNED), _MOST_SCANNED)
    newest = select(ENTRY.c.id).where(*ranges).order_by(ENTRY.c.id.desc()).limit(number).subquery()
    first = connection.scalar(select(func.min(newest.c.id)))
    if first is None:
        return []
    wanted = select(entries.id).where(*entries.joined, *entries.scanned, entries.id >= first)
    return list(connection.scalars(wanted.order_by(entries.id.desc()).limit(limit)))
