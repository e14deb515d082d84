"""Show a comparison as a patch, from the archive's files to the files that upstream's version would give.

`patch -p1` in the archive's folder applies it. Only lines with characters that could control a terminal are altered.
"""

from __future__ import annotations

import re
from difflib import unified_diff
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from syncd.core.results import DayFiles

_NOWHERE = "/dev/null"
UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Characters that no line of a digest may contain. They are printed as escapes, so the patch does not fit the damaged file."""


def lines(both: Iterable[DayFiles]) -> Iterator[str]:
    """Yield the lines of the patch without line ends. Dates whose two files are equal are left out."""
    for one in both:
        if one.ours != one.theirs:
            yield from _file(one)


def _file(both: DayFiles) -> Iterator[str]:
    before = _NOWHERE if both.ours is None else f"a/{both.path}"
    after = _NOWHERE if both.theirs is None else f"b/{both.path}"
    if _is_unsafe(both.ours):
        yield f"# {both.path} contains characters that are shown as escapes here: repair the file before you apply this patch"
    for line in unified_diff(_split(both.ours), _split(both.theirs), before, after):
        if line.endswith("\n"):
            yield _make_harmless(line.removesuffix("\n"))
        else:
            yield _make_harmless(line)
            yield "\\ No newline at end of file"


def _split(data: bytes | None) -> list[str]:
    """Return the lines with their ends. Only LF ends a line."""
    text = (data or b"").decode("utf-8", "surrogateescape")
    return [line for line in re.split(r"(?<=\n)", text) if line]


def _is_unsafe(data: bytes | None) -> bool:
    return data is not None and any(UNSAFE.search(line.removesuffix("\n")) for line in _split(data))


def _make_harmless(line: str) -> str:
    return UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", line)
