"""Format words for a terminal: colour by meaning, numbers with nouns, lists of dates, columns."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from syncd.core.plural import pluralize

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
"""The colour (an SGR parameter) of every state, severity and action, and of some parts of a text."""


def paint(role: str, text: str | None = None) -> str:
    """Return `text` (by default the role itself) in the colour of its role. A role without a colour leaves it plain."""
    shown = role if text is None else text
    colour = COLOURS.get(role.strip())
    return f"\x1b[{colour}m{shown}\x1b[0m" if colour and shown else shown


def pad(role: str, width: int) -> str:
    """Return a role's word in its colour, followed by uncoloured spaces up to `width`."""
    return paint(role) + " " * (width - len(role))


def format_range(first: date, last: date) -> str:
    """Return `2026-07-01 … 2026-07-31`, or a single date when both are equal."""
    return str(first) if first == last else f"{first} … {last}"


def list_dates(days: Sequence[date], shown: int = 5) -> str:
    """Return a few dates one by one, many as a range with their number."""
    if len(days) <= shown:
        return " ".join(map(str, days))
    return f"{format_range(days[0], days[-1])} ({pluralize(len(days), 'date')})"


def align_columns(rows: Iterable[Sequence[str]], indent: str = "") -> list[str]:
    """Return rows as lines with aligned cells. Cells are plain text, and the last one is not padded."""
    table = list(rows)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)] if table else []
    return [
        indent + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table
    ]
