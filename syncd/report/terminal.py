"""How words are set on a terminal: colour by meaning, numbers with nouns, and text of others made harmless."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

_GREEN, _YELLOW, _RED, _CYAN, _FAINT, _BOLD = "32", "33", "31", "36", "2", "1"

COLOURS: Mapping[str, str] = MappingProxyType({
    **dict.fromkeys(("complete", "adopted", "written", "registered", "restored", "accepted", "theirs", "good"), _GREEN),
    **dict.fromkeys(("reconstructed", "planned", "hint"), _CYAN),
    **dict.fromkeys(("partial", "pending", "drift", "behind"), _YELLOW),
    **dict.fromkeys(("failed", "conflict", "refused", "fault", "ours", "stopped"), _RED),
    **dict.fromkeys(("no-mailing", "future", "none", "aside"), _FAINT),
    "head": _BOLD,
})  # fmt: skip
"""The colour (an SGR parameter) of every state, severity and action, and of a few parts of a text."""


def paint(role: str, text: str | None = None) -> str:
    """`text` (by default the role itself) in the colour of its role; plain where the role has none."""
    shown = role if text is None else text
    colour = COLOURS.get(role.strip())
    return f"\x1b[{colour}m{shown}\x1b[0m" if colour and shown else shown


def padded(role: str, width: int) -> str:
    """A role's word in its colour, filled up with blanks that are not coloured."""
    return paint(role) + " " * (width - len(role))


def many(number: int, noun: str) -> str:
    """`1 paper`, `2,310 papers`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def span(first: date, last: date) -> str:
    """`2026-07-01 … 2026-07-31`, or the one date."""
    return str(first) if first == last else f"{first} … {last}"


def some(days: Sequence[date], shown: int = 5) -> str:
    """A few dates named, many counted."""
    if len(days) <= shown:
        return " ".join(map(str, days))
    return f"{span(days[0], days[-1])} ({many(len(days), 'date')})"


def columns(rows: Iterable[Sequence[str]], indent: str = "") -> list[str]:
    """Rows with their cells under each other, the last one open; cells are plain text."""
    table = list(rows)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)] if table else []
    return [
        indent + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table
    ]
