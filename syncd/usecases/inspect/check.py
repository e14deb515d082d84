"""Check an archive against itself: files against their format and the rows, rows against what was recorded of them.

a date: stat unchanged since it was last read ─► skipped (quick check)
                                  otherwise  ─► read ─► decide ─► agrees: format │ differs: read again, then problems

This module repairs nothing. It only writes down what unchanged files look like, and a sound archive's first checksums.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from syncd.archive.sql.replicas import Agreement
from syncd.core import mailing
from syncd.core.digest.hashing import sha256
from syncd.core.errors import DatabaseError, FolderError
from syncd.core.model import Severity
from syncd.core.reasons import name_unreadable
from syncd.core.reconcile import DayState, decide
from syncd.core.results import CheckResult, Problem
from syncd.core.values import dataclass
from syncd.usecases.inspect.day_problems import (
    describe_corruption,
    describe_unreadable,
    find_differences,
    find_duplicates,
    find_format_problems,
    find_late_crosslists,
    find_partial,
    has_fault,
    make_problem,
)
from syncd.usecases.inspect.marker_problems import find_damaged_marker
from syncd.usecases.inspect.odd_paper_problems import find_lost_history, find_odd_papers
from syncd.usecases.inspect.odd_value_problems import check_without_rows, find_odd_values
from syncd.usecases.inspect.service_problems import find_service_problems
from syncd.usecases.inspect.undated_problems import find_database_problems, find_outdated_checksums, find_strays
from syncd.usecases.progress import UNSTOPPED, Cancelled, Progress
from syncd.usecases.reconcile import checksums
from syncd.usecases.reconcile.day_state import prove_rows, read_day
from syncd.usecases.skipped_days import explain_skipped

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from syncd.archive.files.digest_folder import Survey
    from syncd.core.model import FileStat, Mailing
    from syncd.usecases.inspect.service_problems import ReadNotes
    from syncd.usecases.progress import RunControl
    from syncd.usecases.workspace import Workspace

_AGREEMENTS_PER_WRITE = 200
"""How many unchanged files are in memory before they are recorded."""
RACY = timedelta(seconds=2)
"""A file touched less than this before it was last read may have changed again within one tick of the file system's clock."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a check looks at: these days (all without any), every file's bytes if `full`, or the `share`-th of `shares` parts.

    Of the files that changed since they were last read at most `most_read` are read, the newest. None means all of them.
    """

    days: Collection[date] = ()
    full: bool = False
    share: int = 1
    shares: int = 1
    most_read: int | None = None

    def holds(self, day: date) -> bool:
        """Return whether the date is looked at. The parts of a division are disjoint and cover every date."""
        return (not self.days or day in self.days) and day.toordinal() % self.shares == self.share % self.shares

    @property
    def is_whole(self) -> bool:
        """Return whether every date is looked at, so that what belongs to no single date is looked at too."""
        return not self.days and self.shares == 1


@dataclass(frozen=True, slots=True)
class _Known:
    """What database and folder say of all dates, read once. `empty` are the mailings that lost their entries.

    `stats` are read where the check is not full. `survey` is the folder, None where it cannot be listed.
    """

    mailings: Mapping[date, Mailing]
    agreed: Mapping[date, str]
    stats: Mapping[date, tuple[FileStat, datetime]]
    empty: Collection[date]
    survey: Survey | None


@dataclass(slots=True)
class _Findings:
    """What the check has found so far.

    `read` is the number of files read, `unchanged` are files in full agreement that are not recorded yet, `skipped` dates that
    were not read again.
    """

    problems: list[Problem] = field(default_factory=list)
    unchanged: list[Agreement] = field(default_factory=list)
    read: int = 0
    skipped: set[date] = field(default_factory=set)


def check(
    work: Workspace, scope: Scope, control: RunControl = UNSTOPPED, *, read_notes: ReadNotes = json.loads
) -> CheckResult:
    """Return every problem found, by date. Where `control` stops the work, return what was found until then.

    `read_notes` raises one of `READING_ERRORS` at notes of a daemon that it cannot understand.

    A date on which file and row differ is read a second time, so that a writer at work is not taken for a fault. Where a row
    cannot be read, the values at fault are named, and of the files only the format is checked.
    """
    if scope.full:
        work.database.shrink_cache()
    try:
        return _check_all(work, scope, control, read_notes)
    except DatabaseError as error:
        return check_without_rows(work, error)


def _check_all(work: Workspace, scope: Scope, control: RunControl, read_notes: ReadNotes) -> CheckResult:
    found, mailings = _Findings(), work.store.mailings()
    known = _Known(
        mailings,
        work.store.list_agreed_hashes(),
        {} if scope.full else work.store.list_file_stats(),
        frozenset(work.store.list_days_without_entries()),
        _survey(work, mailings, found),
    )
    files = () if known.survey is None else known.survey.digests
    days = [day for day in sorted({*known.mailings, *known.agreed, *files}) if scope.holds(day)]
    is_cancelled, unread = False, 0
    try:
        if not scope.full:
            found.skipped.update(day for day in days if _is_unchanged(work, day, known))
        to_read, unread = _choose_files(scope, [day for day in days if day not in found.skipped], files)
        _check_files(work, control.follow(to_read, "checking files", len(to_read)), known, found)
        _check_beyond_files(work, days, known, found, scope=scope, control=control)
        found.problems += find_service_problems(work, read_notes) if scope.is_whole else ()
    except Cancelled:
        is_cancelled = True
    by_date = sorted(found.problems, key=lambda problem: problem.day or date.max)
    absent = explain_skipped(work, set(scope.days) - set(days))
    return CheckResult(tuple(by_date), found.read, len(found.skipped), absent, is_cancelled, unread)


def _choose_files(scope: Scope, days: Sequence[date], files: Container[date]) -> tuple[Sequence[date], int]:
    """Return the days whose files are read, and how many files are left out. A file that is gone costs nothing to look at."""
    there = [day for day in days if day in files]
    if scope.most_read is None or len(there) <= scope.most_read:
        return days, 0
    left_out = set(there[: len(there) - scope.most_read])
    return [day for day in days if day not in left_out], len(left_out)


def _check_files(work: Workspace, days: Iterable[date], known: _Known, found: _Findings) -> None:
    """Check the files of these days."""
    try:
        for day in days:
            _check_day(work, day, known, found)
            if len(found.unchanged) == _AGREEMENTS_PER_WRITE:
                _remember_stats(work, found)
    finally:
        _remember_stats(work, found)


def _check_beyond_files(
    work: Workspace, days: Sequence[date], known: _Known, found: _Findings, *, scope: Scope, control: RunControl
) -> None:
    """Check the rows of these days, and in a check of all dates what belongs to none."""
    if scope.full:
        found.problems += _check_rows(work, [day for day in days if day in known.mailings], known, found, control)
        found.problems += find_lost_history(work, days, found.problems)
    found.problems += find_late_crosslists(work, found.skipped)
    found.problems += find_partial(work, known.mailings.keys() & set(days))
    reported = {problem.day for problem in found.problems if problem.severity is Severity.FAULT}
    found.problems += _check_calendar(work, [day for day in days if day not in reported], known)
    if scope.is_whole:
        found.problems += find_damaged_marker(work)
        found.problems += find_odd_values(work, full=scope.full)
        found.problems += find_strays(work, known.survey, known.mailings)
        found.problems += find_outdated_checksums(work, known.agreed)
    if scope.is_whole and scope.full:
        from syncd.usecases.inspect.vault_problems import find_vault_problems

        found.problems += find_vault_problems(work, known.mailings, control)
        control.check_cancelled()
        control.report(Progress("checking the database"))
        found.problems += find_odd_papers(work, found.problems)
        found.problems += find_database_problems(work, found.problems)
        if not has_fault(found.problems):
            # Every byte was read and found sound: only now can checksums be trusted to describe the archive.
            checksums.create(work, work.store.list_agreed_hashes())


def is_sound(checked: CheckResult) -> bool:
    """Return whether nothing more serious than a hint was found."""
    return all(problem.severity is Severity.HINT for problem in checked.problems)


def _survey(work: Workspace, held: Iterable[date], found: _Findings) -> Survey | None:
    """Return what the folder holds. A folder that cannot be read is a problem."""
    try:
        return work.folder.survey(held)
    except FolderError as error:
        message = f"a folder cannot be read: {error.detail}"
        found.problems.append(replace(make_problem(name_unreadable(error), None, error.path, message), repair=None))
        return None


def _is_unchanged(work: Workspace, day: date, known: _Known) -> bool:
    """Return whether the file is as it was when it was last read and agreed: same stat, and old enough to be trusted."""
    row, before = known.mailings.get(day), known.stats.get(day)
    if row is None or before is None or day in known.empty or known.agreed.get(day) != row.sha256:
        return False
    stat, read = before
    youngest = (read - RACY).timestamp() * 1e9
    if max(stat.mtime_ns, stat.ctime_ns) >= youngest:
        return False
    if known.survey is not None:
        return known.survey.digests.get(day) == stat
    try:
        return work.folder.stat(day) == stat
    except FolderError:
        return False  # something else stands there now: reading it will say what


def _check_day(work: Workspace, day: date, known: _Known, found: _Findings) -> None:
    """Check the file of a date against its format and against the row."""
    # The time is taken before the file is read: a change during the reading then counts as later.
    row, started = known.mailings.get(day), work.wall()
    try:
        file = work.folder.read_with_stat(day)
        found.read += file is not None
        hashed = sha256(file[0]) if file is not None else None
        state = DayState(day, hashed, row.sha256 if row else None, known.agreed.get(day))
        if file is None or row is None or day in known.empty or decide(state) is not None:
            # Read again: at the first look a writer may have been between its steps.
            found.problems += find_differences(work, read_day(work, day))
            return
    except FolderError as error:
        found.problems.append(describe_unreadable(day, work.folder.path_of(day), error))
        return
    problems = list(find_format_problems(work, day, file[0]))
    found.problems += problems
    if not has_fault(problems):
        found.unchanged.append(Agreement(day, row.sha256, file[1], started))


def _remember_stats(work: Workspace, found: _Findings) -> None:
    """Record what the unchanged files look like, except on dates that were written meanwhile."""
    if not found.unchanged:
        return
    now = work.store.mailings(found.unchanged[0].day, found.unchanged[-1].day)
    still = [one for one in found.unchanged if one.day in now and now[one.day].sha256 == one.sha256]
    found.unchanged.clear()
    with suppress(DatabaseError):  # a check of a database that cannot be written still says what it found
        work.store.record_agreements(still)


def _check_calendar(work: Workspace, days: Iterable[date], known: _Known) -> Iterator[Problem]:
    table = work.listed_calendar()
    for day in days:
        if day in known.mailings and not mailing.is_due(day, table):
            yield make_problem("calendar-disagrees", day, work.folder.path_of(day))


def _check_rows(
    work: Workspace, days: Collection[date], known: _Known, found: _Findings, control: RunControl
) -> Iterator[Problem]:
    """Check the rows against what was recorded of them, and for papers that are new on two dates."""
    reported = {problem.day for problem in found.problems if problem.code in {"sql-damaged", "row-missing"}}
    rows = prove_rows(work, days, len(known.mailings))
    for day, proven in control.follow(rows, "checking rows", len(days)):
        if proven is None and day not in reported:
            yield from _check_again(work, day)
    yield from find_duplicates(work, days)


def _check_again(work: Workspace, day: date) -> Iterator[Problem]:
    path = work.folder.path_of(day)
    try:
        content = read_day(work, day)
    except FolderError:
        return  # reported already: the file was read before the rows
    if content.corruption is not None:
        yield describe_corruption(content, path)
