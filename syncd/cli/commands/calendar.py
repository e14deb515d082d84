"""`syncd calendar`: show arXiv's announcement days, closings and holidays."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

import click

from syncd.cli.options import json_option

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date, datetime

    from syncd.cli.invocation import Invocation
    from syncd.core.mailing import Calendar, CalendarDay


@click.command()
@click.argument("month", metavar="YYYY[-MM]")
@json_option
@click.pass_obj
def command(call: Invocation, /, month: str) -> int:
    """Show when each mailing of a month closes and is announced, which days have none, and the evidence.

    For a whole year it shows the number of mailings of each month, and every working day without a mailing. What the archive
    has learnt overrules arXiv's published list, and is shown beside it where the two differ.
    """
    from syncd.archive.sql import database
    from syncd.core import mailing

    first, last = _span(month)
    config = call.read_config()
    listed = mailing.add_closings(mailing.calendar(), config.calendar.closings)
    has_archive = database.exists(config.database.url)
    calendar, learnt = _read_learnt(call, first, last) if has_archive else (listed, {})
    days = [_join(day, learnt) for day in mailing.days(calendar, first, last)]
    by_list = {day.day: day for day in mailing.days(listed, first, last)}
    differing = {day.day: by_list[day.day] for day in days if day.due != by_list[day.day].due}
    payload = {"days": [_fields(day, calendar, differing.get(day.day)) for day in days]}
    lines = _year(days, differing) if len(days) > 31 else (_line(day, calendar, differing.get(day.day)) for day in days)
    return call.finish(payload, (*lines, *_unlisted(days)))


def _read_learnt(call: Invocation, first: date, last: date) -> tuple[Calendar, Mapping[date, str]]:
    """Return the calendar as the archive knows it, and the evidence of each mailing held."""
    from syncd.usecases.workspace import Access

    work = call.workspace(Access.READ)
    evidence = {report.day: f"{report.source}: {report.evidence}" for report in work.reports(first, last)}
    return work.calendar(), {day: evidence[day] for day in work.store.mailings(first, last)}


def _join(day: CalendarDay, held: Mapping[date, str]) -> CalendarDay:
    """Return the day with the evidence of the mailing that is held."""
    from dataclasses import replace

    return replace(day, why=f"held, {held[day.day]}", unlisted_year=None) if day.day in held else day


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


def _fields(day: CalendarDay, calendar: Calendar, by_list: CalendarDay | None) -> dict[str, object]:
    moments = _moments(day, calendar)
    closes, announced = (moments[0].isoformat(), moments[1].isoformat()) if moments else (None, None)
    return {
        "date": str(day.day),
        "due": day.due,
        "closes": closes,
        "announced": announced,
        "why": day.why,
        "unlisted_year": day.unlisted_year,
        "listed": {"due": by_list.due, "why": by_list.why} if by_list else None,
    }


def _line(day: CalendarDay, calendar: Calendar, by_list: CalendarDay | None) -> str:
    from syncd.report.terminal import paint

    moments = _moments(day, calendar)
    if moments is None:
        return paint("no-mailing", f"{day.day:%a} {day.day}  no mailing  {day.why}{_against(by_list)}")
    closes, announced = moments
    return (
        f"{day.day:%a} {day.day}  mailing     closes {closes:%a %d %b %H:%M}, announced {announced:%a %d %b %H:%M %Z}"
        f"{f'; {day.why}{_against(by_list)}' if by_list else ''}"
    )


def _against(by_list: CalendarDay | None) -> str:
    if by_list is None:
        return ""
    if by_list.unlisted_year is not None:
        return f"; no list of closings is known for {by_list.unlisted_year}"
    return f"; the list differs: {by_list.why}"


def _unlisted(days: Iterable[CalendarDay]) -> Iterator[str]:
    from syncd.report.text.status_lines import describe_unlisted

    if years := sorted({day.unlisted_year for day in days if day.unlisted_year is not None}):
        yield describe_unlisted(years)


def _year(days: Iterable[CalendarDay], differing: Mapping[date, CalendarDay]) -> Iterator[str]:
    for month, group in groupby(days, key=lambda day: f"{day.day:%Y-%m}"):
        its = list(group)
        most = "at most " if any(day.unlisted_year is not None for day in its) else ""
        yield f"{month}  {most}{sum(day.due for day in its)} mailings"
        for day in its:
            against = _against(differing.get(day.day))
            if _is_closed_workday(day):
                yield f"  no mailing {day.day:%a} {day.day}  {day.why}{against}"
            elif against:
                yield f"  mailing    {day.day:%a} {day.day}  {day.why}{against}"


def _is_closed_workday(day: CalendarDay) -> bool:
    return not day.due and day.day.isoweekday() <= 5
