"""The archive against itself: files against their format, against the rows, rows against their hashes. It mends nothing.

a day: stat unchanged since it was last read ─► skipped (quick) │ read ─► parse ─► decide ─► looked at again ─► problems
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from syncd.archive.sql.replicas import Agreement
from syncd.core import digest as digests
from syncd.core import mailing
from syncd.core.digest.hashing import sha256
from syncd.core.errors import ArchiveError, DatabaseError, FolderError
from syncd.core.model import Section, Severity
from syncd.core.reasons import REASONS
from syncd.core.reconcile import Cause, DayState, decide
from syncd.core.results import CheckResult, Problem
from syncd.usecases.reconcile import checksums, day_state
from syncd.usecases.reconcile.response_locations import elsewhere

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from datetime import datetime

    from syncd.core.model import Digest, FileStat, Mailing, PaperId, Receipt
    from syncd.usecases.workspace import Workspace

_SQL = frozenset({"row-missing", "sql-damaged"})
"""Repairing these writes the rows anew, and with them the full-text index."""
RACY = timedelta(seconds=2)
"""A file touched this shortly before it was last read may have changed again within one tick of the file system's clock."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a check looks at: these days (all without any), every file's bytes if `full`, or the `share`-th of `shares` parts."""

    days: Collection[date] = ()
    full: bool = False
    share: int = 1
    shares: int = 1

    def holds(self, day: date) -> bool:
        """Whether the date is looked at; the parts of a division are disjoint and cover every date."""
        return (not self.days or day in self.days) and day.toordinal() % self.shares == self.share % self.shares

    @property
    def whole(self) -> bool:
        """Whether everything is looked at, so that what belongs to no single date is too."""
        return not self.days and self.shares == 1


@dataclass(frozen=True, slots=True)
class _Known:
    """What the database says of the dates under check, read once."""

    mailings: Mapping[date, Mailing]
    agreed: Mapping[date, str]
    stats: Mapping[date, tuple[FileStat, datetime]]


@dataclass(slots=True)
class _Seen:
    """What the walk over the files has found so far; `hashes` are those of the files read."""

    problems: list[Problem] = field(default_factory=list)
    unchanged: list[Agreement] = field(default_factory=list)
    hashes: dict[date, str] = field(default_factory=dict)
    skipped: int = 0


def check(
    work: Workspace, scope: Scope, progress: Callable[[int, int], None] = lambda _done, _all: None
) -> CheckResult:
    """Every problem found, by date; `progress` is told of dates done and of all.

    A date on which the sides differ is looked at a second time, so that a writer at work is not taken for a fault.
    """
    known = _Known(work.store.mailings(), work.store.list_agreed_hashes(), work.store.list_file_stats())
    seen = _Seen()
    days = [day for day in sorted({*known.mailings, *known.agreed, *_on_disk(work, seen)}) if scope.holds(day)]
    for done, day in enumerate(days):
        progress(done, len(days))
        if scope.full or not _is_unchanged(work, day, known):
            _file(work, day, known, seen)
        else:
            seen.skipped += 1
    _remember(work, seen.unchanged)
    seen.problems += _calendar(work, days, known)
    if scope.full:
        seen.problems += _rows(work, [day for day in days if day in known.mailings], known, seen)
    if scope.whole:
        seen.problems += _folder(work, known)
        seen.problems += _checksums(work, known)
    if scope.whole and scope.full:
        seen.problems += _vault(work, known.mailings)
        seen.problems += (_of_database(fault) for fault in work.database.find_faults())
        seen.problems += () if _SQL.intersection(found.code for found in seen.problems) else _index(work)
        _begin_checksums(work, seen.problems)
    progress(len(days), len(days))
    by_date = sorted(seen.problems, key=lambda found: found.day or date.max)
    return CheckResult(tuple(by_date), len(seen.hashes), seen.skipped)


def problem(code: str, day: date | None, path: str | None, message: str = "", line: int | None = None) -> Problem:
    """A problem with the severity, the words and the repairing command that its code has."""
    reason = REASONS[code]
    repair = reason.repair.format(day=day) if reason.repair and (day or "{day}" not in reason.repair) else None
    return Problem(day, path, line, code, reason.severity, message or reason.meaning, repair)


def is_sound(checked: CheckResult) -> bool:
    """Whether nothing graver than a hint was found."""
    return all(found.severity is Severity.HINT for found in checked.problems)


def _on_disk(work: Workspace, seen: _Seen) -> list[date]:
    try:
        return [day for day, _ in work.folder.days()]
    except FolderError as error:
        told = f"a folder cannot be read: {error.detail}"
        seen.problems.append(replace(problem("file-damaged", None, error.path, told), repair=None))
        return []


def _is_unchanged(work: Workspace, day: date, known: _Known) -> bool:
    """Whether the file is as it was when it was last read and agreed: same stat, and old enough then to be trusted."""
    row, before = known.mailings.get(day), known.stats.get(day)
    if row is None or before is None or known.agreed.get(day) != row.sha256:
        return False
    stat, read = before
    youngest = (read - RACY).timestamp() * 1e9
    if max(stat.mtime_ns, stat.ctime_ns) >= youngest:
        return False
    try:
        return work.folder.stat(day) == stat
    except FolderError:
        return False  # whatever stands there now: reading it tells


def _file(work: Workspace, day: date, known: _Known, seen: _Seen) -> None:
    """The file of a date against its format and against the row."""
    path, row, started = work.folder.path_of(day), known.mailings.get(day), work.wall()
    try:
        found = work.folder.read_with_stat(day)
        sha = sha256(found[0]) if found else None
        agrees = found and not decide(DayState(day, sha, row.sha256 if row else None, known.agreed.get(day)))
        both = None if agrees else day_state.look(work, day)
    except FolderError as error:
        seen.problems.append(_unreadable(day, path, error))
        return
    if found and sha:
        seen.hashes[day] = sha
    if both is not None:
        seen.problems += _differing(work, both)
        return
    problems = list(_format(work, day, found[0])) if found else []
    seen.problems += problems
    if found and row and not any(one.severity is Severity.FAULT for one in problems):
        seen.unchanged.append(Agreement(day, row.sha256, found[1], started))


def _unreadable(day: date, path: str, error: FolderError) -> Problem:
    told = f"cannot be read: {error.detail}; move it away, then repair"
    return replace(problem("file-damaged", day, path, told), repair=f"syncd repair {day}")


def _format(work: Workspace, day: date, data: bytes) -> Iterator[Problem]:
    path = work.folder.path_of(day)
    parsed = digests.parse(data, work.config.archive.category)
    yield from (problem(issue.code, day, path, issue.message, issue.line) for issue in parsed.issues)
    if parsed.digest is not None and parsed.digest.day != day:
        yield problem("file-misplaced", day, path, f"the name says {day}, the heading {parsed.digest.day}", 1)


def _differing(work: Workspace, both: day_state.Day) -> Iterator[Problem]:
    """What is wrong on a date whose sides differ; nothing when they agree by now."""
    day, path = both.day, work.folder.path_of(both.day)
    if both.file is None:
        yield from _gone(both, path)
        return
    found = list(_format(work, day, both.file))
    if both.row is None:
        yield from _rowless(both, path, found)
        return
    yield from found
    if both.harm is not None:
        yield _rows_damaged(both.row, path, both.harm, healable=both.is_vouched)
    if both.harm is None or not both.is_vouched:
        yield from _moved(both, path, found)


def _gone(both: day_state.Day, path: str) -> Iterator[Problem]:
    if both.row is None:
        if both.agreed is not None:
            told = "the file and its row are both gone"
            yield replace(problem("file-missing", both.day, path, told), repair=f"syncd replay {both.day}")
        return
    if both.harm is None:
        yield problem("file-missing", both.day, path)
        return
    yield replace(problem("file-missing", both.day, path), repair=f"syncd replay {both.day}")
    yield _rows_damaged(both.row, path, both.harm, healable=False)


def _rowless(both: day_state.Day, path: str, found: Iterable[Problem]) -> Iterator[Problem]:
    """A file that no row stands behind: `--restore` has nothing to restore."""
    faults = [one for one in found if one.severity is Severity.FAULT]
    yield from (replace(one, repair=None) for one in found)
    if "file-misplaced" in {one.code for one in faults}:
        return
    whole = problem("file-unregistered" if both.agreed is None else "row-missing", both.day, path)
    yield replace(whole, repair=None) if faults else whole


def _moved(both: day_state.Day, path: str, found: Iterable[Problem]) -> Iterator[Problem]:
    match both.action.cause if both.action else None:
        case Cause.EDITED:
            damaged = any(one.severity is Severity.FAULT for one in found)
            yield problem("file-damaged" if damaged else "file-edited", both.day, path)
        case Cause.BOTH_CHANGED:
            yield problem("both-changed", both.day, path)
        case Cause.UNFINISHED:
            yield problem("unfinished", both.day, path)
        case _:
            return


def _rows_damaged(row: Mailing, path: str, harm: str, *, healable: bool) -> Problem:
    """Rows that cannot be trusted; `healable` says that the file can give them back."""
    code = "row-missing" if harm == day_state.GONE else "sql-damaged"
    command = f"syncd repair {row.day}" if healable else f"syncd replay {row.day}"
    return replace(problem(code, row.day, path, harm), repair=command)


def _remember(work: Workspace, unchanged: Iterable[Agreement]) -> None:
    """Keep what the files looked like, but of dates that were written meanwhile."""
    now = work.store.mailings()
    still = [one for one in unchanged if one.day in now and now[one.day].sha256 == one.sha256]
    with suppress(DatabaseError):  # a check of a database that cannot be written still says what it found
        work.store.record_agreements(still)


def _calendar(work: Workspace, days: Iterable[date], known: _Known) -> Iterator[Problem]:
    table = mailing.calendar()
    for day in days:
        if day in known.mailings and not mailing.is_due(day, table):
            yield problem("calendar-disagrees", day, work.folder.path_of(day))


def _rows(work: Workspace, days: Collection[date], known: _Known, seen: _Seen) -> Iterator[Problem]:
    """The rows against what was recorded of them, and against each other."""
    told = {found.day for found in seen.problems if found.code in {"sql-damaged", "row-missing"}}
    news: dict[PaperId, date] = {}
    for digest in day_state.stored(work, days, len(known.mailings)):
        row = known.mailings[digest.day]
        harm = None if digest.day in told else day_state.rows_harm(row, digest, work.store.history(digest.day))
        if harm is not None and work.store.mailing(digest.day) == row:
            healable = seen.hashes.get(digest.day) in {row.sha256, known.agreed.get(digest.day)}
            yield _rows_damaged(row, work.folder.path_of(digest.day), harm, healable=healable)
        yield from _twice(digest, news)


def _twice(digest: Digest, news: dict[PaperId, date]) -> Iterator[Problem]:
    """Papers that stand as new in this mailing and in an earlier one."""
    for entry in digest.entries:
        if entry.section is Section.NEW and news.setdefault(entry.id, digest.day) != digest.day:
            told = f"{entry.id} stands in the mailings of {news[entry.id]} and {digest.day}"
            yield problem("duplicate-across-days", digest.day, None, told)


def _index(work: Workspace) -> Iterator[Problem]:
    if behind := work.store.count_unindexed():
        yield problem("index-stale", None, None, f"{behind} entries are not found, or found where they no longer stand")


def _of_database(fault: str) -> Problem:
    return replace(problem("sql-damaged", None, None, f"the database itself: {fault}"), repair=None)


def _folder(work: Workspace, known: _Known) -> Iterator[Problem]:
    """What lies in the folder and is no digest; a link in the place of a held digest is told with its date."""
    codes = {"temporary": "leftover-temp", "link": "file-damaged", "unknown": "stray-file"}
    told = {"link": "a symbolic link stands in the place of a digest"}
    places = {work.folder.path_of(day) for day in known.mailings}
    with suppress(FolderError):  # told already, as the walk for digests met it first
        for stray in work.folder.strays():
            if stray.path not in places:
                found = problem(codes[stray.why], None, stray.path, told.get(stray.why, ""))
                yield replace(found, repair=None)


def _begin_checksums(work: Workspace, problems: Iterable[Problem]) -> None:
    """A whole archive found sound, every byte of it, is what its first checksums may vouch for."""
    if not any(found.severity is Severity.FAULT for found in problems):
        checksums.begin(work, work.store.list_agreed_hashes())


def _checksums(work: Workspace, known: _Known) -> Iterator[Problem]:
    """The years whose checksums are out of step, and still are at a second look."""
    behind = checksums.stale(work.folder, known.agreed)
    for year in checksums.stale(work.folder, work.store.list_agreed_hashes()) if behind else ():
        if year in behind:
            yield problem("manifest-stale", None, work.folder.checksums_path(year))


def _vault(work: Workspace, mailings: Mapping[date, Mailing]) -> Iterator[Problem]:
    """Every kept response by its hash, and whether those behind the mailings are there that this host got itself."""
    if work.config.archive.vault is None:
        return
    troubles = dict(work.vault.verify())
    behind = {row.response: day for day, row in mailings.items() if row.response}
    for sha, trouble in troubles.items():
        yield problem(f"vault-{trouble}", behind.get(sha), None, f"{sha[:12]}: {REASONS[f'vault-{trouble}'].meaning}")
    kept, others = {receipt.sha256 for receipt in _receipts(work)}, elsewhere(work)
    for sha, day in behind.items():
        if sha not in kept and sha not in troubles and day not in others:
            yield problem("vault-missing", day, None)


def _receipts(work: Workspace) -> Iterable[Receipt]:
    try:
        return list(work.vault.receipts())
    except ArchiveError:
        return ()  # told already: verify reads every receipt
