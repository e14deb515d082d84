"""Results as lines for a terminal: what matters first, one line a date or problem, and the command that helps."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from syncd.markup import plain
from syncd.model import Severity, State
from syncd.reasons import severity
from syncd.report.words import explain, moment
from syncd.results import Done

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from syncd.coverage import DayReport
    from syncd.model import Change
    from syncd.results import Checked, Compared, DayOutcome, DayStory, PaperStory, Problem, Run, Status

SHOWN = 400
"""So many differences or problems are listed; the rest is counted (JSON lists all)."""


def of_run(run: Run, *, verb: str) -> Iterator[str]:
    """What a run did, a line for every date that was touched, then the sums and what ended it early."""
    touched = [day for day in run.days if day.action is not Done.NONE or day.error is not None or day.note]
    yield from (_outcome(day) for day in touched)
    counts = Counter(day.action for day in run.days)
    told = ", ".join(f"{counts[action]} {action}" for action in Done if action is not Done.NONE and counts[action])
    nothing = "nothing to do" if run.error is None else "nothing done"
    yield f"{verb}: {told or nothing}; {_many(run.requests, 'request')}"
    if run.waiting:
        yield _waiting(run.waiting)
    if run.error is not None:
        yield from _error_lines(run.error)


def _outcome(day: DayOutcome) -> str:
    what = f"{day.day or day.path}  {day.action if day.error is None else 'refused':<10}"
    papers = f"  {_many(day.papers, 'paper')}" if day.papers is not None else ""
    where = f"  {day.path}" if day.path and day.day else ""
    why = f"  {explain(day.error).message}" if day.error else (f"  {day.note}" if day.note else "")
    if day.action is Done.PLANNED and day.source:
        why = f"  from {day.source}{why}"
    return f"{what}{papers}{where}{why}".rstrip()


def _error_lines(error: object) -> Iterator[str]:
    from syncd.errors import SyncdError

    if isinstance(error, SyncdError):
        words = explain(error)
        yield f"stopped: {words.message}"
        if words.help:
            yield f"  {words.help}"


def _waiting(days: Sequence[date]) -> str:
    return f"{_many(len(days), 'older date')} still missing ({days[0]} … {days[-1]}): syncd backfill --since {days[0]}"


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def of_status(status: Status) -> Iterator[str]:
    """The ledger at a glance: covered, missing with reason, lag, next poll, cooldowns, then runs of dates of one state."""
    yield _covered(status)
    yield f"lag: {_many(status.lag, 'mailing')}"
    yield f"next poll: {moment(status.next_poll) if status.next_poll else 'nothing to wait for'}"
    for rest in status.rests:
        yield f"resting: {rest.host} until {moment(rest.until) if rest.until else 'a person releases it'}"
    yield from _missing(status)
    yield ""
    yield from (_stretch(stretch) for stretch in _stretches(status.days))


def _covered(status: Status) -> str:
    held = [day.day for day in status.days if day.papers is not None]
    if not held:
        return "nothing held yet"
    papers = sum(day.papers or 0 for day in status.days)
    gaps = _many(len(status.gaps), "gap") if status.gaps else "no gaps"
    return f"{_many(len(held), 'mailing')}, {_many(papers, 'paper')}, {held[0]} … {held[-1]}; {gaps}"


def _missing(status: Status) -> Iterator[str]:
    wrong = [d for d in status.days if d.state in {State.CONFLICT, State.FAILED, State.PARTIAL} or d.day in status.gaps]
    for stretch in _stretches(wrong):
        yield f"missing: {_stretch(stretch)}  {stretch[0].evidence}"


def _stretches(days: Iterable[DayReport]) -> Iterator[list[DayReport]]:
    """Consecutive reports of one state; weekends inside a held stretch do not break it."""
    stretch: list[DayReport] = []
    for day in days:
        if stretch and _kind(day) != _kind(stretch[0]):
            yield stretch
            stretch = []
        stretch.append(day)
    if stretch:
        yield stretch


def _kind(day: DayReport) -> str:
    weekend = day.state is State.NO_MAILING and day.day.isoweekday() > 5
    return "weekend" if weekend else day.state


def _stretch(stretch: Sequence[DayReport]) -> str:
    first, last = stretch[0], stretch[-1]
    span = str(first.day) if first is last else f"{first.day} … {last.day}"
    papers = sum(day.papers or 0 for day in stretch)
    held = f"  {_many(papers, 'paper')}" if papers else ""
    return f"{span:<25}  {_kind(first)}{held}"


def of_check(checked: Checked) -> Iterator[str]:
    """A check's problems, faults first in date order; aloud when there are none."""
    faults = [problem for problem in checked.problems if problem.severity is not Severity.HINT]
    hints = [problem for problem in checked.problems if problem.severity is Severity.HINT]
    yield from (_problem(problem) for problem in [*faults, *hints][:SHOWN])
    if len(checked.problems) > SHOWN:
        yield f"… and {len(checked.problems) - SHOWN} more"
    seen = f"{_many(checked.read, 'file')} read, {checked.skipped} unchanged since the last check"
    if not faults:
        yield f"no problems found; {seen}" + (f"; {_many(len(hints), 'hint')}" if hints else "")
        return
    yield f"{_many(len(faults), 'problem')} found; {seen}"
    for repair in dict.fromkeys(problem.repair for problem in faults if problem.repair):
        yield f"  repair: {repair}"


