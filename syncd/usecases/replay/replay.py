"""Rebuild rows and files from the vault alone, without a network: what is missing or damaged comes back, byte for byte.

vault ─► last account of each day ─► days whose rows are gone, damaged or older ─► rows ─► files ─► agreed
      └► raw responses ─► current metadata, dates without a mailing, and mailings placed before accounts were kept

Sound rows and files are left alone; a file with other bytes is left to `repair`. Nothing is deleted.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from syncd.archive.sql.papers import VersionText
from syncd.archive.sql.replicas import Agreement
from syncd.core import digest as digests
from syncd.core import mailing
from syncd.core.digest.hashing import sha256
from syncd.core.errors import ArchiveMissing, FolderError, OutOfReach
from syncd.core.model import FileStat, Finding, Section, State, Version
from syncd.core.results import DayOutcome, Done, Run
from syncd.usecases.backfill.harvest import to_current
from syncd.usecases.reconcile import checksums, day_state, journal
from syncd.usecases.reconcile.response_locations import find_hosts_with_records, suggest_hosts
from syncd.usecases.reconcile.write import PAGE, Provenance, keep_aside, make_mailing
from syncd.usecases.replay import responses

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from syncd.archive.sql.mailings import MailingRecord
    from syncd.core.model import Digest, Mailing
    from syncd.usecases.workspace import Workspace

_NO_STAT = FileStat(0, 0, 0, 0)
"""The stat that no file has: with it a file is read again by the next check, whatever was agreed on."""
_EDITED = "the file has other bytes than the vault; --accept-file takes them, --restore brings the archive's text back"


def replay(work: Workspace, days: Sequence[date] = (), *, dry_run: bool = False) -> Run:
    """Bring back what the vault holds of these days (default: all); outcomes for days that needed something, or were given.

    ArchiveMissing when the vault is empty. A given day of which the vault holds nothing is an outcome with OutOfReach.
    """
    kept = dict(_last(work))
    if not kept and next(work.vault.receipts(), None) is None:
        path = str(work.config.archive.vault or "")
        raise ArchiveMissing(
            f"the vault holds nothing to rebuild from{suggest_hosts(find_hosts_with_records(work).values())}", path=path
        )
    others = find_hosts_with_records(work)
    behind = {day for day in others if (not days or day in days) and _is_behind(work, day, kept.get(day))}
    wanted = sorted((set(days) & kept.keys() if days else kept.keys()) - behind)
    stale = {day: kept[day] for day in wanted if _needs_rows(work, kept[day])}
    unknown = [_unknown(work, day, others.get(day)) for day in sorted(behind | (set(days) - kept.keys()))]
    if dry_run:
        return Run((*_planned(work, wanted, stale), *unknown))
    if not days:
        _metadata(work)
    _rows(work, stale)
    return Run((*_files(work, wanted, stale, shows=days), *unknown))


def _unknown(work: Workspace, day: date, place: str | None) -> DayOutcome:
    error = OutOfReach(f"the vault holds no account of it{suggest_hosts([place] if place else [])}", days=(day,))
    return DayOutcome(day, work.report(day).state, Done.REFUSED, error=error)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the vault last knew of a day; `account` is held here only where the vault keeps no account of it."""

    mailing: Mailing
    account: MailingRecord | None = None


def _last(work: Workspace) -> Iterator[tuple[date, _Known]]:
    logged = {day: _Known(found.mailing) for day, found in journal.read_latest(work.vault).items()}
    first = next(journal.list_receipts(work.vault), None)
    derived: dict[date, MailingRecord] = {}
    for found in responses.responses(work.vault, work.config.archive.category):
        if isinstance(found, responses.Listed | responses.Adopted):
            if first is not None and _received(found) >= first.received:
                break
            _derive(work, found, derived)
    yield from {day: _Known(account[0], account) for day, account in derived.items() if day not in logged}.items()
    yield from logged.items()


