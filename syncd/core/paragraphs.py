"""The paragraphs of an abstract that came without line ends, found again in another text of the same paper.

The API folds every line end to a blank. What another source shows of the same version, or of a later one, tells where the
paragraphs began. Texts are canonical HTML. It reads no source and knows no version.

    folded text ─┬─ words equal ─► paragraphs of the other text
    other texts ─┘─ revised ─► words aligned ─► a paragraph that begins with the same sentence begins here, too

So does one whose first sentence was revised, or has a new one before it, if what stands before it is the same.
"""

from __future__ import annotations

import re
from difflib import Match, SequenceMatcher
from typing import TYPE_CHECKING

from syncd.core.model import Paragraphs
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

_BREAK = "<br>"
_SENTENCE_END = re.compile(r"""[.?!:;][)\]}'"$\u2019\u201d]*(?:</a>)?$""")
_LEAST_BEFORE = 8
"""Words before a paragraph that show its begin if they are the same."""
_LEAST_AFTER = 4
"""Words at the begin of a sentence that show it if they are the same, and so is what stands before it."""
_LEAST_NEAR = 2
"""Words on either side of the end of a sentence that show it if they are the same."""
_LEAST_SAME = 0.5
"""This share of its words shows that a sentence was revised, and not replaced."""


@dataclass(frozen=True, slots=True)
class RestoredAbstract:
    """An abstract with the paragraphs that were found, and whether it can have more."""

    text: str
    paragraphs: Paragraphs


def fold_paragraphs(abstract: str) -> str:
    """Return an abstract as the API gives it: without paragraphs."""
    return abstract.replace(f" {_BREAK}", " ")


def restore_paragraphs(folded: str, others: Sequence[str]) -> RestoredAbstract:
    """Return the abstract with its paragraphs, which other texts of the paper have kept. Nothing else of it changes.

    The last of `others` is the one to align it with where none has the same words.
    """
    if _BREAK in folded:
        return RestoredAbstract(folded, Paragraphs.KEPT)
    for other in reversed(others):
        if fold_paragraphs(other) == folded:
            return RestoredAbstract(other, Paragraphs.KEPT if other == folded else Paragraphs.RECOVERED)
    if not others:
        return RestoredAbstract(folded, Paragraphs.UNKNOWN)
    alignment = _align(folded, others[-1])
    begins = frozenset(filter(None, map(alignment.find_begin, alignment.starts)))
    words = (f"{_BREAK}{word}" if at in begins else word for at, word in enumerate(alignment.ours))
    paragraphs = Paragraphs.RECOVERED if alignment.is_known(begins) else Paragraphs.UNKNOWN
    return RestoredAbstract(" ".join(words), paragraphs)


