"""What goes wrong on a page of the loopback arXiv: a date, an entry or a count that is not right."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from typing import TYPE_CHECKING

from syncd.rehearsal.faults import Fault
from syncd.rehearsal.sheets import Row, Sheet, SheetBlock, sections, short_date

if TYPE_CHECKING:
    from datetime import date

    from syncd.rehearsal.history import History
    from syncd.rehearsal.scene import Scene


def before(history: History, day: date) -> date | None:
    """Return the listing date of the mailing before that of `day`."""
    found = bisect_left(history.days, day)
    return history.days[found - 1] if found else None


def wrong_date(day: date) -> Fault:
    """Show the right entries under another date in the (first) heading."""
    return Fault("wrong date", sheet=lambda sheet, _scene: _dated(sheet, day))


def missing(at: int = 0) -> Fault:
    """Count entry number `at` (from 0) and do not print it."""
    return Fault("missing", sheet=lambda sheet, _scene: with_row(sheet, at, None))


def duplicated(at: int = 0) -> Fault:
    """Print entry number `at` (from 0) in the place of the next one, too. All counts agree."""
    return Fault("duplicated", sheet=lambda sheet, _scene: with_row(sheet, at + 1, list_rows(sheet)[at]))


def hollow() -> Fault:
    """State the total and show no entry at all, as `catchup` does while its database is behind."""
    return Fault("hollow", sheet=lambda sheet, _scene: replace(sheet, stated=sheet.total, blocks=()))


def skewed() -> Fault:
    """Cut the sections of `/recent` by the counts of before, although the newest entry has gone.

    The first section still says "n of n" and holds the first paper of the day before.
    """
    return Fault("skewed", sheet=lambda sheet, _scene: _skewed(sheet))


def stale() -> Fault:
    """Show the page or feed of one mailing earlier, whole and consistent in itself."""
    return Fault("stale", scene=_one_earlier)


def stale_entries() -> Fault:
    """Show the entries of the mailing before under the right date (`/new`, `catchup`, the first section of `/recent`)."""
    return Fault("stale entries", sheet=_with_older_entries)


def _dated(sheet: Sheet, day: date) -> Sheet:
    if sheet.kind == "recent":
        first, *others = sheet.blocks
        return replace(sheet, blocks=(replace(first, name=short_date(day)), *others))
    return replace(sheet, day=day)


def list_rows(sheet: Sheet) -> list[Row | None]:
    """Return the entries of all blocks of a sheet in their order, None for those that are not printed."""
    return [row for block in sheet.blocks for row in block.rows]


def _skewed(sheet: Sheet) -> Sheet:
    rows = list_rows(sheet)[1:]
    blocks = []
    for block in sheet.blocks:
        count = len(block.rows)
        part, rows = rows[:count], rows[count:]
        blocks.append(SheetBlock(block.name, (*part, *[None] * (count - len(part)))))
    return replace(sheet, blocks=tuple(blocks))


def _one_earlier(scene: Scene) -> Scene:
    return scene if scene.newest is None else replace(scene, newest=before(scene.history, scene.newest))


def _with_older_entries(sheet: Sheet, scene: Scene) -> Sheet:
    if sheet.kind == "recent":
        first, second, *others = sheet.blocks
        return replace(sheet, blocks=(replace(first, rows=second.rows), second, *others))
    older = before(scene.history, sheet.day)
    return replace(sheet, blocks=sections(scene, sheet.category, older) if older else ())


def with_row(sheet: Sheet, at: int, row: Row | None) -> Sheet:
    """Return the sheet with its entry number `at` (from 0, over all blocks) replaced, or the same sheet if it has none."""
    blocks = list(sheet.blocks)
    for place, block in enumerate(blocks):
        if at < len(block.rows):
            blocks[place] = replace(block, rows=(*block.rows[:at], row, *block.rows[at + 1 :]))
            return replace(sheet, blocks=tuple(blocks))
        at -= len(block.rows)
    return sheet
