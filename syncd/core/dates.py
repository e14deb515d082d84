"""English names of months and weekdays, times written with them, independent of the locale, and the day on which arXiv began."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

ARXIV_BEGAN = date(1991, 8, 14)
"""No mailing is older. A row of one is damage."""

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
"""Monday first, as `date.weekday` counts."""
MONTH_NUMBERS = {name: number for number, full in enumerate(MONTHS, 1) for name in (full, full[:3])}

_MOMENT = re.compile(r"[A-Z][a-z]{2}, (\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) (?:GMT|UTC)", re.ASCII)


def parse_time(text: str) -> datetime:
    """Return the UTC time of a text like `Tue, 3 Apr 2007 22:04:11 GMT`. ValueError for any other form."""
    found = _MOMENT.fullmatch(text)
    if found is None or found[2] not in MONTH_NUMBERS:
        raise ValueError(f"no such time: {text[:40]!r}")
    day, month, year, hour, minute, second = found.groups()
    return datetime(int(year), MONTH_NUMBERS[month], int(day), int(hour), int(minute), int(second), tzinfo=UTC)


def convert_to_utc(moment: datetime) -> datetime:
    """Return an aware time in UTC. ValueError where that is before the year 1 or after 9999."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"no such time in UTC: {moment.isoformat()}") from None
