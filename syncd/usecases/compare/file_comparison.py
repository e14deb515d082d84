"""The digest files compared with the rows of the database. Nothing is requested and nothing is changed."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING

from syncd.core import diff as diffs
from syncd.core import digest as digests
from syncd.core.digest.hashing import sha256
from syncd.core.errors import FolderError
from syncd.core.model import Change, Severity
from syncd.core.reasons import REASONS, name_unreadable, severity
from syncd.core.results import Comparison, DayFiles, NotCompared
from syncd.usecases.progress import UNSTOPPED, Cancelled
from syncd.usecases.reconcile import day_state
from syncd.usecases.reconcile.day_state import find_corruption
from syncd.usecases.reconcile.lost_rows import NO_ENTRIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from syncd.core.model import Digest
    from syncd.usecases.progress import RunControl
    from syncd.usecases.workspace import Workspace


def compare_files(
    work: Workspace, days: Iterable[date], *, sql_first: bool, control: RunControl = UNSTOPPED
) -> Comparison:
    """Compare the files of these dates with their rows. `sql_first` makes the rows our side and the files theirs.

    The rows themselves are compared, not the hash recorded with them. Where `control` stops the work, the dates not reached are
    not compared.
    """
    work.database.shrink_cache()
    wanted = sorted(set(days))
    changes: list[Change] = []
    both: list[DayFiles] = []
    done = 0
    with suppress(Cancelled):
        for day, proven in control.follow(_prove(work, wanted), "comparing", len(wanted)):
            if proven is None or not _has_hash(work, day, proven):
                rows = work.store.digest(day)
                found = _compare_day(work, day, rows, sql_first=sql_first)
                if found:
                    file_bytes, row_bytes = read_or_none(work, day), render_or_none(rows)
                    sides = (row_bytes, file_bytes) if sql_first else (file_bytes, row_bytes)
                    both.append(DayFiles(day, work.folder.path_of(day), *sides))
                changes += found
            done += 1
    left = tuple(NotCompared(day, "mailing", "the comparison was interrupted") for day in wanted[done:])
    return Comparison(tuple(changes), done, left, both=tuple(both), ended=bool(left))


def _prove(work: Workspace, days: Sequence[date]) -> Iterator[tuple[date, str | None]]:
    """Yield each of these ascending days with the hash of the file that its rows are proven to give, None where they are not."""
    held = work.store.mailings(days[0], days[-1]) if days else {}
    proofs = day_state.prove_rows(work, [day for day in days if day in held], len(held))
    last, proven = next(proofs, (date.max, None))
    for day in days:
        while last < day:
            last, proven = next(proofs, (date.max, None))
        yield day, proven if last == day else None


def _has_hash(work: Workspace, day: date, wanted: str) -> bool:
    data = read_or_none(work, day)
    return data is not None and sha256(data) == wanted


def read_or_none(work: Workspace, day: date) -> bytes | None:
    """Return the bytes of a date's file, or None when there is no file or it cannot be read."""
    try:
        return work.folder.read(day)
    except FolderError:
        return None


def render_or_none(digest: Digest | None) -> bytes | None:
    """Return the file that a digest is written as, or None when damaged rows leave no digest that can be written."""
    try:
        return digests.render(digest) if digest is not None else None
    except (ValueError, TypeError, AttributeError):
        return None


def _compare_day(work: Workspace, day: date, rows: Digest | None, *, sql_first: bool) -> Sequence[Change]:
    path = work.folder.path_of(day)
    try:
        data = work.folder.read(day)
    except FolderError as error:
        return (Change(day, name_unreadable(error), detail=f"cannot be read: {error.detail}"),)
    is_empty = rows is not None and not rows.entries
    if data is None and is_empty:
        return (Change(day, "sql-damaged", detail=f"{NO_ENTRIES}, and so is its file"),)
    if data is None:
        return () if rows is None else (Change(day, "file-missing", detail=path),)
    if rows is None or is_empty:
        return (Change(day, "row-missing", detail=NO_ENTRIES if is_empty else path),)
    if data == render_or_none(rows):
        return find_damage(work, day)  # sections, counts and evidence leave no trace in the file
    return _explain_difference(work, data, rows, sql_first=sql_first)


def has_texts(digest: Digest) -> bool:
    """Return whether titles and abstracts are texts, so that they can be compared. Damaged rows may hold bytes in their place."""
    return all(isinstance(text, str) for entry in digest.entries for text in (entry.title, entry.abstract))


def find_damage(work: Workspace, day: date) -> tuple[Change, ...]:
    """Return one difference where the rows of a date are not those that were recorded, else none."""
    stored = work.store.stored_mailing(day)
    damage = find_corruption(stored) if stored is not None else None
    if damage is None:
        return ()
    return (Change(day, "sql-damaged", detail="" if damage == REASONS["sql-damaged"].meaning else damage),)


def _explain_difference(work: Workspace, data: bytes, rows: Digest, *, sql_first: bool) -> Sequence[Change]:
    """Return which side was changed, then what differs paper by paper."""
    day, path = rows.day, work.folder.path_of(rows.day)
    parsed = digests.parse(data, work.config.archive.category)
    if parsed.digest is not None and parsed.digest.day != day:
        # The papers of another mailing are no differences of this one, and none of the date in the heading.
        named, detail = parsed.digest.day.isoformat(), f"{path} has the heading of {parsed.digest.day}"
        sides = (day.isoformat(), named) if sql_first else (named, day.isoformat())
        return (Change(day, "wrong-day", None, None, *sides, detail),)
    faults = [issue for issue in parsed.issues if severity(issue.code) is Severity.FAULT]
    if faults:
        head = Change(day, "file-damaged", detail=f"{faults[0].message} (line {faults[0].line})")
    elif work.store.list_agreed_hashes(day, day).get(day) == sha256(data):
        head = Change(day, "sql-damaged", detail=f"the rows changed; {path} is as it was when both last agreed")
    else:
        head = Change(day, "file-edited", detail=path)
    if parsed.digest is None or not has_texts(rows):
        return (head,)
    ours, theirs = (rows, parsed.digest) if sql_first else (parsed.digest, rows)
    return (head, *diffs.compare(ours, theirs))
