"""A file read as a digest: a sound one by a quick way, any other one by `parse`.

It must not judge a file: a file that is proven is taken apart, and `parse` says what is wrong with another one.

    bytes ─► heading ─► prove ─► lines taken apart ─► Digest
                └─────────┴─► not proven ─► parse
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from syncd.core.digest.form import CATEGORY, MONTHS
from syncd.core.digest.proof import ENDING, LINK, OPENING, prove
from syncd.core.digest.reading import parse
from syncd.core.model import Digest, Entry, PaperId, Parsed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LONGEST_HEADING = 200
_DAY = re.compile(r".* (?P<day>\d{1,2}) (?P<month>[A-Z][a-z]{2}) (?P<year>\d{4})", re.ASCII)


def read(data: bytes, category: str = CATEGORY) -> Parsed:
    """Return what `parse` returns, of a file without a fault in half of the time."""
    day = _read_day(data)
    hints = None if day is None else prove(data, day, category)
    if day is None or hints is None:
        return parse(data, category)
    _, *lines, _ = data.decode().split("\n")
    tail = len(lines[1]) - len(lines[1].rstrip(" "))
    return Parsed(Digest(day, category, tuple(_take_apart(lines, tail)), tail), hints)


def _read_day(data: bytes) -> date | None:
    """Return the date in the first line, None where there is none. Whether the line is a heading is not looked at."""
    line = data[: data.find(b"\n", 0, _LONGEST_HEADING) + 1].decode(errors="replace").rstrip("\n")
    found = _DAY.fullmatch(line)
    try:
        return found and date(int(found["year"]), MONTHS.index(found["month"]) + 1, int(found["day"]))
    except ValueError:
        return None


def _take_apart(lines: Sequence[str], tail: int) -> Iterator[Entry]:
    """Yield the entries of the proven lines below the heading."""
    start, cut = len(OPENING), -len(ENDING)
    for number, (line, abstract) in enumerate(zip(lines[::2], lines[1::2], strict=True), 1):
        head, _, address = line.rpartition(LINK)
        title = head[len(f"### {number}.") :]
        yield Entry(PaperId(address[:cut]), title, abstract[start : len(abstract) - tail])
