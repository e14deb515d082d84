"""The words of invented titles and abstracts, as common and as often repeated as in real ones.

How common they are decides how large a full-text index is, and how long a search takes. The numbers fit 328 papers of cs.CV in
five real digests of 2020 and 2021. An abstract of 1,203 characters had 182 words there, and an abstract with its title had 107
different stems. The first 20, 80, 160 and 328 papers had 921, 1,911, 2,779 and 3,858 stems. Invented papers with 182 words have
106 different ones, and the first 20, 80, 160 and 328 papers have 848, 1,892, 2,749 and 3,892.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

VOCABULARY = 150_000
LETTERS_PER_WORD = 6.6
"""Characters of an abstract for each of its words, with what stands between them."""
_TITLE = (6, 14)
_DRAWN = 0.71
"""Share of words that are drawn from all. The others repeat one of them."""
_POOL = 1_000_000
_LETTERS = "etaoinshrdlucmfwypvbgkjqxz"
_COMMON = (
    12,
    9,
    8,
    7.5,
    7,
    6.7,
    6.3,
    6,
    6,
    4.2,
    4,
    2.8,
    2.7,
    2.4,
    2.2,
    2.3,
    2,
    1.9,
    1,
    1.5,
    2,
    0.8,
    0.2,
    0.1,
    0.2,
    0.1,
)
_SHORT = 40
"""The commonest words are short."""


class InventedWords:
    """Draws the words of papers out of a vocabulary whose first words are the commonest."""

    def __init__(self, chance: Random, vocabulary: Sequence[str] | None = None) -> None:
        self._chance = chance
        words = vocabulary or _make_vocabulary(chance)
        weights = accumulate(1 / ((rank + 16) * (1 + (rank / 800) ** 1.2)) for rank in range(len(words)))
        self._pool = chance.choices(words, cum_weights=list(weights), k=_POOL)

    def draw_title(self) -> list[str]:
        """Return the words of a title."""
        return self._draw(self._chance.randint(*_TITLE))

    def draw_abstract(self, title: Sequence[str], count: int) -> list[str]:
        """Return this number of words, of an abstract that has the words of its title, too."""
        drawn = self._draw(max(0, round(count * _DRAWN) - len(title))) + list(title)
        words = drawn[:count] + self._chance.choices(drawn, k=max(0, count - len(drawn)))
        self._chance.shuffle(words)
        return words

    def _draw(self, count: int) -> list[str]:
        # A part of words drawn beforehand takes no time, and is as good as new ones.
        start = self._chance.randrange(len(self._pool) - count)
        return self._pool[start : start + count]


def _make_vocabulary(chance: Random) -> list[str]:
    words: dict[str, None] = {}
    while len(words) < VOCABULARY:
        length = chance.randint(2, 4) if len(words) < _SHORT else chance.randint(3, 11)
        words["".join(chance.choices(_LETTERS, _COMMON, k=length))] = None
    return list(words)
