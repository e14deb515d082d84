"""What the terminal is like: its width, and whether it wants colour.

It prints nothing itself.
"""

from __future__ import annotations

import os
import sys
from typing import TextIO

WIDEST = 100
"""Prose is never wider than this, because longer lines are hard to read."""
_NARROWEST = 40


def width() -> int:
    """Return the width of text in columns: `$COLUMNS`, else the terminal's, else 80, limited to 40 … `WIDEST`."""
    return max(_NARROWEST, min(_columns(), WIDEST))


def find_line_width(stream: TextIO) -> int | None:
    """Return the columns that lines on `stream` may take: `$COLUMNS`, else the terminal's. None where any width will do."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return max(int(columns), _NARROWEST)
    try:
        return max(os.get_terminal_size(stream.fileno()).columns, _NARROWEST) if stream.isatty() else None
    except (OSError, ValueError, AttributeError):
        return None


def fit(text: str, stream: TextIO) -> str:
    """Return the text with its lines wrapped for `stream`, as they are where nothing limits them."""
    width = find_line_width(stream)
    if width is None:
        return text
    from syncd.report.line_wrap import wrap_lines

    return "\n".join(wrap_lines([text], width))


def _columns() -> int:
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError, AttributeError):
        return 80


def colour(choice: str) -> bool | None:
    """Return whether to use colour, None when each stream decides by being a terminal. Follows no-color.org."""
    if choice == "auto":
        return False if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" else None
    return choice == "always"
