"""Show a comparison in one line a date, like `git diff --stat`: the numbers of differences, without their texts."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from syncd.core.plural import pluralize
from syncd.report.terminal import paint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syncd.core.results import Comparison

_WIDEST = 50
"""A line has at most this many signs, and fewer on a narrow terminal."""


def lines(compared: Comparison, width: int = 80) -> Iterator[str]:
    """Yield a line for each date, `+` for each text of upstream and `-` for each of the archive, then the totals."""
    counts = Counter(change.day for change in compared.changes)
    more = Counter(change.day for change in compared.changes if change.theirs is not None)
    less = Counter(change.day for change in compared.changes if change.ours is not None)
    most = max((more[day] + less[day] for day in counts), default=0)
    digits = len(str(max(counts.values(), default=0)))
    room = min(_WIDEST, width - len(" 2026-07-01 |  ") - digits)
    for day in sorted(counts):
        plus, minus = _scale(more[day], most, room), _scale(less[day], most, room)
        signs = (paint("theirs", "+" * plus) if plus else "") + (paint("ours", "-" * minus) if minus else "")
        yield f" {day} | {counts[day]:>{digits}} {signs}".rstrip()
    sums = f"{more.total()} insertions(+), {less.total()} deletions(-)"
    yield f" {pluralize(len(counts), 'date')} differ, {pluralize(len(compared.changes), 'difference')}, {sums}"


def _scale(count: int, most: int, room: int) -> int:
    """Return the number of signs, scaled down when the longest line would be too wide. A count above 0 keeps one sign."""
    return count if most <= room else max(count * room // most, int(count > 0))
