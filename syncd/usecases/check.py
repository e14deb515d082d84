"""The archive against itself: files against their format, against the rows, rows against their hashes. It mends nothing.

a day: stat unchanged since it was last read ─► skipped (quick) │ read ─► parse ─► decide ─► problems
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from syncd import digest as digests
from syncd import mailing
from syncd.archive.replicas import Settled
from syncd.errors import ArchiveError
from syncd.model import DayState, Section, Severity
from syncd.reasons import REASONS
from syncd.reconcile import Verb, decide
from syncd.results import Checked, Problem
from syncd.usecases.placing import sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from datetime import date, datetime

    from syncd.model import Digest, FileStat, Mailing, PaperId, Receipt
    from syncd.usecases.workspace import Workspace

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
    calendar: mailing.Calendar


def check(work: Workspace, scope: Scope, progress: Callable[[int, int], None] = lambda _done, _all: None) -> Checked:
    """Every problem found, by date; `progress` is told of dates done and of all."""
    known = _Known(work.store.mailings(), work.store.agreed(), work.store.stats(), mailing.calendar())
    on_disk = dict(work.folder.days())
    days = [day for day in sorted({*known.mailings, *known.agreed, *on_disk}) if scope.holds(day)]
    problems: list[Problem] = []
    unchanged: list[Settled] = []
    skipped = 0
    for done, day in enumerate(days):
        progress(done, len(days))
        if not scope.full and _is_unchanged(work, day, known):
            skipped += 1
            continue
        problems += _day(work, day, known, unchanged)
    work.store.settle_all(unchanged)
    problems += _rows(work, days, known, full=scope.full)
    if scope.whole:
        problems += _folder(work)
        problems += _vault(work, known.mailings, full=scope.full)
    read = sum(1 for day in days if day in on_disk) - skipped
    return Checked(tuple(problems), read, skipped)


def problem(code: str, day: date | None, path: str | None, message: str = "", line: int | None = None) -> Problem:
    """A problem with the severity, the words and the repairing command that its code has."""
    reason = REASONS[code]
    repair = reason.repair.format(day=day) if reason.repair and (day or "{day}" not in reason.repair) else None
    return Problem(day, path, line, code, reason.severity, message or reason.meaning, repair)


def _is_unchanged(work: Workspace, day: date, known: _Known) -> bool:
    """Whether the file is as it was when it was last read and agreed: same stat, and old enough then to be trusted."""
    row, before = known.mailings.get(day), known.stats.get(day)
    if row is None or before is None or known.agreed.get(day) != row.sha256:
        return False
    stat, read = before
    youngest = (read - RACY).timestamp() * 1e9
    return max(stat.mtime_ns, stat.ctime_ns) < youngest and work.folder.stat(day) == stat


def _day(work: Workspace, day: date, known: _Known, unchanged: list[Settled]) -> list[Problem]:
    path, row = work.folder.path_of(day), known.mailings.get(day)
    started = work.wall()
    try:
        found = work.folder.read_with_stat(day)
    except ArchiveError as error:
        return [problem("file-damaged", day, path, f"cannot be read: {error.detail}")]
    data = found[0] if found else None
    state = DayState(
        day, sha256(data) if data is not None else None, row.sha256 if row else None, known.agreed.get(day)
    )
    verb = decide(state)
    if found is None:
        return [problem("file-missing", day, path)] if row or verb is Verb.LOST else []
    if verb is None and row is not None:
        unchanged.append(Settled(day, row.sha256, found[1], started))
    return _read(work, day, found[0], state)


def _read(work: Workspace, day: date, data: bytes, state: DayState) -> list[Problem]:
    path = work.folder.path_of(day)
    parsed = digests.parse(data, work.config.archive.category)
    problems = [problem(issue.code, day, path, issue.message, issue.line) for issue in parsed.issues]
    if parsed.digest is not None and parsed.digest.day != day:
        told = f"the name says {day}, the heading {parsed.digest.day}"
        problems.append(problem("file-misplaced", day, path, told, 1))
    return problems + _disagreement(state, path, problems)


def _disagreement(state: DayState, path: str, problems: Iterable[Problem]) -> list[Problem]:
    """How file and row differ, besides what is wrong with the file itself."""
    day = state.day
    match decide(state):
        case Verb.READ_FILE:
            return [problem("row-missing" if state.agreed else "file-unregistered", day, path)]
        case Verb.EDITED:
            damaged = any(found.severity is Severity.FAULT for found in problems)
            return [problem("file-damaged" if damaged else "file-edited", day, path)]
        case Verb.CONFLICT:
            return [problem("both-changed", day, path)]
        case Verb.WRITE_FILE | Verb.SETTLE:
            return [problem("unfinished", day, path)]
        case _:
            return []


def _rows(work: Workspace, days: list[date], known: _Known, *, full: bool) -> Iterator[Problem]:
    """The rows against their hashes (`full`), the calendar, and each other."""
    if not days:
        return
    wanted = set(days)
    for day in days:
        if day in known.mailings and not mailing.is_due(day, known.calendar):
            yield problem("calendar-disagrees", day, work.folder.path_of(day))
    seen: dict[PaperId, list[date]] = defaultdict(list)
    stored = work.store.digests(days[0], days[-1]) if full else ()
    for digest in stored:
        if digest.day in wanted:
            yield from _row(work, digest, known.mailings.get(digest.day))
            for entry in digest.entries:
                if entry.section is Section.NEW:
                    seen[entry.id].append(digest.day)
    yield from _twice(seen)


def _row(work: Workspace, digest: Digest, row: Mailing | None) -> Iterator[Problem]:
    path = work.folder.path_of(digest.day)
    try:
        rendered = sha256(digests.render(digest))
    except ValueError as error:
        yield problem("sql-damaged", digest.day, path, f"the rows cannot be rendered: {error}")
        return
    if row is not None and rendered != row.sha256:
        yield problem("sql-damaged", digest.day, path)


def _twice(seen: Mapping[PaperId, list[date]]) -> Iterator[Problem]:
    for paper, days in seen.items():
        if len(days) > 1:
            told = f"{paper} stands in the mailings of {' and '.join(map(str, days))}"
            yield problem("duplicate-across-days", days[-1], None, told)


def _folder(work: Workspace) -> Iterator[Problem]:
    codes = {"temporary": "leftover-temp", "link": "file-damaged", "unknown": "stray-file"}
    told = {"link": "a symbolic link stands in the place of a digest"}
    for stray in work.folder.strays():
        yield problem(codes[stray.why], None, stray.path, told.get(stray.why, ""))


def _vault(work: Workspace, mailings: Mapping[date, Mailing], *, full: bool) -> Iterator[Problem]:
    """Every raw response by its hash (`full`), and whether those behind the mailings are there."""
    if work.config.archive.vault is None or not full:
        return
    troubles = dict(work.vault.verify())
    behind = {row.response: day for day, row in mailings.items() if row.response}
    for sha, trouble in troubles.items():
        yield problem(f"vault-{trouble}", behind.get(sha), None, f"{sha[:12]}: {REASONS[f'vault-{trouble}'].meaning}")
    kept = {receipt.sha256 for receipt in _receipts(work)}
    for sha, day in behind.items():
        if sha not in kept and sha not in troubles:
            yield problem("vault-missing", day, None)


def _receipts(work: Workspace) -> Iterable[Receipt]:
    try:
        return list(work.vault.receipts())
    except ArchiveError:
        return ()  # told already: verify reads every receipt


def is_sound(checked: Checked) -> bool:
    """Whether nothing graver than a hint was found."""
    return all(found.severity is Severity.HINT for found in checked.problems)
