"""Show the coverage as lines: what is held, missing, behind and due, then every date, grouped by state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.health import MISSED
from syncd.core.mailing import REACH
from syncd.core.model import State
from syncd.core.plural import pluralize
from syncd.core.printable import printable
from syncd.core.values import dataclass
from syncd.report.error_messages import format_time
from syncd.report.terminal import format_range, list_dates, pad, paint
from syncd.report.text.alarms import describe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from syncd.core.coverage import DayReport
    from syncd.core.results import Status

_TROUBLED = frozenset({State.CONFLICT, State.FAILED, State.PARTIAL})
_SHOWN_ABOVE = frozenset({MISSED, "conflict", "stopped", "row-missing", "sql-damaged"})


@dataclass(frozen=True, slots=True)
class DayGroup:
    """Consecutive dates of one state. Dates without a mailing between them, or after them, belong to the group."""

    state: State
    days: tuple[DayReport, ...]

    @property
    def mailings(self) -> tuple[DayReport, ...]:
        """The dates that have the state of the group."""
        return tuple(day for day in self.days if day.state is self.state)

    @property
    def closed(self) -> int:
        """The number of working days without a mailing: holidays and other closings."""
        return sum(1 for day in self.days if day.state is State.NO_MAILING and not _is_weekend(day.day))


def of_status(status: Status) -> Iterator[str]:
    """Yield the summary lines, each with the command that helps, then the groups of dates."""
    for name, value in _summary(status):
        yield f"{name:<10} {value}"
    yield ""
    yield from (_line(group) for group in group_days(status.days))


def describe_unlisted(years: Iterable[int]) -> str:
    """Return in words that the closings of these years are not published, and what that means."""
    listed = ", ".join(map(str, years))
    return f"no list of closings is known for {listed}: on a date without a mailing, arXiv may have been closed"


def group_days(days: Iterable[DayReport]) -> tuple[DayGroup, ...]:
    """Return the dates in groups of one state. Every date is in exactly one, and no weekend or holiday splits a group."""
    found: list[tuple[State, list[DayReport]]] = []
    for day in days:
        if found and (day.state in {found[-1][0], State.NO_MAILING}):
            found[-1][1].append(day)
        elif len(found) == 1 and found[0][0] is State.NO_MAILING:
            found[0] = (day.state, [*found[0][1], day])
        else:
            found.append((day.state, [day]))
    return tuple(DayGroup(state, tuple(reports)) for state, reports in found)


def _summary(status: Status) -> Iterator[tuple[str, str]]:
    yield "held", _describe_held(status)
    yield from _missing(status)
    yield from _lost(status)
    yield from _conflicts(status)
    if status.newest is not None:
        yield "newest", f"{status.newest:%a} {status.newest}, {_behind(status.lag)}"
    if status.unlisted_years:
        yield "calendar", describe_unlisted(status.unlisted_years)
    if status.last_answer is not None:
        yield "answered", f"{format_time(status.last_answer)}, the last successful answer from upstream"
    yield "next poll", format_time(status.next_poll) if status.next_poll else "after a person releases the host"
    for rest in status.rests:
        until = (
            f"until {format_time(rest.until)}"
            if rest.until
            else f"until a person runs: syncd requests --release {rest.host}"
        )
        yield paint("behind", "resting") + "   ", f"{rest.host} {until}"
    for one in status.troubles:
        # The lines above name what is missing, lost, in conflict or stopped.
        if one.acknowledged is not None or one.code not in _SHOWN_ABOVE:
            yield "problem", f"{printable(one.key)}: {'; '.join(describe(one))}"


def _describe_held(status: Status) -> str:
    held = [day for day in status.days if day.papers is not None]
    if not held:
        return "nothing yet" if status.newest is None else f"nothing in this range; the newest is {status.newest}"
    papers = sum(day.papers or 0 for day in held)
    return f"{format_range(held[0].day, held[-1].day)}: {pluralize(len(held), 'mailing')}, {pluralize(papers, 'paper')}"


def _missing(status: Status) -> Iterator[tuple[str, str]]:
    lost = {one.day for one in status.lost}
    gaps = [day for day in status.gaps if day not in lost]
    if not gaps:
        return
    # Pages reach back from today, which may be long after the newest date that is held or shown.
    today = status.today or max(
        [status.newest or gaps[-1], *(day.day for day in status.days if day.state is not State.FUTURE)]
    )
    helps = ["syncd sync"] if gaps[-1] >= today - REACH else []
    if gaps[0] < today - REACH:
        helps.append(f"syncd backfill --since {gaps[0]}")
    yield "missing", f"{paint('partial', list_dates(gaps))}: {', then '.join(helps)}"


def _lost(status: Status) -> Iterator[tuple[str, str]]:
    for command in ("repair", "replay"):
        days = [one.day for one in status.lost if one.repair.split()[1] == command]
        if days:
            what = "rows lost" if command == "repair" else "rows and file lost"
            yield (
                "damaged",
                f"{paint('fault', list_dates(days))}: {what}: syncd {command} {days[0] if len(days) == 1 else ''}".rstrip(),
            )


def _conflicts(status: Status) -> Iterator[tuple[str, str]]:
    days = [day.day for day in status.days if day.state is State.CONFLICT]
    if days:
        helps = f"syncd repair {days[0] if len(days) == 1 else 'DATE'} --accept-file, or --restore"
        yield "conflict", f"{paint('conflict', list_dates(days))}: {helps}"


def _behind(lag: int) -> str:
    """Return in words how many mailings are due. One alone is no alarm: it may have come out a minute ago, or be late."""
    if lag == 1:
        return "1 mailing is due: syncd sync"
    return (
        f"{paint('behind', pluralize(lag, 'mailing') + ' behind')}: syncd sync" if lag else paint("good", "up to date")
    )


def _line(group: DayGroup) -> str:
    days = _strip_weekends(group.days)
    return f"{format_range(days[0].day, days[-1].day):<23}  {pad(group.state, 13)}  {_describe(group)}".rstrip()


def _strip_weekends(days: Sequence[DayReport]) -> Sequence[DayReport]:
    workdays = [
        index for index, day in enumerate(days) if not _is_weekend(day.day) or day.state is not State.NO_MAILING
    ]
    return days[workdays[0] : workdays[-1] + 1] if workdays else days


def _describe(group: DayGroup) -> str:
    if group.state is State.NO_MAILING:
        return "; ".join(dict.fromkeys(printable(day.evidence) for day in group.days))
    papers = sum(day.papers or 0 for day in group.mailings)
    held = f", {pluralize(papers, 'paper')}" if papers else ""
    closed = f"; {pluralize(group.closed, 'holiday')}" if group.closed else ""
    return f"{pluralize(len(group.mailings), 'mailing')}{held}{closed}{_reasons(group)}"


def _reasons(group: DayGroup) -> str:
    if group.state not in _TROUBLED:
        return ""
    reasons = list(dict.fromkeys(printable(day.evidence) for day in group.mailings))
    more = f" (and {pluralize(len(reasons) - 3, 'other reason')})" if len(reasons) > 3 else ""
    return f": {'; '.join(reasons[:3])}{more}"


def _is_weekend(day: date) -> bool:
    return day.isoweekday() > 5
