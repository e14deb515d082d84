"""What a listing page of the loopback arXiv shows before it is HTML: blocks of rows, and the part asked for.

It must not hold any markup. A fault changes a sheet by returning another one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.dates import MONTHS, WEEKDAYS
from syncd.core.model import id_month
from syncd.core.values import dataclass
from syncd.rehearsal.history import mailing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from syncd.core.model import Record
    from syncd.rehearsal.scene import Scene

NEW, CROSS, REPLACED = "New submissions", "Cross submissions", "Replacement submissions"
SHOWS = (25, 50, 100, 250, 500, 1000, 2000)
CATCHUP_PAGE = 2000


@dataclass(frozen=True, slots=True)
class Row:
    """One entry. `mark` is the word in brackets, `markup` a title that is printed unescaped instead of the record's."""

    record: Record
    mark: str = ""
    markup: str | None = None


@dataclass(frozen=True, slots=True)
class SheetBlock:
    """One section with the name in its heading. A row that is None is counted and not printed."""

    name: str
    rows: tuple[Row | None, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One listing page. `kind` is new, recent, catchup or month, `day` the date in the heading (of a month its first).

    `path` is the address without query. `stated` replaces the total that the page states.
    """

    kind: str
    category: str
    day: date
    blocks: tuple[SheetBlock, ...]
    path: str
    skip: int = 0
    show: int = CATCHUP_PAGE
    abstracts: bool = True
    stated: int | None = None

    @property
    def total(self) -> int:
        """Return the number of entries that the page states, over all its parts."""
        return sum(len(block.rows) for block in self.blocks) if self.stated is None else self.stated

    def parts(self) -> Iterator[tuple[SheetBlock, int, int, int]]:
        """Yield the blocks in the requested part: block, its offset, and the slice of its rows."""
        offset = 0
        end = self.skip + self.show
        for block in self.blocks:
            low, high = max(0, self.skip - offset), min(len(block.rows), end - offset)
            if low < high or (not block.rows and self.skip <= offset < end):
                yield block, offset, low, high
            offset += len(block.rows)


def new_sheet(scene: Scene, category: str, day: date, part: tuple[int, int]) -> Sheet:
    """Return the page of the newest mailing, `day`."""
    return Sheet("new", category, day, sections(scene, category, day), f"/list/{category}/new", *part)


def catchup_sheet(scene: Scene, category: str, day: date, part: tuple[int, int], *, abstracts: bool) -> Sheet:
    """Return the page of one mailing, empty where there is none, or none yet."""
    path = f"/catchup/{category}/{day}"
    return Sheet("catchup", category, day, sections(scene, category, day), path, *part, abstracts=abstracts)


def recent_sheet(scene: Scene, category: str, path: str, part: tuple[int, int]) -> Sheet:
    """Return the five latest mailings, the newest first, each with new and cross in one descending list."""
    days = [day for day in scene.history.days if scene.newest is not None and day <= scene.newest][-5:]
    blocks = tuple(SheetBlock(short_date(day), _latest_first(scene, category, day)) for day in reversed(days))
    return Sheet("recent", category, days[-1], blocks, path, *part, abstracts=False)


def month_sheet(scene: Scene, category: str, month: date, part: tuple[int, int]) -> Sheet:
    """Return the current members of an id-month: primary ones ascending, then cross-lists ascending."""
    works = [work for work in scene.members(category) if id_month(work.id) == (month.year, month.month)]
    rows = [_row(category, found) for found in scene.records(works)]
    ordered = [row for row in rows if not row.mark] + [row for row in rows if row.mark]
    path = f"/list/{category}/{month:%Y-%m}"
    return Sheet("month", category, month, (SheetBlock("", tuple(ordered)),), path, *part, abstracts=False)


def sections(scene: Scene, category: str, day: date) -> tuple[SheetBlock, ...]:
    """Return the sections of one mailing that are not empty, ascending by id, with current text and membership."""
    if scene.newest is None or day > scene.newest:
        return ()
    found = mailing(scene.history, day, category, scene.newest)
    replaced = [Row(record, "replaced") for record in scene.records(found.replaced)]
    blocks = (
        SheetBlock(NEW, _rows(category, scene.records(found.new))),
        SheetBlock(CROSS, _rows(category, scene.records(found.cross))),
        SheetBlock(REPLACED, tuple(replaced)),
    )
    return tuple(block for block in blocks if block.rows)


def short_date(day: date) -> str:
    """Return `Wed, 7 Apr 2021`, English whatever the locale."""
    return f"{WEEKDAYS[day.weekday()][:3]}, {day.day} {MONTHS[day.month - 1][:3]} {day.year}"


def _latest_first(scene: Scene, category: str, day: date) -> tuple[Row, ...]:
    found = mailing(scene.history, day, category, scene.newest)
    records = [*scene.records(reversed(found.new)), *scene.records(reversed(found.cross))]
    return _rows(category, records)


def _rows(category: str, records: list[Record]) -> tuple[Row, ...]:
    return tuple(_row(category, found) for found in records)


def _row(category: str, found: Record) -> Row:
    primary = found.categories[0]
    return Row(found, "" if primary == category else f"cross-list from {primary}")
