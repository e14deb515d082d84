"""The moments of a mailing by New York's clock: its submission window, its freeze and its announcement.

It reads no clock. Every moment is computed from a listing date or from a moment that is passed in.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from syncd.core.mailing.calendar import due_from, due_until, is_due, is_weekday, weekday_after, weekday_before

if TYPE_CHECKING:
    from syncd.core.mailing.calendar import Calendar

NEW_YORK = ZoneInfo("America/New_York")
REACH = timedelta(days=90)
"""How far back a catchup page is requested. arXiv serves one day more, which may be over in New York at any moment."""

_FREEZE = time(14)
_ANNOUNCEMENT = time(20)
_DAY = timedelta(days=1)


def announced_at(day: date) -> datetime:
    """Return when a listing of that date is announced: 20:00 in New York on the evening before, with its time zone."""
    return datetime.combine(day - _DAY, _ANNOUNCEMENT, NEW_YORK)


def window(day: date, calendar: Calendar) -> tuple[datetime, datetime]:
    """Return the start (included) and the end (not included) of the submissions of a listing, in UTC.

    The windows of missing listings are part of the next one's. ValueError when the calendar has no listing of that date.
    """
    if not is_due(day, calendar):
        raise ValueError(f"no listing is dated {day}")
    previous = due_until(weekday_before(day), calendar)
    return freeze(weekday_before(previous)), freeze(weekday_before(day))


def freeze(day: date) -> datetime:
    """Return 14:00 in New York on that date, in UTC. This very moment belongs to the next window."""
    return datetime.combine(day, _FREEZE, NEW_YORK).astimezone(UTC)


def listing_date(submitted: datetime, calendar: Calendar) -> date:
    """Return the date of the listing that announces a paper first submitted at that moment, unless moderation holds it.

    ValueError when the moment has no time zone.
    """
    local = in_new_york(submitted)
    closes = local.date()
    if not is_weekday(closes) or local.time() >= _FREEZE:
        closes = weekday_after(closes)
    return due_from(weekday_after(closes), calendar)


def newest_due(now: datetime, calendar: Calendar) -> date:
    """Return the newest listing date that is announced at `now` or before. ValueError when `now` has no time zone."""
    local = in_new_york(now)
    return due_until(local.date() + _DAY if local.time() >= _ANNOUNCEMENT else local.date(), calendar)


def next_announcement(now: datetime, calendar: Calendar) -> datetime:
    """Return the first announcement after `now`, in New York's time. Its listing is dated the day after it.

    ValueError when `now` has no time zone.
    """
    return announced_at(due_from(newest_due(now, calendar) + _DAY, calendar))


def in_new_york(moment: datetime) -> datetime:
    """Return the moment by New York's clock. ValueError when it has no time zone, which would have to be guessed."""
    if moment.utcoffset() is None:
        raise ValueError(f"a moment needs a time zone: {moment}")
    return moment.astimezone(NEW_YORK)
