"""Read what file and rows of a date hold, and whether the rows can be trusted.

This module changes nothing and decides nothing: `syncd.core.reconcile` decides.
"""

from __future__ import annotations

from dataclasses import replace
from operator import itemgetter
from typing import TYPE_CHECKING, TypeVar

from syncd.core import digest as digests
from syncd.core.digest.form import to_bytes
from syncd.core.digest.hashing import sha256
from syncd.core.errors import DigestError, FaultyDigest, FolderError, OtherCategory
from syncd.core.model import Digest, Issue, Severity, State
from syncd.core.reasons import REASONS, severity
from syncd.core.reconcile import DayState
from syncd.core.values import dataclass
from syncd.usecases.reconcile.accounts import Accounts
from syncd.usecases.reconcile.lost_rows import NO_ENTRIES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from datetime import date

    from syncd.archive.sql.mailings import MailingRecord
    from syncd.archive.sql.stored_mailings import StoredMailing
    from syncd.core.model import FileStat, Finding, Mailing, PaperId
    from syncd.usecases.workspace import Workspace

_Held = TypeVar("_Held")

_BULK_SHARE = 4
"""From a quarter of all days on, one query for the whole span is cheaper than one query a day."""


@dataclass(frozen=True, slots=True)
class DayContent:
    """What file and rows of a date hold, and the `DayState` that follows from it.

    `from_file` is the digest in the file, or the error that says why the file is none, or None without a file. `corruption`
    says why the rows cannot be trusted, None when they can or when there is no row. `conflict` is the recorded conflict, if any.
    `repeated` are the papers of an unregistered file that were new on other dates, with those dates. Where the rows are gone or
    corrupt, `account` is what the vault has of the text that was recorded last, else None. `has_sound_rows` says that no column
    of mailing and entries was changed, whatever became of their texts. `stat` is that of the file from before it was read.
    `rendered` is the file that proven rows give, where no digest was made of them.
    """

    state: DayState
    file: bytes | None
    from_file: Digest | DigestError | None
    row: Mailing | None
    digest: Digest | None
    corruption: str | None
    conflict: Finding | None
    repeated: Mapping[PaperId, list[date]]
    account: MailingRecord | None = None
    has_sound_rows: bool = False
    stat: FileStat | None = None
    rendered: bytes | None = None


def read_day(work: Workspace, day: date, accounts: Accounts | None = None) -> DayContent:
    """Read file, rows, agreement and finding of a date, and what was recorded before where its rows are gone or corrupt.

    `accounts` is given by those who read many dates. FolderError when something that is no file stands in the file's place.
    """
    store = work.store
    stored = store.stored_mailing(day)
    row, digest = (stored.mailing, stored.digest) if stored else (None, None)
    corruption = find_corruption(stored) if stored else None
    found_file = work.folder.read_with_stat(day)
    file, stat = found_file or (None, None)
    from_file = None if file is None else _parse_file(work, day, file)
    agreed = store.list_agreed_hashes(day, day).get(day)
    recorded, account = None, None
    if stored is None or corruption is not None:
        known = accounts or Accounts(work.vault)
        recorded = _find_recorded(work, day, known)
        found = known.find_fullest(day, recorded or agreed or "")
        account = (
            None if found is None else known.restore(found, file, from_file if isinstance(from_file, Digest) else None)
        )
    finding = store.finding(day)
    conflict = finding if finding is not None and finding.state is State.CONFLICT else None
    repeated: Mapping[PaperId, list[date]] = {}
    if isinstance(from_file, Digest) and row is None and agreed is None and recorded is None:
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
        recorded=recorded,
        has_account=account is not None,
        has_strays=row is None and bool(store.list_orphaned_days(day, day)),
        is_in_history=row is None or not store.list_days_outside_history(day, day),
    )
    has_sound_rows = stored is not None and stored.is_as_recorded
    return DayContent(
        state, file, from_file, row, digest, corruption, conflict, repeated, account, has_sound_rows, stat
    )


