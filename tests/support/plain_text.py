"""Text for a terminal without its colours."""

from __future__ import annotations

import re


def strip_colour(line: str) -> str:
    """Return the line without escape sequences for colour."""
    return re.sub(r"\x1b\[\d*m", "", line)
