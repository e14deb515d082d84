"""The ledger at a glance, as lines: what is held, missing, behind and to come; then every date, in stretches of one state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from syncd.core.model import State
from syncd.core.printable import printable
from syncd.report.error_messages import moment
from syncd.report.terminal import many, padded, paint, some, span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from syncd.core.coverage import DayReport
    from syncd.core.results import Status

_TROUBLED = frozenset({State.CONFLICT, State.FAILED, State.PARTIAL})
_REACH = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Dates in a row of one state; dates without a mailing that lie between them, or follow them, belong to it."""

    state: State
    days: tuple[DayReport, ...]

    @property
    def mailings(self) -> tuple[DayReport, ...]:
        """The dates that are in the state themselves."""
        return tuple(day for day in self.days if day.state is self.state)

    @property
    def closed(self) -> int:
        """How many working days in it have no mailing: holidays and other closings."""
        return sum(1 for day in self.days if day.state is State.NO_MAILING and not _is_weekend(day.day))


def of_status(status: Status) -> Iterator[str]:
    """The heads first, each with the command that helps, then the stretches."""
    for name, told in _heads(status):
        yield f"{name:<10} {told}"
    yield ""
    yield from (_line(stretch) for stretch in stretches(status.days))


def stretches(days: Iterable[DayReport]) -> tuple[Stretch, ...]:
    """The dates in stretches; every date is in exactly one, and no weekend or holiday breaks one."""
    found: list[tuple[State, list[DayReport]]] = []
    for day in days:
        if found and (day.state in {found[-1][0], State.NO_MAILING}):
            found[-1][1].append(day)
        elif len(found) == 1 and found[0][0] is State.NO_MAILING:
            found[0] = (day.state, [*found[0][1], day])
        else:
            found.append((day.state, [day]))
    return tuple(Stretch(state, tuple(reports)) for state, reports in found)


def _heads(status: Status) -> Iterator[tuple[str, str]]:
    yield "held", _held(status)
    yield from _missing(status)
    yield from _conflicts(status)
    if status.newest is not None:
        yield "newest", f"{status.newest:%a} {status.newest}, {_behind(status.lag)}"
    if status.last_answer is not None:
        yield "answered", f"{moment(status.last_answer)}, the last time upstream gave what it was asked for"
    yield "next poll", moment(status.next_poll) if status.next_poll else "not before a person releases the host"
    for rest in status.rests:
        until = (
            f"until {moment(rest.until)}"
            if rest.until
            else f"until somebody runs: syncd requests --release {rest.host}"
        )
        yield paint("behind", "resting") + "   ", f"{rest.host} {until}"


def _held(status: Status) -> str:
    held = [day for day in status.days if day.papers is not None]
    if not held:
        return "nothing yet" if status.newest is None else f"nothing in this range; the newest is {status.newest}"
    papers = sum(day.papers or 0 for day in held)
    return f"{span(held[0].day, held[-1].day)}: {many(len(held), 'mailing')}, {many(papers, 'paper')}"


def _missing(status: Status) -> Iterator[tuple[str, str]]:
    if not status.gaps:
        return
    newest = status.newest or status.gaps[-1]
    helps = ["syncd sync"] if status.gaps[-1] >= newest - _REACH else []
    if status.gaps[0] < newest - _REACH:
        helps.append(f"syncd backfill --since {status.gaps[0]}")
    yield "missing", f"{paint('partial', some(status.gaps))}: {', then '.join(helps)}"


def _conflicts(status: Status) -> Iterator[tuple[str, str]]:
    days = [day.day for day in status.days if day.state is State.CONFLICT]
    if days:
        helps = f"syncd repair {days[0] if len(days) == 1 else 'DATE'} --accept-file, or --restore"
        yield "conflict", f"{paint('conflict', some(days))}: {helps}"


def _behind(lag: int) -> str:
    return f"{paint('behind', many(lag, 'mailing') + ' behind')}: syncd sync" if lag else paint("good", "up to date")


def _line(stretch: Stretch) -> str:
    days = _without_outer_weekends(stretch.days)
    return f"{span(days[0].day, days[-1].day):<23}  {padded(stretch.state, 13)}  {_told(stretch)}".rstrip()


def _without_outer_weekends(days: Sequence[DayReport]) -> Sequence[DayReport]:
    workdays = [
        place for place, day in enumerate(days) if not _is_weekend(day.day) or day.state is not State.NO_MAILING
    ]
    return days[workdays[0] : workdays[-1] + 1] if workdays else days


def _told(stretch: Stretch) -> str:
    if stretch.state is State.NO_MAILING:
        return "; ".join(dict.fromkeys(printable(day.evidence) for day in stretch.days))
    papers = sum(day.papers or 0 for day in stretch.mailings)
    held = f", {many(papers, 'paper')}" if papers else ""
    closed = f"; {many(stretch.closed, 'holiday')}" if stretch.closed else ""
    return f"{many(len(stretch.mailings), 'mailing')}{held}{closed}{_reasons(stretch)}"


def _reasons(stretch: Stretch) -> str:
    if stretch.state not in _TROUBLED:
        return ""
    reasons = list(dict.fromkeys(printable(day.evidence) for day in stretch.mailings))
    more = f" (and {len(reasons) - 3} other reasons)" if len(reasons) > 3 else ""
    return f": {'; '.join(reasons[:3])}{more}"


def _is_weekend(day: date) -> bool:
    return day.isoweekday() > 5
