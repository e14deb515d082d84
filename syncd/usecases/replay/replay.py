"""Rebuild rows and files from the vault alone, without a network: what is missing or damaged comes back, byte for byte.

vault ─► latest record of each day ─► days whose rows are gone, damaged or older ─► rows ─► files ─► agreement
      └► raw responses ─► current metadata, dates without a mailing, and mailings recorded before the journal

Sound rows and files are left unchanged. A file with other bytes is left to `repair`. Nothing is deleted.
"""

from __future__ import annotations

from dataclasses import field, replace
from itertools import islice
from typing import TYPE_CHECKING

from syncd.archive.files.vault import raise_passing
from syncd.archive.sql.replicas import Agreement
from syncd.core import digest as digests
from syncd.core.digest.hashing import sha256
from syncd.core.errors import ArchiveMissing, FolderError, OutOfReach
from syncd.core.model import FileStat
from syncd.core.reasons import REBUILD
from syncd.core.results import DayOutcome, Done, Run
from syncd.core.values import dataclass
from syncd.usecases.progress import UNSTOPPED, Cancelled, Progress
from syncd.usecases.reconcile import checksums, day_state, journal
from syncd.usecases.reconcile.journal import measure_digest
from syncd.usecases.reconcile.response_locations import find_hosts_with_records, suggest_hosts
from syncd.usecases.reconcile.stored_texts import complete_account, restore_digests
from syncd.usecases.reconcile.write import PAGE, keep_aside
from syncd.usecases.replay.derived_records import derive_records
from syncd.usecases.replay.replaced_rows import keep_replaced_rows, write_rows
from syncd.usecases.replay.restored_papers import restore_papers
from syncd.usecases.skipped_days import explain_skipped

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from syncd.archive.sql.mailings import MailingRecord
    from syncd.core.model import Digest, Mailing
    from syncd.usecases.progress import RunControl
    from syncd.usecases.reconcile.journal import Account, Knowledge
    from syncd.usecases.workspace import Workspace

_NO_STAT = FileStat(0, 0, 0, 0)
"""The stat that no file has: with it a file is read again by the next check, whatever was agreed on."""
_READ_TOGETHER = 250
"""Records whose texts are read together: so often each response is read, and about 150 kB of memory each."""
_EDITED = "the file has other bytes than the vault; --accept-file takes them, --restore brings the archive's text back"


def replay(
    work: Workspace, days: Sequence[date] = (), *, dry_run: bool = False, control: RunControl = UNSTOPPED
) -> Run:
    """Bring back what the vault holds of these days (default: all).

    There is an outcome for each day that needed something, and for each day that was given. A given day without a mailing is
    skipped, and one of which the vault holds nothing has an outcome with OutOfReach. What is lost or damaged in the vault is an
    outcome with its FolderError, and stops only the days that need it. What the disk does not give now is raised as one.
    ArchiveMissing when the vault is empty. Where `control`
    stops the work, the days whose files were not looked at are `left`.
    """
    control.report(Progress("reading the journal"))
    faults = _Faults()
    recorded = _read_records(work, days, faults)
    others = find_hosts_with_records(work)
    if not recorded and not faults.found and next(work.vault.receipts(), None) is None:
        detail = f"the vault holds nothing to rebuild from{suggest_hosts(others.values())}"
        remedy = f"restore the vault from a backup; what the files hold: syncd adopt {work.folder.root}"
        raise ArchiveMissing(detail, path=str(work.config.archive.vault or ""), remedy=remedy)
    # Damaged rows of another host's making cannot be rebuilt from an older record, or from none: that host must do it.
    behind = {day for day in others if (not days or day in days) and _is_behind(work, day, recorded.get(day))}
    wanted = sorted((set(days) & recorded.keys() if days else recorded.keys()) - behind)
    skipped = explain_skipped(work, set(days) - recorded.keys() - behind, with_open=True)
    lacking = set(days).difference(recorded, (one.day for one in skipped))
    unknown = [_refuse(work, day, others.get(day)) for day in sorted(behind | lacking)]
    restored = _Restored(work, faults, control)
    outcomes, is_cancelled = list[DayOutcome](), False
    try:
        rows = control.follow(wanted, "examining rows", len(wanted))
        stale = {day: recorded[day] for day in rows if _needs_rows(work, recorded[day])}
        if dry_run:
            return Run((*_plan(work, wanted, stale), *unknown, *faults.report()), skipped=skipped)
        # Texts of mailings come first: a paper whose announced text is damaged is sound as soon as that is restored.
        restored.restore_rows(stale)
        outcomes += () if days else restore_papers(work, faults, control)
        for outcome in restored.restore_files(wanted, stale, shown=days):
            outcomes.append(outcome)
    except Cancelled:
        is_cancelled = True
    refused = (_report_lost(work, day, error) for day, error in sorted(restored.lost.items()))
    left = tuple(day for day in wanted if day not in restored.files and day not in restored.lost)
    begun = (_report_rows(work, day) for day in left if day in restored.rows)
    done = (*outcomes, *begun, *refused, *unknown, *faults.report())
    return Run(done, ended=is_cancelled, left=left, skipped=skipped)


