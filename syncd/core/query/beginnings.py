"""Whether a text has a phrase that ends with the beginning of a word, decided without an index."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from syncd.core.query.word_forms import fold, has_beginning, list_other_forms, split_words, stem

if TYPE_CHECKING:
    from syncd.core.query.conditions import Phrase

_is_form = lru_cache(8192)(has_beginning)


@dataclass(frozen=True, slots=True)
class BeginningFinder:
    """Finds a phrase whose last word may go on. Most texts without it are ruled out by a pattern."""

    phrase: Phrase
    _pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        last = self.phrase.words[-1]
        # A stem is how its words begin, but for its last letter.
        beginnings = {one[:-1] for one in (last, *map(stem, list_other_forms(last)))}
        object.__setattr__(self, "_pattern", re.compile(rf"(?<![^\W_])(?:{'|'.join(sorted(beginnings))})[^\W_]*"))

    def is_in(self, text: str) -> bool:
        """Return whether a plain text has the phrase."""
        *before, last = self.phrase.words
        folded = fold(text)
        if not any(_is_form(word, last) for word in self._pattern.findall(folded)):
            return False
        if not before:
            return True
        words, stems = split_words(text), [stem(word) for word in before]
        return any(
            _is_form(words[at], last) and [stem(word) for word in words[at - len(stems) : at]] == stems
            for at in range(len(stems), len(words))
        )