@dataclass(frozen=True, slots=True)
class _Alignment:
    """The words of two texts. `starts` are the words of theirs that begin paragraphs, but the first.

    `partners` has for a word of ours the number of the same word in theirs, and `back` the reverse.
    """

    ours: list[str]
    theirs: list[str]
    starts: frozenset[int]
    partners: dict[int, int]
    back: dict[int, int]

    def find_begin(self, start: int) -> int | None:
        """Return which word of ours begins the paragraph that begins with word `start` of theirs. None where that is not sure."""
        sentence = range(start, self._find_sentence_end(start))
        at = self.back.get(start, 0)
        is_begin = self._is_same(at, sentence) and self._is_only_begin(at, start)
        if not is_begin:
            # The first sentence was revised, or a new one stands before it: what stands before them must be the same.
            at = self.back.get(start - 1, -1) + 1
            is_begin = self._count_same_before(at, start) == _LEAST_BEFORE and (
                self._is_revised(at, sentence) or self._is_after_new(at, start)
            )
        return at if is_begin and at > 0 and not self._is_in_link(at) else None

    def is_known(self, begins: frozenset[int]) -> bool:
        """Return whether each end of a sentence is either followed by a paragraph in `begins`, or by none in theirs."""
        ends = (at for at in range(1, len(self.ours)) if _ends_sentence(self.ours[at - 1]))
        return all(at in begins or self._is_unbroken(at) for at in ends)

    def _is_same(self, at: int, sentence: range) -> bool:
        return self.ours[at : at + len(sentence)] == self.theirs[sentence.start : sentence.stop]

    def _is_revised(self, at: int, sentence: range) -> bool:
        """Return whether the sentence of ours which begins with word `at` became that sentence of theirs."""
        begin = sentence[:_LEAST_AFTER]
        return self._is_same(at, begin) or self._count_same(at, sentence) >= _LEAST_SAME * len(sentence)

    def _is_after_new(self, at: int, start: int) -> bool:
        """Return whether only new sentences stand between the begin of a paragraph of theirs and the sentence at `at` of ours."""
        there = self.partners.get(at, start)
        if there <= start or not _ends_sentence(self.theirs[there - 1]) or not _ends_sentence(self.ours[at - 1]):
            return False
        return self._is_same(at, range(there, self._find_sentence_end(there)))

    def _is_only_begin(self, at: int, start: int) -> bool:
        """Return whether no sentence of ours before this one may have been the first of the paragraph, and was removed since."""
        if self._count_same_before(at, start) == _LEAST_BEFORE:
            return True
        # Fewer words may be the same by chance.
        firm = (one for one in range(at - _LEAST_BEFORE, -1, -1) if one in self.partners)
        last = next((one for one in firm if self._count_same_before(one, self.partners[one]) == _LEAST_BEFORE), -1)
        stretch = range(self.partners.get(last, -1) + 1, start)
        removed = sum(self._ends_here(self.ours, one) for one in range(last + 1, at))
        added = sum(self._ends_here(self.theirs, one) for one in stretch)
        if removed and (self._is_end_moved(at, start) or (removed < added and not self.starts.isdisjoint(stretch))):
            return False
        return _ends_sentence(self.ours[at - 1]) and removed <= added

    def _is_end_moved(self, at: int, start: int) -> bool:
        """Return whether the sentence before the break of theirs ends an earlier sentence of ours than the one before `at`."""
        before = self.back.get(start - 1, at - 1)
        return before != at - 1 and self.partners.get(before - 1) == start - 2

    def _count_same_before(self, at: int, start: int) -> int:
        """Return how many words before these two are the same, up to `_LEAST_BEFORE`."""
        before = range(1, _LEAST_BEFORE + 1)
        return next((n - 1 for n in before if self.partners.get(at - n) != start - n), _LEAST_BEFORE)

    def _ends_here(self, words: Sequence[str], at: int) -> bool:
        return _ends_sentence(words[at]) or (words is self.theirs and at + 1 in self.starts)

    def _count_same(self, at: int, sentence: range) -> int:
        """Return how many words of the sentence of theirs are in that of ours which begins with word `at`."""
        end = self._find_our_end(at)
        return sum(at <= self.back.get(one, -1) < end for one in sentence)

    def _is_unbroken(self, at: int) -> bool:
        """Return whether the words around the end of a sentence stand in theirs, and no paragraph begins between them."""
        before, after = self.partners.get(at - 1), self.partners.get(at)
        if before is None or after is None or not self.starts.isdisjoint(range(before + 1, after + 1)):
            return False
        # Single words may be the same by chance.
        near = [(at - n, before + 1 - n) for n in range(1, min(at, _LEAST_NEAR) + 1)]
        near += [(at + n, after + n) for n in range(min(len(self.ours) - at, _LEAST_NEAR))]
        return all(self.partners.get(ours) == theirs for ours, theirs in near)

    def _find_our_end(self, at: int) -> int:
        return next((one + 1 for one in range(at, len(self.ours)) if _ends_sentence(self.ours[one])), len(self.ours))

    def _find_sentence_end(self, start: int) -> int:
        for at in range(start, len(self.theirs)):
            if _ends_sentence(self.theirs[at]) or at + 1 in self.starts:
                return at + 1
        return len(self.theirs)

    def _is_in_link(self, at: int) -> bool:
        before = " ".join(self.ours[:at])
        return before.count("<a ") != before.count("</a>")


def _align(folded: str, other: str) -> _Alignment:
    ours, marked = folded.split(" "), other.split(" ")
    starts = frozenset(at for at, word in enumerate(marked) if word.startswith(_BREAK) and at)
    theirs = [word.removeprefix(_BREAK) for word in marked]
    partners: dict[int, int] = {}
    for block in _slide(_match(ours, theirs), ours, theirs):
        partners |= {block.a + at: block.b + at for at in range(block.size)}
    return _Alignment(ours, theirs, starts, partners, {there: here for here, there in partners.items()})


def _match(ours: Sequence[str], theirs: Sequence[str]) -> list[Match]:
    """Return the runs of words that two texts have in common, ascending."""
    shortest = min(len(ours), len(theirs))
    head = next((at for at in range(shortest) if ours[at] != theirs[at]), shortest)
    rest = shortest - head
    tail = next((at for at in range(rest) if ours[-1 - at] != theirs[-1 - at]), rest)
    middle = SequenceMatcher(None, ours[head : len(ours) - tail], theirs[head : len(theirs) - tail], autojunk=False)
    inside = (Match(head + one.a, head + one.b, one.size) for one in middle.get_matching_blocks())
    return [Match(0, 0, head), *inside, Match(len(ours) - tail, len(theirs) - tail, tail)]


def _slide(blocks: Sequence[Match], ours: Sequence[str], theirs: Sequence[str]) -> list[Match]:
    """Return the runs with words moved to the next one where a sentence was added that begins as the one after it does."""
    found = [block for block in blocks if block.size]
    for k, other in enumerate(found[1:]):
        one = found[k]
        ends = one.a + one.size, one.b + one.size
        if (ends[0] == other.a) is (ends[1] == other.b):
            continue
        for n in range(1, one.size):
            if ours[ends[0] - n] != ours[other.a - n] or theirs[ends[1] - n] != theirs[other.b - n]:
                break
            if _ends_sentence(ours[ends[0] - n - 1]):
                found[k] = Match(one.a, one.b, one.size - n)
                found[k + 1] = Match(other.a - n, other.b - n, other.size + n)
                break
    return found


def _ends_sentence(word: str) -> bool:
    return _SENTENCE_END.search(word) is not None
