"""Which mailing a paper held in moderation belongs to when its id stands between two.

Its own time says nothing, and both mailings are possible. Only the density of the ids around it shows the likelier one.
Nothing decided here is a proof.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from syncd.core.mailing.evidence import Evidence

_NEAR = 5
"""How many punctual papers on either side give the rate of ids there."""


def find_released(evidence: Evidence, days: Sequence[date]) -> dict[int, date]:
    """Return the held papers that rather begin the later mailing than end the earlier one: their date by index.

    A held paper was first submitted before another one of a lower id. The others are punctual. `days` has the date of every
    paper, and the question arises where two punctual papers that follow one another differ in it. An upper bound on the later
    date decides for the later mailing: otherwise this paper and all after it would have been modified since. Without an upper
    bound, the border lies midway between where the earlier mailing would have ended and where the later one would have begun,
    each at the rate of ids on its side. Where the month of the ids changes, that is the border.
    """
    punctual, waiting = _split(evidence)
    moved: dict[int, date] = {}
    for position, held in waiting.items():
        before, after = punctual[position], punctual[position + 1]
        if days[before] < days[after] and _same_month(evidence, before, after):
            later = days[after].toordinal()
            border = _border(evidence, punctual, position)
            # The first held paper behind the border takes all after it along.
            first = next((k for k in held if evidence.high[k] == later or _number(evidence, k) >= border), after)
            moved |= {k: days[after] for k in held if k >= first}
    return moved


def _split(evidence: Evidence) -> tuple[Sequence[int], dict[int, list[int]]]:
    """Return the indexes of the punctual papers, and by a position among these the held papers between it and the next."""
    punctual = array("l")
    waiting: dict[int, list[int]] = {}
    latest = -1
    for k in range(evidence.old):
        if evidence.submitted[k] >= latest:
            latest = evidence.submitted[k]
            punctual.append(k)
        elif punctual:
            waiting.setdefault(len(punctual) - 1, []).append(k)
    waiting.pop(len(punctual) - 1, None)
    return punctual, waiting


def _border(evidence: Evidence, punctual: Sequence[int], position: int) -> float:
    """Return the number of the id at which the later mailing is taken to begin, between a punctual paper and the next."""
    before, after = punctual[position], punctual[position + 1]
    gap = _number(evidence, after) - _number(evidence, before)
    moments = evidence.freezes.moments
    closing = bisect_right(moments, evidence.submitted[before])
    opening = bisect_right(moments, evidence.submitted[after]) - 1
    left = _rate(evidence, punctual[max(position - _NEAR, 0)], before) * (moments[closing] - evidence.submitted[before])
    right = _rate(evidence, after, punctual[min(position + 1 + _NEAR, len(punctual) - 1)]) * (
        evidence.submitted[after] - moments[opening]
    )
    return _number(evidence, before) + (gap + min(left, gap) - min(right, gap)) / 2


def _rate(evidence: Evidence, first: int, last: int) -> float:
    """Return the ids per second between two punctual papers, 0 where they say nothing about it."""
    seconds = evidence.submitted[last] - evidence.submitted[first]
    if seconds == 0 or not _same_month(evidence, first, last):
        return 0.0
    return (_number(evidence, last) - _number(evidence, first)) / seconds


def _same_month(evidence: Evidence, first: int, last: int) -> bool:
    return evidence.ids[first][:4] == evidence.ids[last][:4]


def _number(evidence: Evidence, k: int) -> int:
    return int(evidence.ids[k][5:])
