"""`syncd calendar`: announcement days, closings and holidays."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from syncd.cli.options import json_option

if TYPE_CHECKING:
    from datetime import date

    from syncd.cli.invocation import Invocation
    from syncd.mailing import Calendar, CalendarDay


@click.command(short_help="Announcement days, closings, holidays.")
@click.argument("month", metavar="YYYY[-MM]")
@json_option
@click.pass_obj
def command(call: Invocation, /, month: str) -> int:
    """Show arXiv's calendar: when each mailing closes and is announced, which days have none, and how that is known."""
    from syncd import mailing

    first, last = _span(month)
    calendar = mailing.calendar()
    days = list(mailing.days(calendar, first, last))
    payload = {"days": [_fields(day, calendar) for day in days]}
    return call.finish(payload, (_line(day, calendar) for day in days))


def _span(text: str) -> tuple[date, date]:
    from datetime import date, timedelta

    found = re.fullmatch(r"(\d{4})(?:-(\d\d))?", text)
    try:
        year, month = (int(found[1]), int(found[2] or 0)) if found else (0, 0)
        first = date(year, month or 1, 1)
        after = date(year + 1, 1, 1) if month in {0, 12} else date(year, month + 1, 1)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is neither a year nor a month, e.g. 2026-11", param_hint="YYYY[-MM]"
        ) from None
    return first, after - timedelta(days=1)


def _moments(day: CalendarDay, calendar: Calendar) -> tuple[str, str] | None:
    from syncd import mailing

    if not day.due:
        return None
    closes = mailing.window(day.day, calendar)[1].astimezone(mailing.NEW_YORK)
    return closes.isoformat(), mailing.announced_at(day.day).isoformat()


def _fields(day: CalendarDay, calendar: Calendar) -> dict[str, object]:
    closes, announced = _moments(day, calendar) or (None, None)
    return {"date": str(day.day), "due": day.due, "closes": closes, "announced": announced, "why": day.why}


def _line(day: CalendarDay, calendar: Calendar) -> str:
    moments = _moments(day, calendar)
    told = f"closes {moments[0][:16]}, announced {moments[1][:16]}" if moments else day.why
    return f"{day.day}  {day.day:%a}  {'listing' if day.due else '-':<8} {told}"
