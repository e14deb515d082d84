"""The faults that a database finds in itself, one for each cause however many rows it leaves behind."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from syncd.archive.sql.entry_ids import read_entry_day
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date


_OF_PAPERS = frozenset({"paper", "paper_text", "author", "category"})


@dataclass(frozen=True, slots=True)
class DatabaseFault:
    """One fault in words. `day` is the mailing that it belongs to, None where it belongs to no single one.

    `is_of_papers`: rows about papers or authors are missing or left over.
    """

    what: str
    day: date | None = None
    is_of_papers: bool = False


def group_strays(strays: Iterable[tuple[object, ...]]) -> Iterator[DatabaseFault]:
    """Yield a fault for each missing mailing, and for each pair of tables otherwise.

    `strays` are the rows of SQLite's `PRAGMA foreign_key_check`: table, row, table referred to, number of the constraint.
    """
    orphans: Counter[date] = Counter()
    others: Counter[tuple[object, object]] = Counter()
    for table, row, parent, *_ in strays:
        day = read_entry_day(row) if (table, parent) == ("entry", "mailing") and isinstance(row, int) else None
        if day is None:
            others[table, parent] += 1
        else:
            orphans[day] += 1
    for day, count in sorted(orphans.items()):
        yield DatabaseFault(f"the record of the mailing is gone, {count} of its entries are left", day)
    for (table, parent), count in others.items():
        rows, refer = ("1 row", "refers") if count == 1 else (f"{count} rows", "refer")
        yield DatabaseFault(f"{table}: {rows} {refer} to missing rows of {parent}", is_of_papers=parent in _OF_PAPERS)
