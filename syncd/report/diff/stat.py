"""A comparison in one line a date, as git counts: what upstream has more, what it has less. It shows no text."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from syncd.report.terminal import many, paint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syncd.core.results import Comparison

_WIDEST = 50


def lines(compared: Comparison) -> Iterator[str]:
    """A line a date: how many differences, `+` for each text upstream has, `-` for each the archive has; then the sums."""
    counts = Counter(change.day for change in compared.changes)
    more = Counter(change.day for change in compared.changes if change.theirs is not None)
    less = Counter(change.day for change in compared.changes if change.ours is not None)
    most = max((more[day] + less[day] for day in counts), default=0)
    width = len(str(max(counts.values(), default=0)))
    for day in sorted(counts):
        plus, minus = _scaled(more[day], most), _scaled(less[day], most)
        signs = (paint("theirs", "+" * plus) if plus else "") + (paint("ours", "-" * minus) if minus else "")
        yield f" {day} | {counts[day]:>{width}} {signs}".rstrip()
    sums = f"{more.total()} insertions(+), {less.total()} deletions(-)"
    yield f" {many(len(counts), 'date')} differ, {many(len(compared.changes), 'difference')}, {sums}"


def _scaled(count: int, most: int) -> int:
    """As many signs, or their share of the widest line; never none where there is one."""
    return count if most <= _WIDEST else max(count * _WIDEST // most, int(count > 0))
