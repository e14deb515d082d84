"""What the terminal is like: its width, and whether it wants colour.

It prints nothing itself.
"""

from __future__ import annotations

import os
import sys

WIDEST = 100
"""Text is not set wider than this, whatever the terminal's width: longer lines are hard to read."""


def width() -> int:
    """Columns to set text in: `$COLUMNS`, else the terminal's, else 80; from 40 to `WIDEST`."""
    return max(40, min(_columns(), WIDEST))


def _columns() -> int:
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told):
        return int(told)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError, AttributeError):
        return 80


def colour(choice: str) -> bool | None:
    """What `--color` asks for: yes, no, or None to let each stream decide by being a terminal (no-color.org obeyed)."""
    if choice == "auto":
        return False if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" else None
    return choice == "always"
