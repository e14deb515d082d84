"""`syncd calendar`: show arXiv's announcement days, closings and holidays."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

import click

from syncd.cli.options import json_option

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, datetime

    from syncd.cli.invocation import Invocation
    from syncd.core.mailing import Calendar, CalendarDay


@click.command()
@click.argument("month", metavar="YYYY[-MM]")
@json_option
@click.pass_obj
def command(call: Invocation, /, month: str) -> int:
    """Show when each mailing of a month closes and is announced, which days have none, and the evidence.

    For a whole year it shows the number of mailings of each month, and every working day without a mailing.
    """
    from syncd.core import mailing

    first, last = _span(month)
    calendar = mailing.calendar()
    days = list(mailing.days(calendar, first, last))
    payload = {"days": [_fields(day, calendar) for day in days]}
    return call.finish(payload, _year(days) if len(days) > 31 else (_line(day, calendar) for day in days))


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


def _moments(day: CalendarDay, calendar: Calendar) -> tuple[datetime, datetime] | None:
    """Return when the mailing of a day closes and is announced, in New York time. None when there is no mailing."""
    from syncd.core import mailing

    if not day.due:
        return None
    closes = mailing.window(day.day, calendar)[1].astimezone(mailing.NEW_YORK)
    return closes, mailing.announced_at(day.day)


def _fields(day: CalendarDay, calendar: Calendar) -> dict[str, object]:
    moments = _moments(day, calendar)
    closes, announced = (moments[0].isoformat(), moments[1].isoformat()) if moments else (None, None)
    return {"date": str(day.day), "due": day.due, "closes": closes, "announced": announced, "why": day.why}


def _line(day: CalendarDay, calendar: Calendar) -> str:
    from syncd.report.terminal import paint

    moments = _moments(day, calendar)
    if moments is None:
        return paint("no-mailing", f"{day.day:%a} {day.day}  no mailing  {day.why}")
    closes, announced = moments
    return (
        f"{day.day:%a} {day.day}  mailing     closes {closes:%a %d %b %H:%M}, announced {announced:%a %d %b %H:%M %Z}"
    )


def _year(days: Iterable[CalendarDay]) -> Iterator[str]:
    for month, group in groupby(days, key=lambda day: f"{day.day:%Y-%m}"):
        its = list(group)
        yield f"{month}  {sum(day.due for day in its)} mailings"
        yield from (f"  no mailing {day.day:%a} {day.day}  {day.why}" for day in its if _is_closed_workday(day))


def _is_closed_workday(day: CalendarDay) -> bool:
    return not day.due and day.day.isoweekday() <= 5