def _received(found: responses.Listed | responses.Adopted) -> datetime:
    return found.receipt.received if isinstance(found, responses.Adopted) else found.receipts[-1].received


def _derive(work: Workspace, found: responses.Listed | responses.Adopted, derived: dict[date, MailingRecord]) -> None:
    """A mailing that was placed before accounts were kept, as it was placed then: a listing adds sections to an adopted file."""
    if isinstance(found, responses.Adopted):
        receipt, name = found.receipt, found.receipt.url.rpartition("/")[2]
        how = Provenance(State.ADOPTED, "adopted", f"heading of the adopted file {name}", receipt.sha256)
        if found.digest.day not in derived:
            derived[found.digest.day] = _account(work, found.digest, how, receipt.received)
        return
    listed, first, received = found.listing, found.receipts[0], _received(found)
    held = derived.get(listed.day)
    if not (listed.new or listed.cross) or (held is not None and held[0].state is State.COMPLETE):
        return
    digest: Digest | None = _as_announced(work, digests.from_listing(listed, work.config.archive.category), received)
    if held is not None and digest is not None:
        digest = _with_sections(held[1], digest)
    if digest is not None:
        how = Provenance(State.COMPLETE, listed.source, f"heading of {first.url}", first.sha256)
        derived[listed.day] = _account(work, digest, how, received)


def _account(work: Workspace, digest: Digest, how: Provenance, received: datetime) -> MailingRecord:
    return replace(make_mailing(digest, digests.render(digest), how, work), recorded=received), digest


def _as_announced(work: Workspace, digest: Digest, received: datetime) -> Digest:
    """New papers are of version 1 where the page came before the next mailing; the time of receipt is the real one."""
    if mailing.next_announcement(mailing.announced_at(digest.day), work.calendar()) <= received:
        return digest
    return replace(
        digest, entries=tuple(replace(e, version=1) if e.section is Section.NEW else e for e in digest.entries)
    )


def _with_sections(held: Digest, listed: Digest) -> Digest | None:
    """The held text with the sections of a listing of the same papers; None where the papers differ."""
    if [entry.id for entry in held.entries] != [entry.id for entry in listed.entries]:
        return None
    pairs = zip(held.entries, listed.entries, strict=True)
    return replace(held, entries=tuple(replace(ours, section=theirs.section) for ours, theirs in pairs))


def _is_behind(work: Workspace, day: date, known: _Known | None) -> bool:
    """Whether rows that another host recorded cannot be trusted, and this vault knows nothing, or only what was before them."""
    row = work.store.mailing(day)
    if row is None or (known is not None and known.mailing.recorded >= row.recorded):
        return False
    return day_state.find_corruption(row, work.store.digest(day), work.store.history(day)) is not None


def _needs_rows(work: Workspace, known: _Known) -> bool:
    """Whether the rows of a day are gone, cannot be trusted, or are of a time before the vault's last account."""
    day = known.mailing.day
    row = work.store.mailing(day)
    if row is None or row.recorded < known.mailing.recorded:
        return True
    return day_state.find_corruption(row, work.store.digest(day), work.store.history(day)) is not None


def _planned(work: Workspace, days: Iterable[date], stale: Collection[date]) -> Iterator[DayOutcome]:
    for day in days:
        report, path = work.report(day), work.folder.path_of(day)
        if day in stale or work.folder.stat(day) is None:
            yield DayOutcome(day, report.state, Done.PLANNED, path, report.papers, note="rebuild from the vault")


def _rows(work: Workspace, stale: Mapping[date, _Known]) -> None:
    """The rows of these days, in the order in which they were recorded, so that their history is whole again."""
    _put(work, [known.account for known in stale.values() if known.account is not None])
    for receipt in journal.list_receipts(work.vault):
        page = [account for account in journal.read_records(work.vault, receipt) if account[0].day in stale]
        _put(work, page)


