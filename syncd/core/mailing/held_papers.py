"""Where a paper held in moderation stands when it comes between two mailings.

Its own time tells nothing and both mailings are possible: only the density of the ids around tells the likelier. Nothing
decided here is ever a proof.
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
"""So many papers in time on either side give the rate of ids there."""


def released(evidence: Evidence, days: Sequence[date]) -> dict[int, date]:
    """The ids that rather begin the later mailing than end the earlier one: their day by index.

    A held paper is one first submitted before another of a lower id. `days` are those of the papers in time; the question
    arises where two that follow one another differ. An upper bound on the later day decides for it: at the end of the
    earlier mailing this paper and all after it would have to be touched since. Without, the border is put midway between
    where the earlier mailing would have ended and the later one begun at the rate of ids on its side. Where the id month
    changes, that is the border.
    """
    timely, waiting = _held(evidence)
    moved: dict[int, date] = {}
    for position, held in waiting.items():
        before, after = timely[position], timely[position + 1]
        if days[before] < days[after] and _same_month(evidence, before, after):
            later = days[after].toordinal()
            border = _border(evidence, timely, position)
            first = next((k for k in held if evidence.high[k] == later or _number(evidence, k) >= border), after)
            moved |= {k: days[after] for k in held if k >= first}
    return moved


def _held(evidence: Evidence) -> tuple[Sequence[int], dict[int, list[int]]]:
    """The indexes of the papers in time, and the held ones that stand between two of these by the position of the first."""
    timely = array("l")
    waiting: dict[int, list[int]] = {}
    latest = -1
    for k in range(evidence.old):
        if evidence.submitted[k] >= latest:
            latest = evidence.submitted[k]
            timely.append(k)
        elif timely:
            waiting.setdefault(len(timely) - 1, []).append(k)
    waiting.pop(len(timely) - 1, None)
    return timely, waiting


def _border(evidence: Evidence, timely: Sequence[int], position: int) -> float:
    before, after = timely[position], timely[position + 1]
    gap = _number(evidence, after) - _number(evidence, before)
    moments = evidence.freezes.moments
    closing = bisect_right(moments, evidence.submitted[before])
    opening = bisect_right(moments, evidence.submitted[after]) - 1
    left = _rate(evidence, timely[max(position - _NEAR, 0)], before) * (moments[closing] - evidence.submitted[before])
    right = _rate(evidence, after, timely[min(position + 1 + _NEAR, len(timely) - 1)]) * (
        evidence.submitted[after] - moments[opening]
    )
    return _number(evidence, before) + (gap + min(left, gap) - min(right, gap)) / 2


def _rate(evidence: Evidence, first: int, last: int) -> float:
    """Ids per second between two papers in time, 0 where they do not tell."""
    seconds = evidence.submitted[last] - evidence.submitted[first]
    if seconds == 0 or not _same_month(evidence, first, last):
        return 0.0
    return (_number(evidence, last) - _number(evidence, first)) / seconds


def _same_month(evidence: Evidence, first: int, last: int) -> bool:
    return evidence.ids[first][:4] == evidence.ids[last][:4]


def _number(evidence: Evidence, k: int) -> int:
    return int(evidence.ids[k][5:])