def read_days_without_file(work: Workspace, days: Collection[date]) -> dict[date, DayContent]:
    """Return what `read_day` says of those of these days that have no file, while their rows are proven to be sound.

    It makes no digest of the rows and asks for all days at once, which takes a fifth of the time.
    """
    wanted = [day for day in days if _has_no_file(work, day)]
    if not wanted:
        return {}
    store, span = work.store, (min(wanted), max(wanted))
    mailings, agreed, findings = store.mailings(*span), store.list_agreed_hashes(*span), store.findings(*span)
    forgotten = set(store.list_days_outside_history(*span))
    found = {}
    for day, rendered in _read(store.render_proven_mailings, wanted, len(mailings), itemgetter(0)):
        row, finding = mailings[day], findings.get(day)
        conflict = finding if finding is not None and finding.state is State.CONFLICT else None
        state = DayState(
            day,
            row=row.sha256,
            agreed=agreed.get(day),
            has_conflict=conflict is not None,
            has_vault=work.config.archive.vault is not None,
            is_in_history=day not in forgotten,
        )
        empty = DayContent(state, None, None, row, None, None, conflict, {})
        found[day] = replace(empty, has_sound_rows=True, rendered=rendered)
    return found


def _has_no_file(work: Workspace, day: date) -> bool:
    try:
        return work.folder.stat(day) is None
    except FolderError:
        return False


def _find_recorded(work: Workspace, day: date, accounts: Accounts) -> str | None:
    """Return the hash of the text that was recorded last, by the vault or by the history. None where nothing is known."""
    latest = accounts.find_latest(day)
    events = [event for event in work.store.history(day) if event.sha256 is not None]
    # Another host may have recorded a later text, of which this vault has no account.
    if latest is not None and not (events and events[-1].recorded > latest.mailing.recorded):
        return latest.mailing.sha256
    return events[-1].sha256 if events else None


def _parse_file(work: Workspace, day: date, data: bytes) -> Digest | DigestError:
    """Return the digest in a file, or the error that says why it is no digest of this archive and date."""
    path, category = work.folder.path_of(day), work.config.archive.category
    parsed = digests.read(data, category)
    faults = tuple(issue for issue in parsed.issues if severity(issue.code) is Severity.FAULT)
    if parsed.digest is not None and parsed.digest.category != category:
        return OtherCategory(parsed.digest.category, path=path)
    if parsed.digest is None or faults:
        return FaultyDigest(path=path, issues=faults or parsed.issues)
    if parsed.digest.day != day:
        message = f"the name says {day}, the heading {parsed.digest.day}"
        return FaultyDigest(path=path, issues=(Issue(1, "file-misplaced", message),))
    return parsed.digest


def find_corruption(stored: StoredMailing) -> str | None:
    """Return in words why the rows of a mailing cannot be trusted, None when they are what was recorded and make sense."""
    row, digest = stored.mailing, stored.digest
    if not digest.entries:
        return NO_ENTRIES
    try:
        rendered = sha256(to_bytes(digest))
        if rendered != row.sha256:
            digests.render(digest)  # Its checks take twice as long, and say which text is no text of a digest.
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
        (stored.is_as_recorded, "a column of the mailing or its entries was changed after it was recorded"),
        (not stored.odd_texts, f"the plain text of {', '.join(stored.odd_texts[:3])} is not that of its HTML"),
    )
    return next((message for holds, message in checks if not holds), None)


def read_digests(work: Workspace, days: Collection[date], held: int) -> Iterator[Digest]:
    """Yield the digests that the database holds of these days, ascending.

    `held` is the number of all mailings in the database: it decides whether they are read in bulk.
    """
    return _read(work.store.digests, days, held, lambda digest: digest.day)


def read_stored_mailings(work: Workspace, days: Collection[date], held: int) -> Iterator[StoredMailing]:
    """Yield the mailings of these days with what can be said of their rows, as `read_digests` does."""
    return _read(work.store.stored_mailings, days, held, lambda stored: stored.mailing.day)


def prove_rows(work: Workspace, days: Collection[date], held: int) -> Iterator[tuple[date, str | None]]:
    """Yield the mailings of these days with the hash of the file that their rows give, as `read_digests` does.

    None where it is not proven that `find_corruption` would find nothing.
    """
    return _read(work.store.prove_mailings, days, held, itemgetter(0))


def _read(
    read: Callable[[date, date], Iterator[_Held]], days: Collection[date], held: int, day_of: Callable[[_Held], date]
) -> Iterator[_Held]:
    if not days:
        return
    if len(days) * _BULK_SHARE < held:
        for day in sorted(days):
            yield from read(day, day)
        return
    wanted = frozenset(days)
    yield from (one for one in read(min(days), max(days)) if day_of(one) in wanted)
