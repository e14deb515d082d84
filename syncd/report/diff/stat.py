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
"""A line has at most this many signs."""


def lines(compared: Comparison) -> Iterator[str]:
    """Yield a line for each date, `+` for each text of upstream and `-` for each of the archive, then the totals."""
    counts = Counter(change.day for change in compared.changes)
    more = Counter(change.day for change in compared.changes if change.theirs is not None)
    less = Counter(change.day for change in compared.changes if change.ours is not None)
    most = max((more[day] + less[day] for day in counts), default=0)
    width = len(str(max(counts.values(), default=0)))
    for day in sorted(counts):
        plus, minus = _scale(more[day], most), _scale(less[day], most)
        signs = (paint("theirs", "+" * plus) if plus else "") + (paint("ours", "-" * minus) if minus else "")
        yield f" {day} | {counts[day]:>{width}} {signs}".rstrip()
    sums = f"{more.total()} insertions(+), {less.total()} deletions(-)"
    yield f" {pluralize(len(counts), 'date')} differ, {pluralize(len(compared.changes), 'difference')}, {sums}"


def _scale(count: int, most: int) -> int:
    """Return the number of signs, scaled down when the longest line would be too wide. A count above 0 keeps one sign."""
    return count if most <= _WIDEST else max(count * _WIDEST // most, int(count > 0))
