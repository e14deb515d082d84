"""Keep a journal in the vault: every mailing as it went into the rows, so that a replay is exact.

Raw responses alone do not say what was written: which text a person accepted, what metadata proved at the time, which version a
page showed. This module does not compare the two: `syncd.usecases.replay.verify` checks the journal against raw responses.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from syncd.core import digest as digests
from syncd.core.errors import FolderError
from syncd.core.model import Certainty, Digest, Entry, Mailing, PaperId, Section, State

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from syncd.archive.files.vault import Vault
    from syncd.archive.sql.mailings import MailingRecord
    from syncd.core.model import Receipt
    from syncd.usecases.workspace import Workspace

KIND = "placed"
"""The kind of the journal's receipts. It is stored in vaults: never change it."""
ACCEPTED = "the file's text was accepted"
"""How the evidence of a mailing ends whose text a person has accepted from its file."""
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class LatestRecord:
    """What the journal last recorded of a day, and the hashes of the texts that the day had before, oldest first."""

    mailing: Mailing
    before: tuple[str, ...] = ()


def record_in_journal(work: Workspace, records: Sequence[MailingRecord]) -> None:
    """Keep the mailings that are about to be written.

    Call this before the rows are written: a record without rows does no harm, rows without a record cannot be replayed.
    """
    if records:
        days = [mailing.day for mailing, _ in records]
        body = b"".join(_render(*record) for record in records)
        name = f"syncd:placed/{min(days)}/{max(days)}"
        work.vault.put(kind=KIND, url=name, status=0, headers=(), body=body, received=work.wall())


def read_records(vault: Vault, receipt: Receipt) -> Iterator[MailingRecord]:
    """Yield the records kept together under one receipt. FolderError when they cannot be understood."""
    try:
        for line in vault.get(receipt.sha256).splitlines():
            yield _parse(json.loads(line))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FolderError("not a journal of mailings", path=receipt.url) from error


def read_latest(vault: Vault) -> dict[date, LatestRecord]:
    """Return the latest record of every day, days ascending."""
    latest: dict[date, LatestRecord] = {}
    for receipt in list_receipts(vault):
        for mailing, _ in read_records(vault, receipt):
            older = latest.get(mailing.day)
            latest[mailing.day] = LatestRecord(mailing, (*older.before, older.mailing.sha256) if older else ())
    return dict(sorted(latest.items()))


def list_receipts(vault: Vault) -> Iterator[Receipt]:
    """Yield the receipts of the journal, by time."""
    return (receipt for receipt in vault.receipts() if receipt.kind == KIND)


def _render(mailing: Mailing, digest: Digest) -> bytes:
    """Return a record as one line of JSON."""
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
        "entries": [(e.id, e.title, e.abstract, e.section, e.version, e.certainty) for e in digest.entries],
    }
    return f"{json.dumps(fields, ensure_ascii=False, separators=(',', ':'))}\n".encode()


def _parse(fields: dict[str, Any]) -> MailingRecord:
    """Return the record that a line of JSON holds. ValueError, KeyError or TypeError when it holds none."""
    if fields["format"] != _FORMAT:
        raise ValueError("written by a newer syncd")
    day = date.fromisoformat(fields["day"])
    entries = tuple(
        Entry(PaperId(paper), title, abstract, Section(section) if section else None, version, Certainty(certainty))
        for paper, title, abstract, section, version, certainty in fields["entries"]
    )
    new, cross = digests.count_sections(entries)
    mailing = Mailing(
        day=day,
        state=State(fields["state"]),
        source=fields["source"],
        evidence=fields["evidence"],
        response=fields["response"],
        sha256=fields["sha256"],
        tail=fields["tail"],
        papers=len(entries),
        new=new,
        cross=cross,
        recorded=datetime.fromisoformat(fields["recorded"]).astimezone(UTC),
    )
    return mailing, Digest(day, fields["category"], entries, fields["tail"])
