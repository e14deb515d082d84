"""Draw the pictures of the report as inline SVG: a calendar with a cell for each day, and growth by month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from syncd.core.plural import pluralize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from syncd.core.coverage import DayReport

_CELL, _STEP, _LEFT, _TOP = 11, 13, 30, 16
_WIDTH, _HEIGHT, _FOOT = 720, 180, 34


@dataclass(frozen=True, slots=True)
class MonthBar:
    """Papers announced in a month: new, cross-listed, and those whose section is uncertain."""

    first: date
    new: int
    cross: int
    unknown: int

    @property
    def papers(self) -> int:
        """The number of all papers of the month."""
        return self.new + self.cross + self.unknown


def months(days: Iterable[DayReport]) -> tuple[MonthBar, ...]:
    """Return every month from the first to the last date, ascending."""
    return tuple(_month(first, list(group)) for first, group in groupby(days, key=lambda one: one.day.replace(day=1)))


def _month(first: date, days: Sequence[DayReport]) -> MonthBar:
    new, cross = sum(day.new or 0 for day in days), sum(day.cross or 0 for day in days)
    return MonthBar(first, new, cross, sum(day.papers or 0 for day in days) - new - cross)


def calendar(year: int, days: Iterable[DayReport]) -> str:
    """Return a year as a row of weeks, Monday on top. The colour of a cell is its state, its title the evidence."""
    start = date(year, 1, 1) - timedelta(days=date(year, 1, 1).weekday())
    weeks = (date(year, 12, 31) - start).days // 7 + 1
    width, height = _LEFT + weeks * _STEP, _TOP + 7 * _STEP
    cells = "".join(_cell(day, start) for day in days)
    names = "".join(_month_name(date(year, number, 1), start) for number in range(1, 13))
    weekdays = "".join(
        f'<text x="0" y="{_TOP + row * _STEP + 9}">{name}</text>' for row, name in ((0, "Mon"), (2, "Wed"), (4, "Fri"))
    )
    return (
        f'<svg class="calendar" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="coverage of {year}">{names}{weekdays}{cells}</svg>'
    )


def _month_name(first: date, start: date) -> str:
    at = _LEFT + (first - start).days // 7 * _STEP + (_STEP if first.weekday() else 0)
    return f'<text x="{at}" y="10">{first:%b}</text>'


def _cell(day: DayReport, start: date) -> str:
    week, row = divmod((day.day - start).days, 7)
    papers = f", {pluralize(day.papers, 'paper')}" if day.papers is not None else ""
    title = escape(f"{day.day:%a} {day.day}: {day.state}{papers}; {day.evidence}")
    position = f'x="{_LEFT + week * _STEP}" y="{_TOP + row * _STEP}"'
    return (
        f'<rect class="s-{day.state}" {position} width="{_CELL}" height="{_CELL}" rx="2"><title>{title}</title></rect>'
    )


def growth(found: Sequence[MonthBar]) -> str:
    """Return papers by month as stacked bars: new at the bottom, then cross-lists, then those of uncertain section."""
    most = max((month.papers for month in found), default=0)
    if not most:
        return '<p class="quiet">The archive holds no mailing yet.</p>'
    step = (_WIDTH - 44) / len(found)
    bars = "".join(bar for index, month in enumerate(found) for bar in _bar(month, 44 + index * step, step, most))
    lines = "".join(_line(value, most) for value in _ticks(most))
    years = "".join(
        _year(month.first, 44 + index * step) for index, month in enumerate(found) if _is_named(found, index)
    )
    return (
        f'<svg class="growth" viewBox="0 0 {_WIDTH} {_HEIGHT + _FOOT}" role="img" aria-label="papers a month">'
        f"{lines}{bars}{years}</svg>"
    )


def _bar(month: MonthBar, left: float, step: float, most: int) -> Iterator[str]:
    title = escape(
        f"{month.first:%B %Y}: {month.new:,} new, {month.cross:,} cross-listed, {month.unknown:,} section unknown"
    )
    top = float(_HEIGHT)
    for kind, count in (("new", month.new), ("cross", month.cross), ("unknown", month.unknown)):
        height = count / most * (_HEIGHT - 12)
        if height:
            top -= height
            position = f'x="{left:.1f}" y="{top:.1f}" width="{max(step - 1.2, 0.8):.1f}" height="{height:.1f}"'
            yield f'<rect class="g-{kind}" {position}><title>{title}</title></rect>'


def _ticks(most: int) -> list[int]:
    step = 10 ** (len(str(most)) - 1)
    step = next(step // part for part in (1, 2, 5, 10) if most // max(step // part, 1) >= 3 or step // part <= 1)
    return list(range(0, most + 1, max(step, 1)))


def _line(value: int, most: int) -> str:
    at = _HEIGHT - value / most * (_HEIGHT - 12)
    return f'<path d="M40 {at:.1f}H{_WIDTH}"/><text x="36" y="{at + 3:.1f}" text-anchor="end">{value:,}</text>'


def _is_named(found: Sequence[MonthBar], index: int) -> bool:
    """Return True when the axis names this month: every month of a short range, else each January and the first month."""
    few = len(found) <= 14
    return few or found[index].first.month == 1 or (index == 0 and found[0].first.month < 9)


def _year(first: date, left: float) -> str:
    name = f"{first:%Y}" if first.month == 1 else f"{first:%b %Y}"
    return f'<text x="{left:.1f}" y="{_HEIGHT + 16}">{name}</text>'
