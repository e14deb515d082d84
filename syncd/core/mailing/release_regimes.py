"""Where arXiv places the papers that moderation releases, learned from the ids at hand, border by border.

In one regime released papers are scattered over the block of their mailing. In the other they stand at its head, ordered by
their first version. Both were measured upstream, in different years. No year is known here: neighbouring borders support each
other, so that one range may contain both regimes.
"""

from __future__ import annotations

from math import erfc, exp, log, log1p, sqrt
from typing import TYPE_CHECKING

from syncd.core.mailing.id_density import estimate_rest, number
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syncd.core.mailing.evidence import Evidence

# Every weight is the logarithm of a ratio of likelihoods. The shares behind them were measured upstream, and only their order
# of magnitude matters.
_STRAY = 7.0
"""Against calling a run of held papers scattered where they stand at the head: about one paper in a thousand."""

_STRAY_NEXT = 2.0
"""The same for each further paper of such a run."""

_PASSED = 3.0
"""Against calling a paper held that no earlier one shows to be held: few are submitted just before a freeze."""

_UNORDERED = 4.0
"""Against a paper at the head that was submitted before the one in front of it: 12 of 1,089."""

_STAMPED = 3.5
"""For a datestamp on the later date: half of all papers are never modified, and few are on the very next date."""

_FURTHEST = 12
"""How many papers that seem punctual a head may contain. More of them outweigh any run of held papers."""

_INSIDE = 3.5
"""For scattered papers, by a run of them inside a block: it is thirty times as frequent where they are scattered."""

_NONE_INSIDE = 0.004
"""For papers at the head, by each paper of a block: where held ones are scattered, at least this many runs of them are inside."""

_AT_BORDER = 3.0
"""For papers at the head, by a run of them at a border: two or three papers in a hundred are held where they are scattered."""

_HELD = 0.064
"""The share of held papers where they stand at the head."""

_FEW = 10
"""How many ids more or fewer mean nothing."""

_SPREAD = 0.4
"""How far the number of ids in a time differs from what the rate before it suggests, as a logarithm."""

_LEAST = 4.0
"""How many papers a head is expected to have, at least: a block at hand may lack most of its papers."""

_MOST = 8.0
"""The most that one border says about the regime, so that a single release of many papers changes no era."""

_CLEAR = 1.3
"""What the evidence of all borders must exceed: one held paper alone does not show a regime."""

_CHANGE = 1 / 2000
"""How likely the regime changes from one mailing to the next: once in all mailings since 2020."""


@dataclass(frozen=True, slots=True)
class Border:
    """A border between two mailings of one month.

    `position` is that of the last punctual paper of the earlier mailing among all of these, `after` the index of the next one,
    `dates` the ordinals of their listings. The earlier mailing begins at index `start` and has `runs` runs of held papers.
    """

    position: int
    after: int
    dates: tuple[int, int]
    start: int
    runs: int


@dataclass(frozen=True, slots=True)
class Head:
    """The likeliest head of held papers of a later mailing: the index of its first paper, and what it says of the regime.

    Without held papers `first` is the index of the first punctual paper of that mailing.
    """

    first: int
    weight: float


def find_head(evidence: Evidence, border: Border, held: Sequence[int], punctual: Sequence[int]) -> Head:
    """Return the likeliest head before a border, if held papers stood there. `held` has a truth value for each index.

    A head begins with a paper that an earlier one shows to be held. All papers from there to the border are part of it, also
    those of which nothing shows that they are held. None may have an upper bound on the earlier date.
    """
    best, best_gain, best_runs = border.after, 0.0, 0
    gain, passed, runs = 0.0, 0, 0
    for k in range(border.after - 1, border.start - 1, -1):
        if evidence.high[k] <= border.dates[0] or passed > _FURTHEST:
            break
        if evidence.modified[k] == border.dates[1]:
            gain += _STAMPED
        if k + 1 < border.after and evidence.submitted[k + 1] < evidence.submitted[k]:
            gain -= _UNORDERED
        if not held[k]:
            passed += 1
            gain -= _PASSED
            continue
        is_first = not held[k - 1] or evidence.high[k - 1] <= border.dates[0]
        runs += is_first
        gain += _STRAY if is_first else _STRAY_NEXT
        found = gain + _weigh_density(evidence, punctual, border.position - passed, k) if gain > best_gain else 0.0
        if found > best_gain:
            best, best_gain, best_runs = k, found, runs
    return Head(best, _weigh(border, best, best_gain, best_runs))


def _weigh_density(evidence: Evidence, punctual: Sequence[int], position: int, first: int) -> float:
    """Return what speaks against a mailing that begins at an index because of too few ids before it, as a logarithm."""
    ids = number(evidence, first) - number(evidence, punctual[position])
    expected = estimate_rest(evidence, punctual, position)
    spread = log((ids + _FEW) / (expected + _FEW)) / _SPREAD
    return max(log(max(erfc(-spread / sqrt(2)) / 2, 1e-9)), -_MOST)


def _weigh(border: Border, first: int, gain: float, runs: int) -> float:
    """Return how much more likely a border is where held papers stand at the head, as a logarithm."""
    count = border.after - first
    weight = min(_NONE_INSIDE * (first - border.start), 1) - _INSIDE * (border.runs - runs)
    if count:
        # The length of a head varies so widely that a geometric distribution comes near enough.
        expected = max(_HELD * (first - border.start), _LEAST)
        weight += gain + (_AT_BORDER - _STRAY) * runs + count * log(expected / (1 + expected)) - log1p(expected)
    return min(max(weight, -_MOST), _MOST)


def are_at_head(weights: Sequence[float]) -> list[bool]:
    """Return for each border whether held papers stand at the head there, from the weights of all borders in order."""
    forward = _pass_on(weights)
    backward = _pass_on(weights[::-1])[::-1]
    return [one + weight + other > _CLEAR for one, weight, other in zip(forward, weights, backward, strict=True)]


def _pass_on(weights: Sequence[float]) -> list[float]:
    """Return what all borders before each one say about it, when the regime seldom changes from one to the next."""
    passed, reached = [], 0.0
    for weight in weights:
        passed.append(reached)
        odds = exp(reached + weight)
        reached = log((odds * (1 - _CHANGE) + _CHANGE) / (odds * _CHANGE + 1 - _CHANGE))
    return passed
