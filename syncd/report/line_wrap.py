"""Wrap lines for a terminal: between words only, and below the column that a line of a table has reached."""

from __future__ import annotations

import re
import unicodedata
from textwrap import wrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_COLOUR = re.compile("\x1b\\[([0-9;]*)m")
_WORD = re.compile(" *[^ ]+")
_LEADING = re.compile(r" *(?:[-+•] )?")
_COLUMN = re.compile(r"(?<=[^ ])  +(?=[^ ])")


def wrap_lines(lines: Iterable[str], width: int) -> Iterator[str]:
    """Yield the lines, one that is wider than `width` columns as several. No word is broken, so a long one may stick out."""
    for text in lines:
        for line in text.split("\n"):
            if measure_width(line) <= width:
                yield line
            else:
                yield from _wrap(line, width)


def wrap_prose(text: str, width: int) -> list[str]:
    """Return a text without colours as lines, broken between words only."""
    return wrap(text, width, break_long_words=False, break_on_hyphens=False)


def measure_width(text: str) -> int:
    """Return the columns that a text takes on a terminal. Colours take none."""
    plain = _COLOUR.sub("", text)
    return len(plain) if plain.isascii() else sum(map(_measure_letter, plain))


def _measure_letter(letter: str) -> int:
    if unicodedata.category(letter) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(letter) in {"W", "F"} else 1


def _wrap(text: str, width: int) -> Iterator[str]:
    indent = _find_indent(_COLOUR.sub("", text), width)
    line, taken, colour = "", 0, ""
    for word in _WORD.findall(text):
        size = measure_width(word)
        if line.strip(" ") and taken + size > width:
            yield line + ("\x1b[0m" if colour else "")
            word = word.lstrip(" ")  # noqa: PLW2901  the blanks before it end the line
            size = measure_width(word)
            # A word that is too long for the rest of the line gets as much room as there is.
            taken = max(min(indent, width - size), 0)
            line = " " * taken + colour
        line, taken = line + word, taken + size
        colour = _find_colour(word, colour)
    yield line


def _find_indent(plain: str, width: int) -> int:
    """Return where the following lines begin: below the last column of a table in the left half, else a little to the right."""
    columns = [found.end() for found in _COLUMN.finditer(plain) if found.end() <= width // 2]
    if columns:
        return columns[-1]
    leading = _LEADING.match(plain)
    blanks = len(plain) - len(plain.lstrip(" "))
    return max(leading.end() if leading else 0, blanks + 2)


def _find_colour(word: str, before: str) -> str:
    """Return the colour in which the text goes on after a word: a pager begins each line without one."""
    for found in _COLOUR.finditer(word):
        before = "" if found[1] in {"", "0"} else found[0]
    return before