def _problem(problem: Problem) -> str:
    where = problem.path or str(problem.day or "archive")
    line = f":{problem.line}" if problem.line else ""
    return f"{problem.severity:<5}  {where}{line}  {problem.code}: {problem.message}"


def of_diff(compared: Compared) -> Iterator[str]:
    """A comparison: a line a date, then its differing papers."""
    by_day: dict[date, list[Change]] = {}
    for change in compared.changes:
        by_day.setdefault(change.day, []).append(change)
    for day, changes in by_day.items():
        yield f"{day}  {', '.join(f'{n} {code}' for code, n in Counter(c.code for c in changes).items())}"
        yield from (line for change in changes for line in _change(change))
    yield from (f"{n.day}  not compared: {n.what}: {n.why}" for n in compared.not_compared)
    told = _many(len(compared.changes), "difference") if compared.changes else "no difference"
    yield f"{_many(compared.days, 'day')} compared: {told}; {_many(compared.requests, 'request')}"
    if compared.error is not None:
        yield from _error_lines(compared.error)


def _change(change: Change) -> Iterator[str]:
    yield f"  {severity(change.code):<5}  {change.code}  {change.id or ''}  {change.detail}".rstrip()
    if change.ours is not None:
        yield f"    - {plain(change.ours)}"
    if change.theirs is not None:
        yield f"    + {plain(change.theirs)}"


def of_paper(story: PaperStory) -> Iterator[str]:
    """A paper as announced and as last seen."""
    if story.announced is not None:
        yield f"{story.id}  {plain(story.announced.title)}"
        for appearance in story.mailings:
            section = appearance.section or "section not known"
            yield f"  announced {appearance.day}, number {appearance.number}, {section} ({appearance.placed})"
        yield f"  version: {story.announced.version or 'not known'}"
        yield f"  {plain(story.announced.abstract)}"
    if story.title is not None:
        withdrawn = ", withdrawn" if story.withdrawn else ""
        yield f"current: version {story.version or 'not known'}, {' '.join(story.categories)}{withdrawn}"
        yield f"  {plain(story.title)}"


def of_mailing(story: DayStory) -> Iterator[str]:
    """A mailing: its state and evidence, then a line an entry."""
    yield f"{story.report.day}  {story.report.state}  {story.report.evidence}"
    for number, entry in enumerate(story.entries, start=1):
        yield f"{number:>4}  {entry.id:<12}  {entry.section or '-':<5}  {plain(entry.title)}"
