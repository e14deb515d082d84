"""The ids of entries: date and number as one number, so that the ids of a range of dates are a range of numbers."""

from __future__ import annotations

from datetime import date

ENTRY_SPAN = 10_000
"""The ids of the entries of one date lie within this span."""


def make_entry_id(day: date, number: int) -> int:
    """Return date and number of an entry as one number: YYYYMMDD × 10000 + number."""
    return (day.year * 10_000 + day.month * 100 + day.day) * ENTRY_SPAN + number


def read_entry_day(number: int) -> date | None:
    """Return the date in the id of an entry. None where the number is no such id."""
    day = number // ENTRY_SPAN
    try:
        return date(day // 10_000, day // 100 % 100, day % 100)
    except ValueError:
        return None