@dataclass(slots=True)
class _Faults:
    """What is damaged in the vault, each fault once. What the disk does not give now is raised: less would be recorded."""

    found: dict[str, FolderError] = field(default_factory=dict)

    def __call__(self, error: FolderError) -> None:
        raise_passing(error)
        self.found.setdefault(error.path, error)

    def report(self) -> Iterator[DayOutcome]:
        """Yield an outcome for each fault. It belongs to no single day."""
        yield from (DayOutcome(None, None, Done.REFUSED, error=error) for error in self.found.values())


@dataclass(frozen=True, slots=True)
class _VaultRecord:
    """What the vault last recorded of a day. `derived` holds the whole record where the journal has none.

    `fullest` is the record of the same text that knows most, and `knowledge` how much that is.
    """

    mailing: Mailing
    fullest: Mailing
    knowledge: Knowledge
    derived: MailingRecord | None = None


def _read_records(work: Workspace, days: Collection[date], faults: _Faults) -> dict[date, _VaultRecord]:
    """Return the latest record of each of these days (default: all).

    It is the journal's, else one derived from responses older than the journal.
    """
    latest = journal.read_latest(work.vault, days, faults)
    recorded = {
        day: _VaultRecord(one.mailing, one.fullest or one.mailing, one.knowledge) for day, one in latest.items()
    }
    if days and recorded.keys() >= set(days):
        return recorded
    first = next(journal.list_receipts(work.vault, faults), None)
    derived = derive_records(work, None if first is None else first.received, faults)
    return {day: _to_vault_record(*record) for day, record in derived.items()} | recorded


def _to_vault_record(derived: Mailing, digest: Digest) -> _VaultRecord:
    return _VaultRecord(derived, derived, measure_digest(derived.state, digest), (derived, digest))


def _refuse(work: Workspace, day: date, host: str | None) -> DayOutcome:
    held = work.store.mailing(day) is not None or work.store.list_agreed_hashes().get(day) is not None
    more = f"; where nothing else has it: {REBUILD}: syncd replay" if held else ""
    why = f"the vault holds no record of it{suggest_hosts([host] if host else [])}{more}"
    error = OutOfReach(why, days=(day,))
    return DayOutcome(day, work.report(day).state, Done.REFUSED, error=error)


def _report_rows(work: Workspace, day: date) -> DayOutcome:
    report, note = work.report(day), "its rows; its file was not looked at"
    path = work.folder.path_of(day)
    return DayOutcome(day, report.state, Done.RESTORED, path, report.papers, source=report.source, note=note)


def _report_lost(work: Workspace, day: date, error: FolderError) -> DayOutcome:
    return DayOutcome(day, work.report(day).state, Done.REFUSED, work.folder.path_of(day), error=error)


def _is_behind(work: Workspace, day: date, known: _VaultRecord | None) -> bool:
    """Say whether the rows of a day are damaged, and newer than all that this vault knows of it."""
    row = work.store.mailing(day)
    if row is None or (known is not None and known.mailing.recorded >= row.recorded):
        return False
    return _is_damaged(work, row)


def _needs_rows(work: Workspace, known: _VaultRecord) -> bool:
    """Say whether the rows of a day are gone, damaged, or older or poorer than what the vault has of it."""
    stored = next(work.store.stored_mailings(known.mailing.day, known.mailing.day), None)
    if stored is None or day_state.find_corruption(stored) is not None:
        return True
    row = stored.mailing
    if row.sha256 == known.fullest.sha256 and measure_digest(row.state, stored.digest) < known.knowledge:
        return True
    return row.recorded < known.mailing.recorded and row.recorded != known.fullest.recorded


def _is_damaged(work: Workspace, row: Mailing) -> bool:
    stored = work.store.stored_mailing(row.day)
    return stored is None or day_state.find_corruption(stored) is not None


def _plan(work: Workspace, days: Iterable[date], stale: Collection[date]) -> Iterator[DayOutcome]:
    for day in days:
        report, path = work.report(day), work.folder.path_of(day)
        if day in stale or work.folder.stat(day) is None:
            yield DayOutcome(day, report.state, Done.PLANNED, path, report.papers, note="rebuild from the vault")


