"""Where a query matches in a text that people read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.query.conditions import And, Or, Phrase
from syncd.core.query.word_forms import WORD, fold, has_beginning, stem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from syncd.core.query.conditions import Condition, Part


def find_matches(shown: str, condition: Condition, part: Part) -> list[tuple[int, int]]:
    """Return where the words of the query are in a readable text, in any form, as ranges in order. They do not overlap.

    `part` says whether the text is of a title or of an abstract. What the query excludes is not looked for.
    """
    phrases = [phrase for phrase in _list_phrases(condition) if phrase.part in {None, part}]
    words = [(found.start(), found.end(), fold(found[0])) for found in WORD.finditer(shown)]
    first_letters = {phrase.words[0][0] for phrase in phrases}
    ranges: list[tuple[int, int]] = []
    at = 0
    while at < len(words):
        # The first letter of a stem is that of its word, and most words are ruled out by it.
        wanted = phrases if words[at][2][:1] in first_letters else []
        length = max((len(one.words) for one in wanted if _matches(words, at, one)), default=0)
        if length:
            ranges.append((words[at][0], words[at + length - 1][1]))
        at += max(length, 1)
    return ranges


def _list_phrases(condition: Condition) -> Iterator[Phrase]:
    if isinstance(condition, And | Or):
        for inner in condition.parts:
            yield from _list_phrases(inner)
    elif isinstance(condition, Phrase):
        yield condition


def _matches(words: Sequence[tuple[int, int, str]], at: int, phrase: Phrase) -> bool:
    found = [word for _, _, word in words[at : at + len(phrase.words)]]
    if len(found) < len(phrase.words):
        return False
    *whole, last = phrase.words
    if phrase.prefix and not has_beginning(found[-1], last):
        return False
    wanted = whole if phrase.prefix else phrase.words
    return all(stem(word) == stem(one) for word, one in zip(found, wanted, strict=False))
