"""Two texts told apart word by word, for every format that shows it.

It marks nothing itself: a stretch says what it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from syncd.core.markup import plain
from syncd.core.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syncd.core.model import Change

_PATIENCE = 4000
"""Longer texts than this many words are not compared word by word."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words that both have, or those that stand in each other's place."""

    equal: bool
    ours: Sequence[str]
    theirs: Sequence[str]


def stretches(ours: str, theirs: str) -> tuple[Stretch, ...]:
    """The words of both in stretches, in order; one whole stretch where the texts are too long to compare so."""
    one, other = ours.split(" "), theirs.split(" ")
    if max(len(one), len(other)) > _PATIENCE:
        return (Stretch(ours == theirs, one, other),)
    codes = SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    return tuple(Stretch(tag == "equal", one[a:b], other[c:d]) for tag, a, b, c, d in codes)


def readable(change: Change) -> tuple[str, str]:
    """Both sides as harmless lines, without markup unless markup is all they differ in."""
    ours, theirs = change.ours or "", change.theirs or ""
    read = printable(plain(ours)), printable(plain(theirs))
    return read if read[0] != read[1] else (printable(ours), printable(theirs))
