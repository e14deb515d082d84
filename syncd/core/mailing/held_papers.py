"""Which mailing a paper held in moderation belongs to when its id stands between two.

Its own time says nothing, and both mailings are possible. The regime of the time or the density of the ids around it shows the
likelier one. Nothing decided here is a proof.
"""

from __future__ import annotations

from array import array
from itertools import islice, pairwise
from typing import TYPE_CHECKING, NamedTuple

from syncd.core.mailing.id_density import estimate_border, estimate_start, find_opening, get_rate, number, same_month
from syncd.core.mailing.release_regimes import Border, are_at_head, find_head

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from syncd.core.mailing.evidence import Evidence

_EARLIEST = 10
"""In how many mailings the first papers at hand seem to be, at most, where they are held papers of one."""

_SPARSE = 0.25
"""Fewer of the expected ids than this share are all held: a freeze comes after the busiest hours."""

_DAY = 24 * 3600
"""Seconds in which a mailing has its usual number of ids. More time, at a weekend, brings few more."""

_LONG = 6 * 3600
"""Seconds long enough to tell the rate of a mailing."""

_FEW = 20
"""So few ids say nothing about whether they are dense."""

_SOON = 3600
"""Seconds after a freeze in which the rate of ids changes little."""


class Release(NamedTuple):
    """The date of a held paper, and the code of the reason for it (`syncd.core.reasons`)."""

    day: date
    reason: str


def find_released(evidence: Evidence, days: Sequence[date]) -> dict[int, Release]:
    """Return the papers of the later mailing that their own times put into the earlier one: their date by index.

    A held paper was first submitted before another one of a lower id. The others are punctual. `days` has the date of every
    paper, and the question arises where two punctual papers that follow one another differ in it. Where the month of the ids
    changes as well, that is the border.

    Where held papers stand at the head of their mailing, the likeliest head belongs to the later mailing. Where they are
    scattered, a paper last modified on the later date belongs to the later mailing, with all after it: half of all papers are
    never modified, and few on the very next date. Otherwise the border lies midway between where the earlier mailing would have
    ended and where the later one would have begun, each at the rate of ids on its side.
    """
    held, punctual = _split(evidence)
    borders = list(_find_borders(evidence, days, punctual))
    moved = _find_leading(evidence, days, punctual, borders)
    # Papers before the first mailing at hand show no border.
    borders = [border for border in borders if border.after > len(moved)]
    heads = [find_head(evidence, border, held, punctual) for border in borders]
    for border, head, is_at_head in zip(borders, heads, are_at_head([head.weight for head in heads]), strict=True):
        first = head.first if is_at_head else _find_scattered(evidence, border, punctual)
        reason = "held-at-head" if is_at_head else "held-at-border"
        moved |= dict.fromkeys(range(first, border.after), Release(days[border.after], reason))
    return moved


def _split(evidence: Evidence) -> tuple[bytearray, Sequence[int]]:
    """Return for every index whether its paper is held, and the indexes of the punctual papers.

    A paper whose id is too low is neither. The papers after it would all seem held.
    """
    held, punctual = bytearray(evidence.old), array("l")
    latest = -1
    for k in range(evidence.old):
        if k in evidence.too_low:
            continue
        if evidence.submitted[k] >= latest:
            latest = evidence.submitted[k]
            punctual.append(k)
        else:
            held[k] = 1
    return held, punctual


def _find_borders(evidence: Evidence, days: Sequence[date], punctual: Sequence[int]) -> Iterator[Border]:
    """Yield every border between two mailings of one month."""
    start = runs = 0
    for position, (before, after) in enumerate(pairwise(punctual)):
        runs += after - before > 1
        if days[before] == days[after]:
            continue
        if days[before] < days[after] and same_month(evidence, before, after):
            dates = days[before].toordinal(), days[after].toordinal()
            yield Border(position, after, dates, start, runs)
        start, runs = after, 0


def _find_leading(
    evidence: Evidence, days: Sequence[date], punctual: Sequence[int], borders: Sequence[Border]
) -> dict[int, Release]:
    """Return the papers before the first mailing of which the ids are dense: with no id before them, only that shows them."""
    earliest = [border for border in borders[:_EARLIEST] if same_month(evidence, 0, border.after)]
    rate = max((_measure_rate(evidence, days, punctual, border) for border in earliest), default=0.0)
    first = start = 0
    for border in earliest:
        opening = find_opening(evidence, border.after)
        ids = float(number(evidence, border.after) - number(evidence, start))
        if evidence.submitted[border.after] - opening < _SOON:
            ids -= estimate_start(evidence, punctual, border.position + 1)
        # The month of their ids brings papers of long ago into one mailing with punctual ones, which alone show a rate.
        begin = max(evidence.submitted[start], find_opening(evidence, punctual[border.position]))
        expected = rate * min(opening - begin, _DAY)
        if expected > _FEW and ids >= _SPARSE * expected:
            break
        start = border.after
        first = start if expected > _FEW else first
    return dict.fromkeys(range(first), Release(days[first], "held-at-start")) if first else {}


def _measure_rate(evidence: Evidence, days: Sequence[date], punctual: Sequence[int], border: Border) -> float:
    """Return the ids per second of the mailing after a border, 0 where it is too short to tell."""
    last = border.after
    for k in islice(punctual, border.position + 1, None):
        if days[k] != days[border.after]:
            break
        last = k
    is_long = evidence.submitted[last] - evidence.submitted[border.after] > _LONG
    return get_rate(evidence, border.after, last) if is_long else 0.0


def _find_scattered(evidence: Evidence, border: Border, punctual: Sequence[int]) -> int:
    """Return the index of the first held paper that rather begins the later mailing than ends the earlier one."""
    held = range(punctual[border.position] + 1, border.after)
    if not held:
        return border.after
    limit = estimate_border(evidence, punctual, border.position)
    # The first held paper behind the border takes all after it along.
    return next(
        (k for k in held if evidence.modified[k] == border.dates[1] or number(evidence, k) >= limit), border.after
    )
