"""Abstracts of several paragraphs and revisions of them as authors make them, to measure how many paragraphs are found again."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from syncd.core.model import Paragraphs
from syncd.core.paragraphs import fold_paragraphs, restore_paragraphs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

Text = list[list[str]]
"""The sentences of each paragraph."""

EDITS = {
    "word": 30,
    "number": 8,
    "words added": 10,
    "words removed": 8,
    "half": 5,
    "sentence added": 10,
    "sentence removed": 8,
    "sentence replaced": 6,
    "sentences joined": 3,
    "sentence split": 3,
    "first": 4,
    "paragraph added": 4,
}
"""How often authors change what, beside one another. `first` is a new first sentence of a paragraph.

What leaves nothing to see is left out: paragraphs that were removed, joined or split.
"""


def write(chance: Random, sentences: Sequence[str]) -> Text:
    """Return an abstract of two to four paragraphs, rarely of one, with sentences of these."""
    count = chance.choice((1, 2, 2, 2, 3, 4))
    return [[chance.choice(sentences) for _ in range(chance.choice((1, 2, 2, 3, 4)))] for _ in range(count)]


def revise(chance: Random, text: Text, sentences: Sequence[str]) -> tuple[Text, list[str]]:
    """Return the text after one or two edits, and which they were."""
    after = [list(paragraph) for paragraph in text]
    kinds = chance.choices(list(EDITS), list(EDITS.values()), k=chance.choice((1, 1, 1, 2)))
    for kind in kinds:
        _edit(chance, kind, after, sentences)
    return [paragraph for paragraph in after if paragraph], kinds


def _edit(chance: Random, kind: str, after: Text, sentences: Sequence[str]) -> None:
    at = chance.randrange(len(after))
    paragraph = after[at]
    where = chance.randrange(len(paragraph)) if paragraph else 0
    new = chance.choice(sentences)
    match kind:
        case "paragraph added":
            after.insert(at + 1, [new, chance.choice(sentences)])
        case "sentence added":
            paragraph.insert(chance.randrange(len(paragraph) + 1), new)
        case _ if not paragraph:
            pass
        case "sentence removed" if len(paragraph) > 1:
            del paragraph[where]
        case "sentence replaced":
            paragraph[where] = new
        case "first":
            paragraph[0] = new
        case "sentences joined" if where:
            joined = paragraph[where - 1].rstrip(".") + ", and " + paragraph[where].lower()
            paragraph[where - 1 : where + 1] = [joined]
        case _:
            paragraph[where] = _reword(chance, kind, paragraph[where])


def _reword(chance: Random, kind: str, sentence: str) -> str:
    words = sentence.split(" ")
    at = chance.randrange(len(words))
    match kind:
        case "word" | "number":
            words[at] = ("improved" if kind == "word" else "96.1%") + ("." if words[at].endswith(".") else "")
        case "words added":
            words[at:at] = ["also,", "and", "without", "loss,"]
        case "words removed" if len(words) > 6:
            del words[min(at, len(words) - 4) : min(at, len(words) - 4) + 3]
        case "half" if len(words) > 6:
            words[: len(words) // 2] = ["Here,", "in", "contrast", "to", "others,"]
        case "sentence split" if len(words) > 8:
            words[len(words) // 2] += "."
            words[len(words) // 2 + 1] = words[len(words) // 2 + 1].capitalize()
    return " ".join(words)


def join(text: Text) -> str:
    """Return the abstract as canonical HTML."""
    return " <br>".join(" ".join(paragraph) for paragraph in text)


def measure(chance: Random, sentences: Sequence[str], count: int) -> Counter[str]:
    """Return how many paragraphs begin in that many revised abstracts, how many are `right`, `invented` and `lost`.

    `lost by` has the numbers of lost ones by the edits made, and `unmarked` those lost in texts whose paragraphs are said to be
    known.
    """
    found = Counter[str]()
    while count:
        text = write(chance, sentences)
        later, kinds = revise(chance, text, sentences)
        announced = join(text)
        restored = restore_paragraphs(fold_paragraphs(announced), [join(later)])
        if fold_paragraphs(join(later)) == fold_paragraphs(announced):
            continue
        count -= 1
        ours, theirs = (list_begins(one) for one in (restored.text, announced))
        found.update(begins=len(theirs), right=len(ours & theirs), invented=len(ours - theirs), lost=len(theirs - ours))
        found.update({f"lost by {kind}": len(theirs - ours) for kind in set(kinds)})
        found["unmarked"] += len(theirs ^ ours) if restored.paragraphs is not Paragraphs.UNKNOWN else 0
    return found


def list_begins(text: str) -> set[int]:
    return {at for at, word in enumerate(text.split(" ")) if word.startswith("<br>")}
