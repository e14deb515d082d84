"""The pictures of the report as inline SVG: a calendar with a cell a day, and growth by months. No script, no resource."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from syncd.core.coverage import DayReport

_CELL, _STEP, _LEFT, _TOP = 11, 13, 30, 16
_WIDTH, _HEIGHT, _FOOT = 720, 180, 34


@dataclass(frozen=True, slots=True)
class Month:
    """Papers announced in a month: new, cross-listed, and those whose section is not known for certain."""

    first: date
    new: int
    cross: int
    unknown: int

    @property
    def papers(self) -> int:
        """All of them."""
        return self.new + self.cross + self.unknown


def months(days: Iterable[DayReport]) -> tuple[Month, ...]:
    """Every month from the first to the last date, ascending."""
    return tuple(_month(first, list(group)) for first, group in groupby(days, key=lambda one: one.day.replace(day=1)))


def _month(first: date, days: Sequence[DayReport]) -> Month:
    new, cross = sum(day.new or 0 for day in days), sum(day.cross or 0 for day in days)
    return Month(first, new, cross, sum(day.papers or 0 for day in days) - new - cross)


def calendar(year: int, days: Iterable[DayReport]) -> str:
    """The year as a row of weeks, Monday on top; a cell is coloured by its state, and its title says what is known of it."""
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
    papers = f", {day.papers} papers" if day.papers is not None else ""
    told = escape(f"{day.day:%a} {day.day}: {day.state}{papers}; {day.evidence}")
    place = f'x="{_LEFT + week * _STEP}" y="{_TOP + row * _STEP}"'
    return f'<rect class="s-{day.state}" {place} width="{_CELL}" height="{_CELL}" rx="2"><title>{told}</title></rect>'


def growth(found: Sequence[Month]) -> str:
    """Papers a month as stacked bars: new below, cross-lists above, then those of unknown section."""
    most = max((month.papers for month in found), default=0)
    if not most:
        return '<p class="quiet">No mailing is held yet.</p>'
    step = (_WIDTH - 44) / len(found)
    bars = "".join(bar for place, month in enumerate(found) for bar in _bar(month, 44 + place * step, step, most))
    lines = "".join(_line(value, most) for value in _ticks(most))
    years = "".join(
        _year(month.first, 44 + place * step) for place, month in enumerate(found) if _is_named(found, place)
    )
    return (
        f'<svg class="growth" viewBox="0 0 {_WIDTH} {_HEIGHT + _FOOT}" role="img" aria-label="papers a month">'
        f"{lines}{bars}{years}</svg>"
    )


def _bar(month: Month, left: float, step: float, most: int) -> Iterator[str]:
    told = escape(
        f"{month.first:%B %Y}: {month.new:,} new, {month.cross:,} cross-listed, {month.unknown:,} not known which"
    )
    top = float(_HEIGHT)
    for kind, count in (("new", month.new), ("cross", month.cross), ("unknown", month.unknown)):
        height = count / most * (_HEIGHT - 12)
        if height:
            top -= height
            place = f'x="{left:.1f}" y="{top:.1f}" width="{max(step - 1.2, 0.8):.1f}" height="{height:.1f}"'
            yield f'<rect class="g-{kind}" {place}><title>{told}</title></rect>'


def _ticks(most: int) -> list[int]:
    step = 10 ** (len(str(most)) - 1)
    step = next(step // part for part in (1, 2, 5, 10) if most // max(step // part, 1) >= 3 or step // part <= 1)
    return list(range(0, most + 1, max(step, 1)))


def _line(value: int, most: int) -> str:
    at = _HEIGHT - value / most * (_HEIGHT - 12)
    return f'<path d="M40 {at:.1f}H{_WIDTH}"/><text x="36" y="{at + 3:.1f}" text-anchor="end">{value:,}</text>'


def _is_named(found: Sequence[Month], place: int) -> bool:
    """Whether the axis names this month: each January, or the first where there is none."""
    few = len(found) <= 14
    return few or found[place].first.month == 1 or (place == 0 and found[0].first.month < 9)


def _year(first: date, left: float) -> str:
    name = f"{first:%Y}" if first.month == 1 else f"{first:%b %Y}"
    return f'<text x="{left:.1f}" y="{_HEIGHT + 16}">{name}</text>'