def _put(work: Workspace, page: Sequence[MailingRecord]) -> None:
    for start in range(0, len(page), PAGE):
        with work.write_lock():
            _keep_rows(work, page[start : start + PAGE])
            work.store.put_mailings(page[start : start + PAGE])
            work.steps("row")
            for row, _ in page[start : start + PAGE]:
                found = work.store.finding(row.day)
                if found is not None and found.state is not State.CONFLICT:
                    work.store.drop_finding(row.day)


def _keep_rows(work: Workspace, page: Sequence[MailingRecord]) -> None:
    """What rows that are to give way say, where they say anything, and other than what comes."""
    for row, _ in page:
        with suppress(ValueError, TypeError, AttributeError):  # rows beyond rendering leave nothing to keep
            held = work.store.digest(row.day)
            if held is not None and held.entries and sha256(digests.render(held)) != row.sha256:
                keep_aside(work, work.folder.path_of(row.day), digests.render(held))


def _files(
    work: Workspace, wanted: Sequence[date], stale: Collection[date], *, shows: Collection[date]
) -> Iterator[DayOutcome]:
    for start in range(0, len(wanted), PAGE):
        page = wanted[start : start + PAGE]
        with work.write_lock():
            outcomes = [_file(work, digest, rebuilt=digest.day in stale) for digest in _held(work, page)]
            checksums.update_years(work, page)
        yield from (one for one in outcomes if one.action is not Done.NONE or one.note or one.day in shows)


def _held(work: Workspace, page: Sequence[date]) -> list[Digest]:
    return list(day_state.read_digests(work, page, len(page)))


def _file(work: Workspace, digest: Digest, *, rebuilt: bool) -> DayOutcome:
    """The day's file, and its agreement with the row."""
    day, data = digest.day, digests.render(digest)
    sha, agreed, report = sha256(data), work.store.list_agreed_hashes(day, day).get(day), work.report(day)
    done = DayOutcome(day, report.state, Done.NONE, work.folder.path_of(day), report.papers, source=report.source)
    try:
        found = work.folder.read_with_stat(day)
        if found is not None and found[0] == data:
            if not rebuilt and agreed == sha:
                return done
            _settle(work, day, sha, found[1])
            return replace(done, action=Done.REGISTERED)
        if found is not None and agreed != sha256(found[0]):
            if agreed is None:  # so that repair can tell the edited side
                _settle(work, day, sha, _NO_STAT)
            return replace(done, note=_EDITED)
        if found is not None:
            keep_aside(work, work.folder.path_of(day), found[0])
        stat = work.folder.write(day, data)
    except FolderError as error:
        return replace(done, action=Done.REFUSED, error=error)
    work.steps("file")
    _settle(work, day, sha, stat)
    return replace(done, action=Done.RESTORED)


def _settle(work: Workspace, day: date, sha: str, stat: FileStat) -> None:
    work.store.record_agreements([Agreement(day, sha, stat, work.wall())])


def _metadata(work: Workspace) -> None:
    """Current metadata, texts of versions, and dates that an empty page showed to have no mailing, in the order received."""
    for found in responses.responses(work.vault, work.config.archive.category):
        if isinstance(found, responses.Metadata):
            work.store.put_records(to_current(found.batch.records, "oai", found.receipt.received))
        elif isinstance(found, responses.Versions):
            work.store.put_versions(
                VersionText(one.paper.id, Version(1, one.published), one.paper.title, one.paper.abstract or "")
                for one in found.answer.found
                if one.paper.version == 1
            )
        elif isinstance(found, responses.Listed):
            _listed(work, found)


def _listed(work: Workspace, found: responses.Listed) -> None:
    listed, first = found.listing, found.receipts[0]
    if listed.new or listed.cross:
        work.store.put_listed((*listed.new, *listed.cross), listed.source, found.receipts[-1].received)
    elif found.over and work.store.mailing(listed.day) is None:
        told = f"{first.url} is empty, and later mailings exist"
        work.store.put_finding(
            Finding(listed.day, State.NO_MAILING, listed.source, told, first.sha256, None, first.received)
        )
