"""Compare two texts word by word, for every format that shows it. The formats mark the result themselves."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from syncd.core.markup import plain
from syncd.core.printable import printable
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syncd.core.model import Change

_MOST_WORDS = 4000
"""Longer texts are not compared word by word, because the time grows with the square of the length."""


@dataclass(frozen=True, slots=True)
class WordRun:
    """Consecutive words that both texts have, or that replace each other."""

    equal: bool
    ours: Sequence[str]
    theirs: Sequence[str]


def compare_words(ours: str, theirs: str) -> tuple[WordRun, ...]:
    """Return the words of both texts as runs, in order. Texts that are too long give a single run."""
    one, other = ours.split(" "), theirs.split(" ")
    if max(len(one), len(other)) > _MOST_WORDS:
        return (WordRun(ours == theirs, one, other),)
    codes = SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    return tuple(WordRun(tag == "equal", one[a:b], other[c:d]) for tag, a, b, c, d in codes)


def prepare_sides(change: Change) -> tuple[str, str]:
    """Return both sides as printable lines, without markup unless they differ in markup only."""
    ours, theirs = change.ours or "", change.theirs or ""
    bare = printable(plain(ours)), printable(plain(theirs))
    return bare if bare[0] != bare[1] else (printable(ours), printable(theirs))
