"""A quick proof that a file is a sound digest, an eighth of the work of reading it.

It must not say what is wrong with a file, or accept what `parse` would call a fault: `parse` is the judge of what is not proven.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.digest.form import CATEGORY_NAME, heading
from syncd.core.digest.order import describe_late, find_ascents, find_late
from syncd.core.digest.reading import MOST_ISSUES
from syncd.core.markup import find_violations, is_markup_sound
from syncd.core.model import Issue, PaperId, paper_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

_WORDS = bytes(sorted({*range(ord(" "), 127)} - {*b"<&>"}))
"""Bytes that need no look. What a line has beside them is called its signs."""
_MARKUP = b"<&>"
_QUOTE = b">"
"""The signs of an abstract that is plain text of ASCII, as most are: the mark at its beginning."""
LINK, ENDING = "  [ :arrow_down: ](https://arxiv.org/pdf/", ".pdf)"
OPENING = b">  "
"""What stands in a sound file between a title and an id, behind an id, and before an abstract."""
_BLANK = ord(" ")


def prove(data: bytes, day: date, category: str) -> tuple[Issue, ...] | None:
    """Return the hints about a file that is the digest of this date without any fault, by line, as `parse` has them.

    None where that is not proven. It is meant for sound files: of others, it looks at no more than it must.
    """
    first, *lines = data.split(b"\n")
    if not CATEGORY_NAME.fullmatch(category):
        return None
    if len(lines) < 3 or not len(lines) % 2 or lines.pop() or first != heading(day, category).encode():
        return None
    # One pass over the file finds what must be looked at. To look for it in each line takes longer.
    _, *signs, _ = data.translate(None, _WORDS).split(b"\n")
    ids = _read_ids(lines[::2], signs[::2])
    if ids is None or not _are_abstracts(lines[1::2], signs[1::2]):
        return None
    late = find_late(ids)
    if len(set(ids)) < len(ids) or len(find_ascents(ids)) > 1 or len(late) > MOST_ISSUES:
        return None
    return tuple(Issue(2 + 2 * at, "late-crosslist", describe_late(ids[at])) for at in late)


def _read_ids(lines: Sequence[bytes], signs: Sequence[bytes]) -> list[PaperId] | None:
    """Return the ids of title lines, None where one is not as it must be."""
    ids = []
    try:
        texts = b"\n".join(lines).decode().split("\n")
    except UnicodeDecodeError:
        return None
    for number, (line, has_signs) in enumerate(zip(texts, signs, strict=True), 1):
        opening = f"### {number}."
        head, _, address = line.rpartition(LINK)
        title = head[len(opening) :]
        if not (head.startswith(opening) and address.endswith(ENDING) and title) or title[0] == " " or title[-1] == " ":
            return None
        if has_signs and find_violations(title, is_title=True):
            return None
        ids.append(address[: -len(ENDING)])
    try:
        return list(map(paper_id, ids))
    except ValueError:
        return None


def _are_abstracts(lines: Sequence[bytes], signs: Sequence[bytes]) -> bool:
    """Return whether lines of abstracts are as they must be: one tail for all of them, and a text in each."""
    tail = len(lines[0]) - len(lines[0].rstrip(b" "))
    ending, last, shortest = b" " * tail, -1 - tail, len(OPENING) + tail
    marked = []
    for line, its_signs in zip(lines, signs, strict=True):
        if len(line) <= shortest or line[:3] != OPENING or not line.endswith(ending):
            return False
        if line[3] == _BLANK or line[last] == _BLANK:
            return False
        if its_signs == _QUOTE:
            continue
        text = line[3 : len(line) - tail]
        if not its_signs.strip(_MARKUP):
            marked.append(_cut_words(text) if _are_tags(its_signs) else text)
        elif not _is_sound_abstract(text):
            return False
    return _are_sound([one.decode() for one in marked])


def _are_tags(signs: bytes) -> bool:
    """Return whether the signs of an abstract begin and end with those of a tag, so that none stands outside."""
    return signs.startswith(b"><") and signs.endswith(_QUOTE) and b"&" not in signs


def _cut_words(text: bytes) -> bytes:
    """Return what lies between the first tag and the last one, most often a link."""
    return text[text.find(b"<") : text.rfind(b">") + 1]


def _is_sound_abstract(line: bytes) -> bool:
    try:
        return not find_violations(line.decode(), is_title=False)
    except UnicodeDecodeError:
        return False


def _are_sound(abstracts: Sequence[str]) -> bool:
    """Return whether texts of printable ASCII without outer blanks are canonical HTML."""
    # No tag goes on behind a line break, so that the joined text is sound only if each of them is.
    are_sound_together = is_markup_sound("<br>".join(abstracts), is_title=False)
    return are_sound_together or not any(find_violations(one, is_title=False) for one in abstracts)
