"""The moments of a mailing: submission window, freeze and announcement, all by New York's clock.

It reads no clock: every moment is computed from a listing date or from a moment handed in.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from syncd.core.mailing.calendar import due_from, due_until, is_due, is_weekday, weekday_after, weekday_before

if TYPE_CHECKING:
    from syncd.core.mailing.calendar import Calendar

NEW_YORK = ZoneInfo("America/New_York")
_FREEZE = time(14)
_ANNOUNCEMENT = time(20)
_DAY = timedelta(days=1)


def announced_at(day: date) -> datetime:
    """The moment from which a listing of that date can be expected: 20:00 in New York on the evening before, aware."""
    return datetime.combine(day - _DAY, _ANNOUNCEMENT, NEW_YORK)


def freeze_day(day: date, calendar: Calendar) -> date:
    """The date on which the window of a listing closed; every id that the listing announced first carries its month.

    ValueError when the calendar has no listing of that date.
    """
    _require_due(day, calendar)
    return weekday_before(day)


def window(day: date, calendar: Calendar) -> tuple[datetime, datetime]:
    """Start (included) and end (not included) of the submissions of a listing, UTC.

    The windows of missing listings are part of the next one's. ValueError when the calendar has no listing of that date.
    """
    _require_due(day, calendar)
    previous = due_until(weekday_before(day), calendar)
    return freeze(weekday_before(previous)), freeze(weekday_before(day))


def freeze(day: date) -> datetime:
    """14:00 in New York on that date, UTC: this very moment belongs to the next window."""
    return datetime.combine(day, _FREEZE, NEW_YORK).astimezone(UTC)


def listing_date(submitted: datetime, calendar: Calendar) -> date:
    """The listing that announces a paper first submitted at that moment, unless moderation holds it back.

    ValueError when the moment is naive.
    """
    local = in_new_york(submitted)
    closes = local.date()
    if not is_weekday(closes) or local.time() >= _FREEZE:
        closes = weekday_after(closes)
    return due_from(weekday_after(closes), calendar)


def newest_due(now: datetime, calendar: Calendar) -> date:
    """The newest listing date whose announcement moment is not later than `now`; ValueError when `now` is naive."""
    local = in_new_york(now)
    return due_until(local.date() + _DAY if local.time() >= _ANNOUNCEMENT else local.date(), calendar)


def next_announcement(now: datetime, calendar: Calendar) -> datetime:
    """The first announcement moment after `now`, in New York's time; its listing is dated the day after it.

    ValueError when `now` is naive.
    """
    return announced_at(due_from(newest_due(now, calendar) + _DAY, calendar))


def in_new_york(moment: datetime) -> datetime:
    """The moment by New York's clock; ValueError when it is naive, for its zone would be a guess."""
    if moment.utcoffset() is None:
        raise ValueError(f"a moment needs a time zone: {moment}")
    return moment.astimezone(NEW_YORK)


def _require_due(day: date, calendar: Calendar) -> None:
    if not is_due(day, calendar):
        raise ValueError(f"no listing is dated {day}")


REACH = timedelta(days=90)
"""How far back a catchup page is asked for; arXiv gives them for one day more."""
