"""How densely ids follow one another in time, which shows about where one mailing ends and the next begins."""

from __future__ import annotations

from bisect import bisect_right
from math import sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syncd.core.mailing.evidence import Evidence

_NEAR = 5
"""How many punctual papers on either side give the rate of ids there."""

_SPREAD = 2
"""Standard deviations of a number of ids that chance may add."""


def estimate_rest(evidence: Evidence, punctual: Sequence[int], position: int) -> float:
    """Return how many ids a mailing has after the punctual paper at this position, at the rate of ids before it."""
    last = punctual[position]
    closing = evidence.freezes.moments[bisect_right(evidence.freezes.moments, evidence.submitted[last])]
    near = (k for k in punctual[max(position - _NEAR, 0) : position] if same_month(evidence, k, last))
    return get_rate(evidence, next(near, last), last) * (closing - evidence.submitted[last])


def estimate_start(evidence: Evidence, punctual: Sequence[int], position: int) -> float:
    """Return how many ids a mailing has before the punctual paper at this position, at the rate of ids after it."""
    first = punctual[position]
    rate = get_rate(evidence, first, punctual[min(position + _NEAR, len(punctual) - 1)])
    return rate * (evidence.submitted[first] - find_opening(evidence, first))


def find_opening(evidence: Evidence, k: int) -> int:
    """Return the last freeze before the first version of a paper, in seconds of the epoch."""
    moments = evidence.freezes.moments
    return moments[bisect_right(moments, evidence.submitted[k]) - 1]


def estimate_border(evidence: Evidence, punctual: Sequence[int], position: int) -> float:
    """Return the number of the id at which the later mailing is taken to begin, between a punctual paper and the next.

    The ids between them that are not at hand may be of either mailing. The border lies midway between what the rates on either
    side leave to each, less what chance may add: a held paper begins a mailing more often than it ends one.
    """
    before, after = punctual[position], punctual[position + 1]
    lacking = number(evidence, after) - number(evidence, before) - (after - before)
    left = estimate_rest(evidence, punctual, position)
    right = estimate_start(evidence, punctual, position + 1)
    midway = (lacking + min(left, lacking) - min(right, lacking)) / 2
    return number(evidence, before) + midway - _SPREAD * sqrt(midway)


def get_rate(evidence: Evidence, first: int, last: int) -> float:
    """Return the ids per second between two punctual papers, 0 where they say nothing about it."""
    seconds = evidence.submitted[last] - evidence.submitted[first]
    if seconds == 0 or not same_month(evidence, first, last):
        return 0.0
    return (number(evidence, last) - number(evidence, first)) / seconds


def same_month(evidence: Evidence, first: int, last: int) -> bool:
    """Return whether the ids of two papers are counted together."""
    return evidence.ids[first][:4] == evidence.ids[last][:4]


def number(evidence: Evidence, k: int) -> int:
    """Return the number of an id in its month."""
    return int(evidence.ids[k][5:])
