"""Read what file and rows of a date hold, and whether the rows can be trusted.

This module changes nothing and decides nothing: `syncd.core.reconcile` decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from syncd.core import digest as digests
from syncd.core.digest.hashing import sha256
from syncd.core.errors import DigestError, FaultyDigest, OtherCategory
from syncd.core.model import Digest, Issue, Severity, State
from syncd.core.reasons import REASONS, severity
from syncd.core.reconcile import DayState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import date

    from syncd.archive.sql.findings import Event
    from syncd.core.model import Finding, Mailing, PaperId
    from syncd.usecases.workspace import Workspace

NO_ENTRIES = "its entries are gone"
"""The corruption of a mailing of which only the record is left."""

_BULK_SHARE = 4
"""From a quarter of all days on, one query for the whole span is cheaper than one query a day."""

_RECORDED = attrgetter("recorded", "state", "source", "evidence", "response", "sha256", "papers")
"""What the history repeats of a mailing's record."""


@dataclass(frozen=True, slots=True)
class DayContent:
    """What file and rows of a date hold, and the `DayState` that follows from it.

    `from_file` is the digest in the file, or the error that says why the file is none, or None without a file. `corruption`
    says why the rows cannot be trusted, None when they can or when there is no row. `conflict` is the recorded conflict, if any.
    `repeated` are the papers of an unregistered file that were new on other dates, with those dates.
    """

    state: DayState
    file: bytes | None
    from_file: Digest | DigestError | None
    row: Mailing | None
    digest: Digest | None
    corruption: str | None
    conflict: Finding | None
    repeated: Mapping[PaperId, list[date]]


def read_day(work: Workspace, day: date) -> DayContent:
    """Read file, rows, agreement and finding of a date.

    FolderError when something that is no file stands in the file's place.
    """
    store = work.store
    row, digest = store.mailing(day), store.digest(day)
    corruption = find_corruption(row, digest, store.history(day)) if row else None
    file = work.folder.read(day)
    agreed = store.list_agreed_hashes(day, day).get(day)
    finding = store.finding(day)
    conflict = finding if finding is not None and finding.state is State.CONFLICT else None
    from_file = None if file is None else _parse_file(work, day, file)
    repeated: Mapping[PaperId, list[date]] = {}
    if isinstance(from_file, Digest) and row is None and agreed is None:
        repeated = store.find_other_days([entry.id for entry in from_file.entries], day)
    state = DayState(
        day,
        file=None if file is None else sha256(file),
        row=row.sha256 if row else None,
        agreed=agreed,
        is_corrupt=corruption is not None,
        has_conflict=conflict is not None,
        is_readable=not isinstance(from_file, DigestError),
        # A few papers are new twice at arXiv too; a file that mostly repeats another date is a copy under a wrong name.
        repeats_papers=isinstance(from_file, Digest) and len(repeated) * 2 > len(from_file.entries),
        has_vault=work.config.archive.vault is not None,
    )
    return DayContent(state, file, from_file, row, digest, corruption, conflict, repeated)


def _parse_file(work: Workspace, day: date, data: bytes) -> Digest | DigestError:
    """Return the digest in a file, or the error that says why it is no digest of this archive and date."""
    path, category = work.folder.path_of(day), work.config.archive.category
    parsed = digests.parse(data, category)
    faults = tuple(issue for issue in parsed.issues if severity(issue.code) is Severity.FAULT)
    if parsed.digest is not None and parsed.digest.category != category:
        return OtherCategory(parsed.digest.category, path=path)
    if parsed.digest is None or faults:
        return FaultyDigest(path=path, issues=faults or parsed.issues)
    if parsed.digest.day != day:
        message = f"the name says {day}, the heading {parsed.digest.day}"
        return FaultyDigest(path=path, issues=(Issue(1, "file-misplaced", message),))
    return parsed.digest


def find_corruption(row: Mailing, digest: Digest | None, history: Iterable[Event]) -> str | None:
    """Return in words why the rows of a mailing cannot be trusted, None when they are what was recorded and make sense."""
    if digest is None or not digest.entries:
        return NO_ENTRIES
    try:
        rendered = sha256(digests.render(digest))
    except (ValueError, TypeError, AttributeError) as error:
        return f"the rows cannot be rendered: {error}"
    papers, (new, cross) = len(digest.entries), digests.count_sections(digest.entries)
    checks = (
        (rendered == row.sha256, REASONS["sql-damaged"].meaning),
        (row.papers == papers, f"{row.papers} papers are recorded, {papers} are held"),
        (
            (row.new, row.cross) == (new, cross),
            f"{row.new} new and {row.cross} cross-listed papers are recorded, {new} and {cross} are held",
        ),
        (digests.are_sections_in_order(digest.entries), "a new submission stands behind a cross-list"),
        (
            any(_RECORDED(event) == _RECORDED(row) for event in history),
            "state, source or evidence are not those that were recorded",
        ),
    )
    return next((message for holds, message in checks if not holds), None)


def read_digests(work: Workspace, days: Collection[date], held: int) -> Iterator[Digest]:
    """Yield the digests that the database holds of these days, ascending.

    `held` is the number of all mailings in the database: it decides whether they are read in bulk.
    """
    if not days:
        return
    if len(days) * _BULK_SHARE < held:
        yield from (digest for day in sorted(days) if (digest := work.store.digest(day)) is not None)
        return
    wanted = frozenset(days)
    yield from (digest for digest in work.store.digests(min(days), max(days)) if digest.day in wanted)
