"""Draw the pictures of the report as inline SVG: stacked bars by month, and shares as one bar."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from syncd.core.coverage import DayReport

_WIDTH, _HEIGHT, _FOOT, _LEFT, _TOP = 720, 180, 42, 44, 12
_FEW = 14
"""Up to this many months, each has its name below the axis."""


@dataclass(frozen=True, slots=True)
class MonthBar:
    """Papers announced in a month: new, cross-listed, and those whose section is uncertain. `is_whole` where it has ended."""

    first: date
    new: int
    cross: int
    unknown: int
    is_whole: bool = True

    @property
    def papers(self) -> int:
        """The number of all papers of the month."""
        return self.new + self.cross + self.unknown


@dataclass(frozen=True, slots=True)
class StackedBar:
    """A bar of a month: its parts from the bottom up, by their kinds, what it says, and where it leads."""

    first: date
    parts: Mapping[str, int]
    words: str
    link: str | None = None
    is_whole: bool = True


def months(days: Sequence[DayReport]) -> tuple[MonthBar, ...]:
    """Return every month from the first to the last date, ascending. The last one is not whole before its last day is there."""
    last = days[-1].day if days else None
    return tuple(
        _month(first, list(group), last) for first, group in groupby(days, key=lambda one: one.day.replace(day=1))
    )


def _month(first: date, days: Sequence[DayReport], last: date | None) -> MonthBar:
    new, cross = sum(day.new or 0 for day in days), sum(day.cross or 0 for day in days)
    end = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    has_ended = last is not None and end <= last and not any(day.state in {"future", "pending"} for day in days[-3:])
    return MonthBar(first, new, cross, sum(day.papers or 0 for day in days) - new - cross, has_ended)


def growth(found: Sequence[MonthBar], link: Callable[[date], str]) -> Markup | None:
    """Return papers by month: new at the bottom, then cross-lists, then those of uncertain section. None without a paper."""
    return draw_bars([_papers_bar(one, link) for one in found], "Papers announced in each month")


def _papers_bar(one: MonthBar, link: Callable[[date], str]) -> StackedBar:
    so_far = "" if one.is_whole else " so far"
    words = f"{one.first:%B %Y}{so_far}: {one.new:,} new, {one.cross:,} cross-listed"
    words += f", {one.unknown:,} section unknown" if one.unknown else ""
    parts = {"new": one.new, "cross": one.cross, "unknown": one.unknown}
    return StackedBar(one.first, parts, words, link(one.first) if one.papers else None, one.is_whole)


def draw_bars(found: Sequence[StackedBar], name: str) -> Markup | None:
    """Return bars by month with an axis. None where all are empty. A month that has not ended is hatched."""
    most = max((sum(bar.parts.values()) for bar in found), default=0)
    if not most:
        return None
    found = _fill(found)
    step = min((_WIDTH - _LEFT) / len(found), 48.0)
    drawn = "".join(_draw_bar(bar, _LEFT + index * step, step, most) for index, bar in enumerate(found))
    lines = "".join(_draw_line(value, most) for value in _list_ticks(most))
    names = "".join(
        _name_month(bar.first, _LEFT + index * step, is_few=len(found) <= _FEW, is_first=not index)
        for index, bar in enumerate(found)
        if _is_named(found, index)
    )
    role = "group" if any(bar.link for bar in found) else "img"
    span = f"{name}, from {found[0].first:%B %Y} to {found[-1].first:%B %Y}; at most {most:,}"
    return _trust(
        f'<svg class="growth" viewBox="0 0 {_WIDTH} {_HEIGHT + _FOOT}" role="{role}" aria-label="{escape(span)}">'
        f"{lines}{drawn}{names}</svg>"
    )


def _fill(found: Sequence[StackedBar]) -> list[StackedBar]:
    """Return the bars with an empty one for each month that is missing between them."""
    known, first, filled = {bar.first: bar for bar in found}, found[0].first, []
    while first <= found[-1].first:
        filled.append(known.get(first) or StackedBar(first, {}, ""))
        first = (first + timedelta(days=31)).replace(day=1)
    return filled


def _draw_bar(bar: StackedBar, left: float, step: float, most: int) -> str:
    place = f'x="{left:.1f}" width="{max(step - 1.5, 0.8):.1f}"'
    drawn = "".join(_draw_parts(bar, place, most))
    if not drawn:
        return ""
    ground = f'<rect class="ground" {place} y="{_TOP}" height="{_HEIGHT - _TOP}"/>' if bar.link else ""
    inside = f"<title>{escape(bar.words)}</title>{ground}{drawn}"
    kind = "" if bar.is_whole else ' class="open"'
    return f'<a href="{escape(bar.link)}"{kind}>{inside}</a>' if bar.link else f"<g{kind}>{inside}</g>"


def _draw_parts(bar: StackedBar, place: str, most: int) -> Iterator[str]:
    top = float(_HEIGHT)
    for kind, count in bar.parts.items():
        height = count / most * (_HEIGHT - _TOP)
        if height:
            top -= height
            yield f'<rect class="g-{kind}" {place} y="{top:.1f}" height="{height:.1f}"/>'


def _list_ticks(most: int) -> list[int]:
    step = 10 ** (len(str(most)) - 1)
    step = next(step // part for part in (1, 2, 5, 10) if most // max(step // part, 1) >= 3 or step // part <= 1)
    return list(range(0, most + 1, max(step, 1)))


def _draw_line(value: int, most: int) -> str:
    at = _HEIGHT - value / most * (_HEIGHT - _TOP)
    return f'<path d="M40 {at:.1f}H{_WIDTH}"/><text x="36" y="{at + 3:.1f}" text-anchor="end">{value:,}</text>'


def _is_named(found: Sequence[StackedBar], index: int) -> bool:
    """Return True when the axis names this month: every month of a short range, else each January and the first month."""
    is_early = index == 0 and found[0].first.month < 9
    return len(found) <= _FEW or found[index].first.month == 1 or is_early


def _name_month(first: date, left: float, *, is_few: bool, is_first: bool) -> str:
    """Return the name of a month below its bar: its year, too, where that begins."""
    has_year = first.month == 1 or is_first
    month = f'<text x="{left:.1f}" y="{_HEIGHT + 16}">{first:%b}</text>' if is_few else ""
    year = f'<text x="{left:.1f}" y="{_HEIGHT + (36 if is_few else 18)}">{first:%Y}</text>' if has_year else ""
    return month + year


def draw_shares(parts: Iterable[tuple[str, int]], most: int) -> Markup:
    """Return one horizontal bar whose length is the sum of its parts, of `most` in all."""
    drawn, left = [], 0.0
    for kind, count in parts:
        width = count / most * 200 if most else 0.0
        drawn.append(f'<rect class="g-{kind}" x="{left:.2f}" y="0" width="{width:.2f}" height="12"/>')
        left += width
    return _trust(
        f'<svg class="share" viewBox="0 0 200 12" preserveAspectRatio="none" aria-hidden="true">{"".join(drawn)}</svg>'
    )


def _trust(made: str) -> Markup:
    return Markup(made)  # noqa: S704  it is made of numbers, dates and escaped addresses
