"""The digest files compared with the rows of the database. Nothing is requested and nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core import diff as diffs
from syncd.core import digest as digests
from syncd.core.digest.hashing import sha256
from syncd.core.errors import FolderError
from syncd.core.model import Change, Severity
from syncd.core.reasons import severity
from syncd.core.results import Comparison, DayFiles
from syncd.usecases.reconcile import day_state

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from syncd.core.model import Digest
    from syncd.usecases.workspace import Workspace


def compare_files(work: Workspace, days: Iterable[date], *, sql_first: bool) -> Comparison:
    """Compare the files of these dates with their rows. `sql_first` makes the rows our side and the files theirs.

    The rows themselves are compared, not the hash recorded with them.
    """
    wanted = sorted(set(days))
    mailings = work.store.mailings(wanted[0], wanted[-1]) if wanted else {}
    stored = {digest.day: digest for digest in day_state.read_digests(work, wanted, len(mailings))}
    changes: list[Change] = []
    both: list[DayFiles] = []
    for day in wanted:
        rows = stored.get(day)
        found = _compare_day(work, day, rows, sql_first=sql_first)
        if found:
            file_bytes, row_bytes = read_or_none(work, day), render_or_none(rows)
            sides = (row_bytes, file_bytes) if sql_first else (file_bytes, row_bytes)
            both.append(DayFiles(day, work.folder.path_of(day), *sides))
        changes += found
    return Comparison(tuple(changes), len(wanted), both=tuple(both))


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
        return (Change(day, "file-damaged", detail=f"cannot be read: {error.detail}"),)
    if data is None:
        return () if rows is None else (Change(day, "file-missing", detail=path),)
    if rows is None:
        return (Change(day, "row-missing", detail=path),)
    return () if data == render_or_none(rows) else _explain_difference(work, data, rows, sql_first=sql_first)


def _explain_difference(work: Workspace, data: bytes, rows: Digest, *, sql_first: bool) -> Sequence[Change]:
    """Return which side was changed, then what differs paper by paper."""
    day, path = rows.day, work.folder.path_of(rows.day)
    parsed = digests.parse(data, work.config.archive.category)
    faults = [issue for issue in parsed.issues if severity(issue.code) is Severity.FAULT]
    if faults:
        head = Change(day, "file-damaged", detail=f"{faults[0].message} (line {faults[0].line})")
    elif work.store.list_agreed_hashes(day, day).get(day) == sha256(data):
        head = Change(day, "sql-damaged", detail=f"the rows changed; {path} is as it was when both last agreed")
    else:
        head = Change(day, "file-edited", detail=path)
    if parsed.digest is None:
        return (head,)
    ours, theirs = (rows, parsed.digest) if sql_first else (parsed.digest, rows)
    return (head, *diffs.compare(ours, theirs))
