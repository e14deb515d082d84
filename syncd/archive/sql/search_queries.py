"""The searches: the newest or the best entries that meet a condition, their number, and their number in each month.

No transaction begins or ends here. Newest first is by date, and within a mailing in the order of its digest.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import ARRAY, BigInteger, any_, cast, func, literal, select

from syncd.archive.sql.entry_ids import ENTRY_SPAN
from syncd.archive.sql.newest_entries import list_newest_ids, look_for_beginnings, read_newest, sort_newest
from syncd.archive.sql.search_conditions import find_entries
from syncd.archive.sql.server_session import set_until_end
from syncd.archive.sql.tables import ENTRY, MAILING, PAPER_TEXT
from syncd.archive.sql.texts import HTML
from syncd.archive.sql.wide_searches import list_newest_matches, rank_newest_matches
from syncd.core.model import Certainty, Entry, PaperId, Section
from syncd.core.results import MonthCount
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from syncd.archive.sql.search_conditions import MatchingEntries
    from syncd.core.query import Condition, MailingDates

MOST_RANKED = {"sqlite": 5_000, "postgresql": 1_000}
"""The best matches are chosen among this many, the newest. To compare more takes longer than people wait."""

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
    ranked = None
    if query.newest:
        ids = list_newest(connection, query.condition, query.limit)
    else:
        ids, most = _rank(connection, query.condition, query.limit)
        ranked = min(total, most)
    hits = read_hits(connection, ids)
    return SearchResult(tuple(hits[one] for one in ids), total, ranked)


def list_newest(connection: Connection, condition: Condition, limit: int) -> list[int]:
    """Return the ids of the newest entries that meet the condition, at most `limit`."""
    _prepare(connection)
    if connection.dialect.name == "sqlite":
        found = look_for_beginnings(connection, condition, limit)
        if found is not None:
            return found
        matches = list_newest_matches(connection, condition, limit)
        if matches is not None:
            return sort_newest(matches)[:limit]
    return list_newest_ids(connection, condition, limit)


def list_best(connection: Connection, condition: Condition, limit: int) -> list[int]:
    """Return the ids of the entries that meet the condition best, at most `limit`, among the newest of them that are ranked.

    Without words to rank by, the newest are the best.
    """
    return _rank(connection, condition, limit)[0]


def _rank(connection: Connection, condition: Condition, limit: int) -> tuple[list[int], int]:
    """Return the ids of the best entries, and among how many of the newest matches they were chosen at most."""
    # As thousands are compared, a set of papers is found sooner than each paper on SQLite.
    entries = _find(connection, condition, whole=connection.dialect.name == "sqlite")
    most = MOST_RANKED[connection.dialect.name]
    if entries.rank is None:
        return list_newest(connection, condition, limit), most
    if (found := rank_newest_matches(connection, condition, limit)) is not None:
        return found
    entry_id, rank = entries.id, entries.rank
    if connection.dialect.name == "sqlite":
        newest = entries.select(entry_id.label("id"), rank.label("found"))
        ranked = newest.order_by(entry_id.desc()).limit(most).subquery()
        among, entry_id, rank = select(ranked.c.id), ranked.c.id, ranked.c.found
    else:
        ids = sorted(read_newest(connection, entries, most), reverse=True)[:most]
        # A parameter for each id would take longer to read than the entries.
        among = select(entry_id).where(entry_id == any_(cast(literal(ids, ARRAY(BigInteger)), ARRAY(BigInteger))))
    day = entry_id.op("/")(ENTRY_SPAN)
    return list(connection.scalars(among.order_by(rank, day.desc(), entry_id).limit(limit))), most


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
    columns = (row.id, row.day, row.number, row.paper_id, *HTML, row.section, row.version, row.certainty, row.reason)
    query = select(*columns).join(PAPER_TEXT, is_text)
    for start in range(0, len(ids), _PAGE):
        rows = connection.execute(query.where(row.id.in_(ids[start : start + _PAGE])))
        for one, day, number, paper, title, abstract, section, version, certainty, reason in rows:
            known = Section(section) if section else None
            entry = Entry(PaperId(paper), title, abstract, known, version, Certainty(certainty), reason)
            found[one] = Hit(day, number, entry)
    return found


def _count_held_by_month(connection: Connection, ranges: Sequence[MailingDates]) -> dict[int, int]:
    day, held = MAILING.c.day, Counter[int]()
    wanted = (day.between(dates.since, dates.until) for dates in ranges)
    for one, papers in connection.execute(select(day, MAILING.c.papers).where(MAILING.c.papers > 0, *wanted)):
        held[one.year * 100 + one.month] += papers
    return held


def _find(connection: Connection, condition: Condition, *, whole: bool) -> MatchingEntries:
    _prepare(connection)
    return find_entries(connection, condition, whole=whole)


def _prepare(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        # The planner does not know how long it takes to unpack the words of every text, and compiling a search takes longer
        # than running it.
        set_until_end(connection, enable_seqscan="off", jit="off")
