"""Whether a text has a phrase that ends with the beginning of a word, or a name its words, decided without an index."""

from __future__ import annotations

import re
from dataclasses import field
from functools import lru_cache
from itertools import takewhile
from typing import TYPE_CHECKING

from syncd.core.query.word_forms import WORD, fold, has_beginning, list_other_forms, split_words, stem
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from syncd.core.query.conditions import AuthorName, Phrase

_is_form = lru_cache(8192)(has_beginning)


@dataclass(frozen=True, slots=True)
class BeginningFinder:
    """Finds a phrase whose last word may go on. A pattern finds what may be it."""

    phrase: Phrase
    _pattern: re.Pattern[str] = field(init=False)
    _stems: list[str] = field(init=False)

    def __post_init__(self) -> None:
        *before, last = self.phrase.words
        beginnings = sorted({_cut_changed(one) for one in (last, *map(stem, list_other_forms(last)))})
        shared = _find_shared_start(beginnings)
        words = [*(_cut_changed(stem(word)) for word in before), shared]
        # What is searched for is found sooner where a pattern begins with it.
        start = rf"{words[0]}(?<![^\W_]{words[0]})(?:(?=[^\W_])|(?<=[^\W_]))"
        rest = r"[^\W_]*[\W_]+".join([start, *words[1:]])
        end = "|".join(one.removeprefix(shared) for one in beginnings)
        object.__setattr__(self, "_pattern", re.compile(f"{rest}(?:{end})[^\\W_]*"))
        object.__setattr__(self, "_stems", [stem(word) for word in before])

    def is_in(self, text: str) -> bool:
        """Return whether a plain text has the phrase."""
        folded, last = fold(text), self.phrase.words[-1]
        found = self._pattern.search(folded)
        while found:
            *before, end = WORD.findall(found[0])
            if _is_form(end, last) and [stem(word) for word in before] == self._stems:
                return True
            # The next one may begin inside of this one.
            found = self._pattern.search(folded, found.start() + 1)
        return False


def list_name_words(name: AuthorName) -> list[tuple[str, bool]]:
    """Return the words of a name, each with whether it may go on: the last of a beginning, and a letter beside other words."""
    last, has_initials = len(name.words) - 1, len(name.words) > 1
    return [
        (word, (has_initials and len(word) == 1) or (name.prefix and number == last))
        for number, word in enumerate(name.words)
    ]


def is_name(shown: str, wanted: Iterable[tuple[str, bool]]) -> bool:
    """Return whether a name as a source gave it has all these words, each with whether it may go on."""
    words = split_words(shown)
    return all(any(one.startswith(word) if goes_on else one == word for one in words) for word, goes_on in wanted)


def _cut_changed(stem: str) -> str:
    """Return with which letters all words of a stem begin. Porter's rules change none before the last, and that to e, i or l."""
    return stem[:-1] if stem.endswith(("e", "i", "l")) else stem


def _find_shared_start(texts: Sequence[str]) -> str:
    """Return with which characters all of these sorted texts begin."""
    pairs = zip(texts[0], texts[-1], strict=False)
    return "".join(first for first, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
