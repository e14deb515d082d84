"""How likely a date on which no paper is proven had no mailing, from the datestamps of the papers submitted for it.

It counts papers and knows no calendar. Whether the odds are enough is decided by `learned_closings`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from itertools import pairwise
from math import exp, log, log1p
from statistics import median
from typing import TYPE_CHECKING

from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syncd.core.mailing.evidence import Evidence

_NEAR = 10
"""How many mailings on either side show which share of the papers was never modified."""

_VARIED = log(1 / 20)
"""How likely clearly more or fewer papers of one mailing keep their date than of its neighbours, but not half of them."""

_FEW = 4
"""So few days before do not show whether their papers were modified in bulk."""

_LEAST_SHARE = 0.005
"""No share is taken for smaller, as a handful of mailings cannot show that."""

_EDITED_ALONE = log(1 / 100_000)
"""How likely every paper of one mailing is modified on one later day, while its neighbours are not. Never seen upstream."""


@dataclass(frozen=True, slots=True)
class DayCounts:
    """Numbers of papers by the ordinal of a weekday.

    `proven` are those proven on it, `in_time` those submitted for it and not held. `waited` are by two weekdays: submitted for
    the first, last modified on the second.
    """

    proven: Counter[int]
    in_time: Counter[int]
    waited: Counter[tuple[int, int]]


def count_days(evidence: Evidence) -> DayCounts:
    """Return the numbers of papers that the evidence has for each weekday."""
    columns = slice(evidence.old)
    listed, low = evidence.listed[columns], evidence.low[columns]
    own = Counter(zip(listed, evidence.modified[columns], low, strict=True))
    fresh = {(submitted, modified): n for (submitted, modified, reached), n in own.items() if submitted == reached}
    total: Counter[int] = Counter()
    for (submitted, _), n in fresh.items():
        total[submitted] += n
    proven = Counter(day for day, high in zip(low, evidence.high[columns], strict=True) if day == high)
    return DayCounts(proven, total, Counter(fresh))


def weigh_missing(counts: DayCounts, day: int, listings: Sequence[int]) -> float | None:
    """Return how much likelier the datestamps are if the date had no mailing, as a logarithm. None where they say nothing.

    `listings` are the dates that have proven papers, ascending. Papers of a missing date wait for the next of them: those never
    modified have its date, as many of them as elsewhere have their own. Papers of an existing date have the next one's only
    if they were modified on it, by their authors or in bulk. What was modified on that day is seen on the mailings before.
    """
    k = bisect_left(listings, day)
    earlier = [one for one in range(day - 2 * _NEAR, day) if counts.in_time[one]]
    if counts.waited[day, day] or k == len(listings) or len(earlier) < _FEW:
        return None
    near = listings[max(k - _NEAR, 0) : k + _NEAR]
    untouched = _share(counts, [(one, one) for one in near])
    revised = _share(counts, list(pairwise(near)))
    # Half of the days before are taken, so that another missing one among them does not count.
    in_bulk = median(_share(counts, [(one, listings[k])]) for one in earlier)
    return _compare(counts.in_time[day], counts.waited[day, listings[k]], untouched, max(revised, in_bulk))


def _share(counts: DayCounts, days: Sequence[tuple[int, int]]) -> float:
    """Return which share of the papers submitted for the first of two days was last modified on the second."""
    total = sum(counts.in_time[submitted] for submitted, _ in days)
    return max(sum(counts.waited[pair] for pair in days) / total if total else 0.0, _LEAST_SHARE)


def _compare(papers: int, waited: int, untouched: float, revised: float) -> float:
    """Return the logarithm of the ratio of likelihoods: no mailing, against a mailing of which no paper kept its date."""
    if not papers:
        return 0.0
    untouched, revised = min(untouched, 0.99), min(revised, 0.99)
    rest = (1 - untouched) * (1 - revised)
    seen = min(max(waited / papers, 1e-6), 1 - 1e-6)
    at_best = waited * log(seen) + (papers - waited) * log1p(-seen)
    missing = waited * log(1 - rest) + (papers - waited) * log(rest)
    missing = max(missing, at_best + _VARIED) if seen > (1 - rest) / 2 else missing
    existing = waited * log(revised) + (papers - waited) * log(rest)
    alone = _EDITED_ALONE + at_best
    top = max(existing, alone)
    return missing - top - log(exp(existing - top) + exp(alone - top))
