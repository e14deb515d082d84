"""Mailings that were recorded before the vault kept a journal, derived from the listings and adopted files themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from syncd.core import digest as digests
from syncd.core import mailing
from syncd.core.model import Section, State
from syncd.usecases.reconcile.write import Provenance, make_mailing
from syncd.usecases.replay.responses import AdoptedFile, ListedMailing, read_responses

if TYPE_CHECKING:
    from datetime import date, datetime

    from syncd.archive.files.vault import OnFault
    from syncd.archive.sql.mailings import MailingRecord
    from syncd.core.model import Digest, Receipt
    from syncd.usecases.workspace import Workspace


def derive_records(
    work: Workspace, until: datetime | None, on_fault: OnFault | None = None
) -> dict[date, MailingRecord]:
    """Return the mailings as they were recorded from responses received before `until`, where the journal begins.

    A listing adds sections to a file that was adopted before it, and completes its state.
    """
    derived: dict[date, MailingRecord] = {}
    for found in read_responses(work.vault, work.config.archive.category, on_fault, is_wanted=_may_be_mailing):
        if not isinstance(found, ListedMailing | AdoptedFile):
            continue
        if until is not None and found.received >= until:
            break
        if isinstance(found, ListedMailing):
            record = _record_listed(work, found, derived.get(found.listing.day))
        else:
            record = _record_adopted(work, found) if found.digest.day not in derived else None
        if record is not None:
            derived[record[0].day] = record
    return derived


def _may_be_mailing(receipt: Receipt) -> bool:
    """Return whether a receipt may be of a listing or of a file: not of bulk metadata or the API, by its address."""
    return not any(part in receipt.url for part in ("verb=", "id_list="))


def _record_adopted(work: Workspace, found: AdoptedFile) -> MailingRecord:
    name = found.receipt.url.rpartition("/")[2]
    how = Provenance(State.ADOPTED, "adopted", f"heading of the adopted file {name}", found.receipt.sha256)
    return _record(work, found.digest, how, found.received)


def _record_listed(work: Workspace, found: ListedMailing, held: MailingRecord | None) -> MailingRecord | None:
    """Return the record of a listing, or None for one without papers, or of a mailing that was complete already."""
    listed, first = found.listing, found.receipts[0]
    if not (listed.new or listed.cross) or (held is not None and held[0].state is State.COMPLETE):
        return None
    shown = digests.from_listing(listed, work.config.archive.category)
    digest: Digest | None = _with_first_versions(work, shown, found.received)
    if held is not None and digest is not None:
        digest = _with_sections(held[1], digest)
    if digest is None:
        return None
    how = Provenance(State.COMPLETE, listed.source, f"heading of {first.url}", first.sha256)
    return _record(work, digest, how, found.received)


def _record(work: Workspace, digest: Digest, how: Provenance, received: datetime) -> MailingRecord:
    return replace(make_mailing(digest, digests.render(digest), how, work), recorded=received), digest


def _with_first_versions(work: Workspace, digest: Digest, received: datetime) -> Digest:
    """Return the digest with new papers as version 1 where the page came before the next mailing, by the real time."""
    if mailing.next_announcement(mailing.announced_at(digest.day), work.calendar()) <= received:
        return digest
    entries = (replace(e, version=1) if e.section is Section.NEW else e for e in digest.entries)
    return replace(digest, entries=tuple(entries))


def _with_sections(held: Digest, listed: Digest) -> Digest | None:
    """Return the held text with the sections of a listing of the same papers, or None where the papers differ."""
    if [entry.id for entry in held.entries] != [entry.id for entry in listed.entries]:
        return None
    pairs = zip(held.entries, listed.entries, strict=True)
    return replace(held, entries=tuple(replace(ours, section=theirs.section) for ours, theirs in pairs))
