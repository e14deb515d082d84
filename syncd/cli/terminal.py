"""What the terminal is like: its width, and whether it wants colour.

It prints nothing itself.
"""

from __future__ import annotations

import os
import sys

WIDEST = 100
"""Text is never wider than this, because longer lines are hard to read."""


def width() -> int:
    """Return the width of text in columns: `$COLUMNS`, else the terminal's, else 80, limited to 40 … `WIDEST`."""
    return max(40, min(_columns(), WIDEST))


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
