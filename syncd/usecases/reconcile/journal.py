"""Every mailing as it went into the rows, kept in the vault: the archive's own log, from which a replay is exact.

Raw responses alone do not say what was placed: on which text a person insisted, what metadata proved at the time, which
version a page showed. It must not judge; `syncd.usecases.replay.verify` holds these accounts against the raw responses.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from syncd.core.errors import FolderError
from syncd.core.model import Digest, Entry, Mailing, PaperId, Placed, Section, State

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from syncd.archive.files.vault import Vault
    from syncd.archive.sql.mailings import MailingRecord
    from syncd.core.model import Receipt
    from syncd.usecases.workspace import Workspace

KIND = "placed"
ACCEPTED = "the file's text was accepted"
"""How the evidence of a mailing ends whose text a person has accepted from its file."""
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class LatestRecord:
    """What the vault last recorded of a day: the record, and the hashes of the texts it had before, oldest first."""

    mailing: Mailing
    before: tuple[str, ...] = ()


def record_in_journal(work: Workspace, accounts: Sequence[MailingRecord]) -> None:
    """Keep what is about to be placed, before the rows are written: an account too many harms nobody, one too few is lost."""
    if accounts:
        days = [mailing.day for mailing, _ in accounts]
        body = b"".join(_line(*account) for account in accounts)
        name = f"syncd:placed/{min(days)}/{max(days)}"
        work.vault.put(kind=KIND, url=name, status=0, headers=(), body=body, received=work.wall())


def read_records(vault: Vault, receipt: Receipt) -> Iterator[MailingRecord]:
    """The accounts kept together under one receipt; FolderError when they cannot be understood."""
    try:
        for line in vault.get(receipt.sha256).splitlines():
            yield _account(json.loads(line))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FolderError("not an account of mailings", path=receipt.url) from error


def read_latest(vault: Vault) -> dict[date, LatestRecord]:
    """The last account of every day, days ascending."""
    found: dict[date, LatestRecord] = {}
    for receipt in list_receipts(vault):
        for mailing, _ in read_records(vault, receipt):
            before = found.get(mailing.day)
            found[mailing.day] = LatestRecord(mailing, (*before.before, before.mailing.sha256) if before else ())
    return dict(sorted(found.items()))


def list_receipts(vault: Vault) -> Iterator[Receipt]:
    """The receipts of accounts, by time."""
    return (receipt for receipt in vault.receipts() if receipt.kind == KIND)


def _line(mailing: Mailing, digest: Digest) -> bytes:
    fields = {
        "format": _FORMAT,
        "category": digest.category,
        "day": str(mailing.day),
        "state": mailing.state,
        "source": mailing.source,
        "evidence": mailing.evidence,
        "response": mailing.response,
        "sha256": mailing.sha256,
        "tail": mailing.tail,
        "recorded": mailing.recorded.isoformat(),
        "entries": [(e.id, e.title, e.abstract, e.section, e.version, e.placed) for e in digest.entries],
    }
    return f"{json.dumps(fields, ensure_ascii=False, separators=(',', ':'))}\n".encode()


def _account(fields: dict[str, Any]) -> MailingRecord:
    if fields["format"] != _FORMAT:
        raise ValueError("of a newer syncd")
    entries = tuple(_entry(entry) for entry in fields["entries"])
    day = date.fromisoformat(fields["day"])
    sections = [entry.section for entry in entries]
    certain = None not in sections
    mailing = Mailing(
        day=day,
        state=State(fields["state"]),
        source=fields["source"],
        evidence=fields["evidence"],
        response=fields["response"],
        sha256=fields["sha256"],
        tail=fields["tail"],
        papers=len(entries),
        new=sections.count(Section.NEW) if certain else None,
        cross=sections.count(Section.CROSS) if certain else None,
        recorded=datetime.fromisoformat(fields["recorded"]).astimezone(UTC),
    )
    return mailing, Digest(day, fields["category"], entries, fields["tail"])


def _entry(fields: Sequence[Any]) -> Entry:
    paper, title, abstract, section, version, placed = fields
    return Entry(PaperId(paper), title, abstract, Section(section) if section else None, version, Placed(placed))
