"""A quick proof that a file is a sound digest, an eighth of the work of reading it.

It must not say what is wrong with a file, or accept what `parse` would call a fault: `parse` is the judge of what is not proven.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.digest.form import CATEGORY_NAME, find_forbidden, heading
from syncd.core.digest.order import describe_late, find_ascents, find_late
from syncd.core.digest.reading import MOST_ISSUES
from syncd.core.markup import find_violations, is_markup_sound
from syncd.core.model import Issue, PaperId, paper_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

_CONTROLS = bytes({*range(32), 127} - {ord("\n")})
_WITHOUT_CONTROLS = bytes.maketrans(_CONTROLS, b"?" * len(_CONTROLS))
LINK, ENDING = "  [ :arrow_down: ](https://arxiv.org/pdf/", ".pdf)"
OPENING = b">  "
"""What stands in a sound file between a title and an id, behind an id, and before an abstract."""
_BLANK = ord(" ")


def prove(data: bytes, day: date, category: str) -> tuple[Issue, ...] | None:
    """Return the hints about a file that is the digest of this date without any fault, by line, as `parse` has them.

    None where that is not proven. It is meant for sound files: of others, it looks at no more than it must.
    """
    first, *lines = data.split(b"\n")
    # No line of a sound file holds a control character. To leave them out takes twice as long, to look line by line far longer.
    if data.translate(_WITHOUT_CONTROLS) != data or not CATEGORY_NAME.fullmatch(category):
        return None
    if len(lines) < 3 or not len(lines) % 2 or lines.pop() or first != heading(day, category).encode():
        return None
    ids = _read_ids(lines[::2])
    if ids is None or not _are_abstracts(lines[1::2]):
        return None
    late = find_late(ids)
    if len(set(ids)) < len(ids) or len(find_ascents(ids)) > 1 or len(late) > MOST_ISSUES:
        return None
    return tuple(Issue(2 + 2 * at, "late-crosslist", describe_late(ids[at])) for at in late)


def _read_ids(lines: Sequence[bytes]) -> list[PaperId] | None:
    """Return the ids of title lines, None where one is not as it must be."""
    ids = []
    try:
        texts = b"\n".join(lines).decode().split("\n")
    except UnicodeDecodeError:
        return None
    for number, line in enumerate(texts, 1):
        opening = f"### {number}."
        head, _, address = line.rpartition(LINK)
        title = head[len(opening) :]
        if not (head.startswith(opening) and address.endswith(ENDING) and title) or title[0] == " " or title[-1] == " ":
            return None
        is_simple = title.isascii() and "<" not in title and "&" not in title and ">" not in title
        if not is_simple and not _is_sound(title, is_title=True):
            return None
        ids.append(address[: -len(ENDING)])
    try:
        return list(map(paper_id, ids))
    except ValueError:
        return None


def _are_abstracts(lines: Sequence[bytes]) -> bool:
    """Return whether lines of abstracts are as they must be: one tail for all of them, and a text in each."""
    tail = len(lines[0]) - len(lines[0].rstrip(b" "))
    ending, last, shortest = b" " * tail, -1 - tail, len(OPENING) + tail
    for line in lines:
        if len(line) <= shortest or line[:3] != OPENING or not line.endswith(ending):
            return False
        if line[3] == _BLANK or line[last] == _BLANK:
            return False
        # Most abstracts are plain text of ASCII. Three searches for one character are many times faster than a pattern.
        is_simple = line.isascii() and b"<" not in line and b"&" not in line and line.find(b">", 1) < 0
        if not is_simple and not _is_sound_abstract(line[3 : len(line) - tail]):
            return False
    return True


def _is_sound_abstract(line: bytes) -> bool:
    try:
        return _is_sound(line.decode(), is_title=False)
    except UnicodeDecodeError:
        return False


def _is_sound(text: str, *, is_title: bool) -> bool:
    """Return whether a text without control characters of ASCII and without outer blanks is canonical HTML."""
    if text.isascii():
        return is_markup_sound(text, is_title=is_title) or not find_violations(text, is_title=is_title)
    return not (find_forbidden(text) or find_violations(text, is_title=is_title))
