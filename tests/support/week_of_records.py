"""A few records of one week, from which dates are inferred."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from syncd.core.mailing import calendar
from syncd.core.mailing.evidence import Bound
from syncd.core.model import Certainty, PaperId

if TYPE_CHECKING:
    from syncd.core.mailing.date_inference import DateInference

CALENDAR = calendar()
EASTERN = ZoneInfo("America/New_York")
DAY = timedelta(days=1)
LATE = date(2026, 11, 1)
"""A datestamp after all windows, which bounds nothing."""

WEDNESDAY, THURSDAY, FRIDAY = date(2021, 4, 7), date(2021, 4, 8), date(2021, 4, 9)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=EASTERN).astimezone(UTC)


def entry(number: int, submitted: str, datestamp: date | None = None, month: str = "2104") -> Bound:
    return Bound(PaperId(f"{month}.{number:05}"), at(submitted), datestamp)


def by_number(found: DateInference) -> dict[int, tuple[date, Certainty]]:
    return {int(found_date.id[5:]): (found_date.day, found_date.certainty) for found_date in found.dates}


def five_proven(day: date, first: int) -> list[Bound]:
    eve = day - 2 * DAY
    return [entry(first + k, f"{eve}T15:0{k}", day) for k in range(5)]


def missing(found: DateInference) -> set[date]:
    return {entry.day for entry in found.learned if not entry.exists}
