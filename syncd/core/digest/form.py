"""What a digest file is made of: its dialects, its lines, its bytes, and the characters that no line may hold.

It must not validate. It writes what it is given.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from syncd.core import dates
from syncd.core.printable import is_printable
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from datetime import date

    from syncd.core.model import Digest, PaperId

CATEGORY = "cs.CV"


_MOST_BLANKS = 1_000_000
"""Trailing blanks of a line. More are damage in the database, and would fill the memory."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What varies between files: `tail`, the number of blanks that end each abstract line. `seen` says where it was seen."""

    tail: int
    seen: str


DIALECTS = (
    Dialect(tail=1, seen="the file of 2020-04-02"),
    Dialect(tail=6, seen="files from 2020-12-24 on, and every file written anew"),
)
"""Oldest first. Any constant tail is read and kept. These decide where two tails are equally frequent in a file."""

DEFAULT_TAIL = DIALECTS[-1].tail

MONTHS = tuple(name[:3] for name in dates.MONTHS)
WEEKDAYS = tuple(name[:3] for name in dates.WEEKDAYS)
CATEGORY_NAME = re.compile(r"[a-z]+(?:-[a-z]+)*(?:\.[A-Za-z]+(?:-[a-z]+)*)?", re.ASCII)

# Cc, line and paragraph separators, bidi embeddings, overrides and isolates, lone surrogates.
FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def heading(day: date, category: str) -> str:
    """Return the first line of the file: `# ArXiv cs.CV --Wed, 7 Apr 2021`, in English whatever the locale."""
    return f"# ArXiv {category} --{WEEKDAYS[day.weekday()]}, {day.day} {MONTHS[day.month - 1]} {day.year:04}"


def link_to(paper: PaperId) -> str:
    """Return the address of a paper's PDF, with the bracket that closes the link and the line."""
    return f"https://arxiv.org/pdf/{paper}.pdf)"


def to_bytes(digest: Digest) -> bytes:
    """Return the file of a digest without validating it."""
    lines = [heading(digest.day, digest.category)]
    for number, entry in enumerate(digest.entries, start=1):
        lines.append(title_line(str(number), entry.title, link_to(entry.id)))
        lines.append(abstract_line(entry.abstract, digest.tail))
    return ("\n".join(lines) + "\n").encode()


def title_line(number: str, title: str, link: str) -> str:
    """Return the line of a paper's number, title and link, without its line end."""
    return f"### {number}.{title}  [ :arrow_down: ]({link}"


def abstract_line(abstract: str, tail: int) -> str:
    """Return the line of an abstract and its tail, without its line end. ValueError for more blanks than any line has."""
    if tail > _MOST_BLANKS:
        raise ValueError(f"{tail} trailing blanks")
    return f">  {abstract}{' ' * tail}"


def find_forbidden(text: str) -> re.Match[str] | None:
    """Return the first character that no line may hold, None if there is none."""
    # Every forbidden character is unprintable, which is much faster to test.
    return None if is_printable(text) else FORBIDDEN.search(text)
