"""Name what is wrong on one date: in the format of its file, in its rows, and between the two.

This module changes nothing. Which command helps follows from the action that `syncd.core.reconcile` decides on.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from syncd.core import digest as digests
from syncd.core.mailing import REACH
from syncd.core.model import Severity, State
from syncd.core.reasons import REASONS, name_unreadable
from syncd.core.reconcile import Cause, DayState, Verb, decide
from syncd.core.results import Problem
from syncd.usecases.reconcile.lost_rows import NO_ENTRIES
from syncd.usecases.workspace import today

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import date

    from syncd.core.errors import FolderError
    from syncd.core.model import PaperId
    from syncd.usecases.reconcile.day_state import DayContent
    from syncd.usecases.workspace import Workspace


def make_problem(code: str, day: date | None, path: str | None, message: str = "", line: int | None = None) -> Problem:
    """Return a problem with the severity, the words and the command that its code has."""
    reason = REASONS[code]
    repair = reason.repair.format(day=day) if reason.repair and (day or "{day}" not in reason.repair) else None
    return Problem(day, path, line, code, reason.severity, message or reason.meaning, repair)


def has_fault(problems: Iterable[Problem]) -> bool:
    """Return whether one of the problems is a fault."""
    return any(found.severity is Severity.FAULT for found in problems)


def describe_unreadable(day: date, path: str, error: FolderError) -> Problem:
    """Return the problem of a date with something else than a readable file in the file's place."""
    if name_unreadable(error) == "file-unreadable":
        return make_problem("file-unreadable", day, path, f"cannot be read: {error.detail}")
    message = f"cannot be read: {error.detail}; move it away, then repair"
    return replace(make_problem("file-damaged", day, path, message), repair=f"syncd repair {day}")


def describe_corruption(content: DayContent, path: str) -> Problem:
    """Return the problem of rows that cannot be trusted, with the command that heals them."""
    day, action = content.state.day, decide(content.state)
    verb = action.verb if action is not None else None
    if verb is Verb.REMOVE_ROWS:
        message = f"nothing was ever recorded of this date: {content.corruption or 'entries without a mailing'}"
        return replace(make_problem("sql-damaged", day, path, message), repair=f"syncd repair {day}")
    code = "row-missing" if content.corruption == NO_ENTRIES else "sql-damaged"
    command = f"syncd repair {day}" if verb is Verb.REREAD_ROWS else f"syncd replay {day}"
    return replace(make_problem(code, day, path, content.corruption or ""), repair=command)


def find_format_problems(work: Workspace, day: date, data: bytes) -> Iterator[Problem]:
    """Yield every deviation of a file's bytes from the format, and a heading that names another date."""
    path, category = work.folder.path_of(day), work.config.archive.category
    hints = digests.prove(data, day, category)
    if hints is not None:
        yield from (make_problem(hint.code, day, path, hint.message, hint.line) for hint in hints)
        return
    parsed = digests.parse(data, category)
    yield from (make_problem(issue.code, day, path, issue.message, issue.line) for issue in parsed.issues)
    if parsed.digest is not None and parsed.digest.day != day:
        yield make_problem("file-misplaced", day, path, f"the name says {day}, the heading {parsed.digest.day}", 1)


def find_late_crosslists(work: Workspace, days: Collection[date]) -> Iterator[Problem]:
    """Yield the hints about old ids of these dates by their rows, for files that are not read again. No line is known."""
    if not days:
        return
    for day, paper in work.store.list_late_crosslists(min(days), max(days)):
        if day in days:
            yield make_problem("late-crosslist", day, work.folder.path_of(day), digests.describe_late(paper))


def find_duplicates(work: Workspace, days: Collection[date]) -> Iterator[Problem]:
    """Yield the papers that are new in the mailings of two of these dates, each on the later one."""
    first_day: dict[PaperId, date] = {}
    for day, paper in work.store.list_new_again():
        if day in days and first_day.setdefault(paper, day) != day:
            message = f"{paper} stands in the mailings of {first_day[paper]} and {day}"
            yield make_problem("duplicate-across-days", day, None, message)


def find_partial(work: Workspace, days: Collection[date]) -> Iterator[Problem]:
    """Yield the held mailings among these dates that may lack papers, each with the command that completes it."""
    oldest = today(work) - REACH
    for day, found in work.store.findings().items():
        if day in days and found.state is State.PARTIAL:
            command = f"syncd sync {day}" if day >= oldest else f"syncd backfill --since {day} --until {day}"
            problem = make_problem("papers-missing", day, work.folder.path_of(day), found.evidence)
            yield replace(problem, repair=command)


def find_differences(work: Workspace, content: DayContent) -> Iterator[Problem]:
    """Yield what is wrong on a date whose file and row differ, nothing when they agree by now."""
    day, path, state = content.state.day, work.folder.path_of(content.state.day), content.state
    issues = [] if content.file is None else list(find_format_problems(work, day, content.file))
    # Without a row, `repair --restore` has nothing to restore: the command that the codes name would not help.
    yield from issues if content.row is not None else (replace(one, repair=None) for one in issues)
    action = decide(state)
    verb = action.verb if action is not None else None
    if content.corruption is not None or verb is Verb.REMOVE_ROWS:
        yield describe_corruption(content, path)
        if verb in {Verb.REREAD_ROWS, Verb.REMOVE_ROWS}:
            return
    action = decide(
        DayState(day, state.file, state.row, state.agreed, recorded=state.recorded, has_account=state.has_account)
    )
    if action is not None and action.cause is Cause.ROW_MISSING and state.is_foreign:
        yield _describe_foreign_file(content, path)
        return
    found = _describe_cause(action.cause, content, path, issues) if action else None
    if found is not None:
        yield found


def _describe_cause(cause: Cause, content: DayContent, path: str, issues: Iterable[Problem]) -> Problem | None:
    """Return the problem of file and row that differ for this cause, None where the file's own problems say it all."""
    match cause:
        case Cause.LOST:
            found = make_problem("file-missing", content.state.day, path, "the file and its row are both gone")
            return replace(found, repair=f"syncd replay {content.state.day}")
        case Cause.FILE_MISSING | Cause.UNFINISHED if content.file is None:
            found = make_problem("file-missing", content.state.day, path)
            return found if content.corruption is None else replace(found, repair=f"syncd replay {content.state.day}")
        case Cause.UNREGISTERED | Cause.ROW_MISSING:
            if any(one.code == "file-misplaced" for one in issues):
                return None
            found = make_problem(cause, content.state.day, path)
            return replace(found, repair=None) if has_fault(issues) else found
        case Cause.EDITED if has_fault(issues):
            # A sound digest under another date's name is named as such already.
            is_damaged = any(one.severity is Severity.FAULT and one.code != "file-misplaced" for one in issues)
            return make_problem("file-damaged", content.state.day, path) if is_damaged else None
        case _:
            return make_problem(cause, content.state.day, path)


def _describe_foreign_file(content: DayContent, path: str) -> Problem:
    """Return the problem of a file with another text than was recorded, beside rows that are gone. Both ways are named."""
    day = content.state.day
    ways = [f"syncd repair {day} --restore", f"syncd repair {day} --accept-file"][0 if content.account else 1 :]
    message = "SQL does not hold this mailing, and the file has another text than the one that was recorded"
    return replace(make_problem("row-missing", day, path, f"{message}: {', or '.join(ways)}"), repair=ways[0])