@dataclass(slots=True)
class _Restored:
    """What was restored so far: the days whose `rows` and `files` are done, and the days of which the vault `lost` texts."""

    work: Workspace
    faults: _Faults
    control: RunControl
    rows: set[date] = field(default_factory=set)
    files: set[date] = field(default_factory=set)
    lost: dict[date, FolderError] = field(default_factory=dict)

    def restore_rows(self, stale: Mapping[date, _VaultRecord]) -> None:
        """Write the rows of these days in the order in which they were recorded, so that their history is whole again.

        The rows of days of which the last record lost texts stay as they are.
        """
        go_on = self.control.count("restoring rows")
        # Derived records are of the time before the journal.
        derived = [known.derived for known in stale.values() if known.derived is not None]
        for start in range(0, len(derived), PAGE):
            go_on(len(self.rows), len(stale))
            page = derived[start : start + PAGE]
            write_rows(self.work, page)
            self.rows.update(mailing.day for mailing, _ in page)
        fuller: dict[date, MailingRecord] = {}
        accounts = journal.list_accounts(self.work.vault, stale.keys(), self.faults) if stale else iter(())
        while several := list(islice(accounts, _READ_TOGETHER)):
            records = []
            for account, restored in restore_digests(self.work.vault, several):
                go_on(len(self.rows), len(stale))
                day, digest = account.mailing.day, restored
                if isinstance(digest, FolderError):
                    digest = _complete_from_file(self.work, account) or digest
                if isinstance(digest, FolderError):
                    self.lost[day] = digest
                else:
                    self.lost.pop(day, None)
                    records.append((account.mailing, digest))
                    if account.mailing == stale[day].fullest != stale[day].mailing:
                        fuller[day] = account.mailing, digest
            for start in range(0, len(records), PAGE):
                go_on(len(self.rows), len(stale))
                self._write_page(records[start : start + PAGE])
        write_rows(self.work, fuller.values())

    def _write_page(self, records: Sequence[MailingRecord]) -> None:
        # Damaged texts are known by the other rows, so they come before these.
        newest = list({record[0].day: record for record in records}.values())
        with self.work.write_lock():
            keep_replaced_rows(self.work, newest)
            self.work.store.restore_texts(newest)
        write_rows(self.work, records)
        self.rows.update(record[0].day for record in records)

    def restore_files(
        self, wanted: Iterable[date], stale: Collection[date], *, shown: Collection[date]
    ) -> Iterator[DayOutcome]:
        """Restore the files of these days, and yield the outcomes of those that needed something or are to be `shown`."""
        days, go_on = [day for day in wanted if day not in self.lost], self.control.count("restoring files")
        for start in range(0, len(days), PAGE):
            go_on(start, len(days))
            page = days[start : start + PAGE]
            with self.work.write_lock():
                held = list(day_state.read_digests(self.work, page, len(page)))
                outcomes = [_restore_file(self.work, digest, rebuilt=digest.day in stale) for digest in held]
                checksums.update_years(self.work, page)
            self.files.update(page)
            for outcome in outcomes:
                if outcome.action is not Done.NONE or outcome.note or outcome.day in shown:
                    self.control.report(Progress("", outcome=outcome))
                    yield outcome


def _complete_from_file(work: Workspace, account: Account) -> Digest | None:
    """Return the digest of an account with the texts of the day's file, None unless the file has the bytes recorded."""
    try:
        data = work.folder.read(account.mailing.day)
    except FolderError:
        return None
    if data is None or sha256(data) != account.mailing.sha256:
        return None
    digest = digests.read(data, account.category).digest
    return None if digest is None else complete_account(account, digest)


def _restore_file(work: Workspace, digest: Digest, *, rebuilt: bool) -> DayOutcome:
    """Write the day's file where it is missing or outdated, and record its agreement with the row."""
    day, data = digest.day, digests.render(digest)
    sha, agreed, report = sha256(data), work.store.list_agreed_hashes(day, day).get(day), work.report(day)
    done = DayOutcome(day, report.state, Done.NONE, work.folder.path_of(day), report.papers, source=report.source)
    try:
        found = work.folder.read_with_stat(day)
        if found is not None and found[0] == data:
            if not rebuilt and agreed == sha:
                return done
            _record_agreement(work, day, sha, found[1])
            return replace(done, action=Done.REGISTERED)
        if found is not None and agreed != sha256(found[0]):
            if agreed is None:  # so that `repair` knows the file as the side that was edited
                _record_agreement(work, day, sha, _NO_STAT)
            return replace(done, note=_EDITED)
        if found is not None:
            keep_aside(work, work.folder.path_of(day), found[0])
        stat = work.folder.write(day, data)
    except FolderError as error:
        return replace(done, action=Done.REFUSED, error=error)
    work.steps("file")
    _record_agreement(work, day, sha, stat)
    return replace(done, action=Done.RESTORED)


def _record_agreement(work: Workspace, day: date, sha: str, stat: FileStat) -> None:
    work.store.record_agreements([Agreement(day, sha, stat, work.wall())])
