"""Keep a journal in the vault: every mailing as it went into the rows, so that a replay is exact.

Raw responses alone do not say what was written: which text a person accepted, what metadata proved at the time, which version a
page showed. A text that a kept response holds is not repeated: the journal names the response, and the hash of the text.

    mailing ─► record_in_journal ─► one line for each mailing ─► list_accounts ─► stored_texts.restore_digests ─► mailing
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

from syncd.core import digest as digests
from syncd.core.errors import FolderError
from syncd.core.model import Certainty, Digest, Entry, Mailing, PaperId, Section, State

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from syncd.archive.files.vault import Vault
    from syncd.archive.sql.mailings import MailingRecord
    from syncd.core.model import Paper, Receipt
    from syncd.usecases.workspace import Workspace

KIND = "placed"
"""The kind of the journal's receipts. It is stored in vaults: never change it."""
ACCEPTED = "the file's text was accepted"
"""How the evidence of a mailing ends whose text a person has accepted from its file."""
_FORMAT = 2
_READ_FORMATS = frozenset({1, _FORMAT})
"""Format 1 has every text itself, as format 2 may."""
_NAME = "syncd:placed"


class Origin(NamedTuple):
    """Where a text can be read again: in one of these kept responses (vault hashes), and its own hash by `hash_text`.

    There are several responses where it is not known which one of them it was.
    """

    responses: tuple[str, ...]
    hash: str


@dataclass(frozen=True, slots=True)
class AccountEntry:
    """A paper in an account. `text` is title and abstract where the journal has them, else `origin` says where they are."""

    id: PaperId
    section: Section | None
    version: int | None
    certainty: Certainty
    text: tuple[str, str] | None
    origin: Origin | None

    def with_text(self, title: str, abstract: str) -> Entry:
        """Return the entry of the digest with its text."""
        return Entry(self.id, title, abstract, self.section, self.version, self.certainty)


@dataclass(frozen=True, slots=True)
class Account:
    """What the journal recorded of a mailing at one moment: its record, and its papers in their order."""

    mailing: Mailing
    category: str
    entries: tuple[AccountEntry, ...]

    @property
    def responses(self) -> frozenset[str]:
        """The vault hashes of the responses that hold its texts."""
        return frozenset(sha for entry in self.entries if entry.origin for sha in entry.origin.responses)


@dataclass(frozen=True, slots=True)
class LatestRecord:
    """What the journal last recorded of a day, and the hashes of the texts that the day had before, oldest first."""

    mailing: Mailing
    before: tuple[str, ...] = ()


def record_in_journal(
    work: Workspace, records: Sequence[MailingRecord], origins: Mapping[date, Mapping[PaperId, Origin]] | None = None
) -> None:
    """Keep the mailings that are about to be written. `origins` says where texts of each day are kept already.

    Call this before the rows are written: a record without rows does no harm, rows without a record cannot be replayed.
    """
    if records:
        days = [mailing.day for mailing, _ in records]
        known = origins or {}
        body = b"".join(_render(mailing, digest, known.get(mailing.day, {})) for mailing, digest in records)
        name = f"{_NAME}/{min(days)}/{max(days)}"
        work.vault.put(kind=KIND, url=name, status=0, headers=(), body=body, received=work.wall())


def list_accounts(vault: Vault, days: Collection[date] = ()) -> Iterator[Account]:
    """Yield what was recorded of these days (default: all), in the order of recording. No response is read.

    FolderError when a part of the journal that may name these days is missing or cannot be understood.
    """
    wanted = frozenset(days)
    for receipt in list_receipts(vault):
        first, last = get_span(receipt)
        if not wanted or any(first <= day <= last for day in wanted):
            yield from (one for one in read_accounts(vault, receipt) if not wanted or one.mailing.day in wanted)


def read_accounts(vault: Vault, receipt: Receipt) -> Iterator[Account]:
    """Yield the accounts kept together under one receipt. FolderError when they cannot be understood."""
    try:
        for line in vault.get(receipt.sha256).splitlines():
            yield _parse(json.loads(line))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise FolderError("not a journal of mailings", path=receipt.url) from error


def read_latest(vault: Vault) -> dict[date, LatestRecord]:
    """Return the latest record of every day, days ascending."""
    latest: dict[date, LatestRecord] = {}
    for account in list_accounts(vault):
        older = latest.get(account.mailing.day)
        before = (*older.before, older.mailing.sha256) if older else ()
        latest[account.mailing.day] = LatestRecord(account.mailing, before)
    return dict(sorted(latest.items()))


def get_span(receipt: Receipt) -> tuple[date, date]:
    """Return the first and the last day of the records under a receipt. All days where its name does not say them."""
    try:
        first, last = map(date.fromisoformat, receipt.url.removeprefix(f"{_NAME}/").split("/"))
    except ValueError:
        return date.min, date.max
    return first, last


def list_receipts(vault: Vault) -> Iterator[Receipt]:
    """Yield the receipts of the journal, by time."""
    return (receipt for receipt in vault.receipts() if receipt.kind == KIND)


def name_origins(shown: Iterable[Paper | Entry], response: str | None) -> dict[PaperId, Origin]:
    """Return where the texts that a kept response shows can be read again. Nothing without a response."""
    if response is None:
        return {}
    place = (response,)
    return {one.id: Origin(place, hash_text(one.title, one.abstract or "")) for one in shown}


def hash_text(title: str, abstract: str) -> str:
    """Return the hash by which a text is known again among those of its paper: 16 hexadecimal digits."""
    return blake2b(f"{title}\n{abstract}".encode(), digest_size=8).hexdigest()


def _render(mailing: Mailing, digest: Digest, origins: Mapping[PaperId, Origin]) -> bytes:
    """Return a record as one line of JSON."""
    places: dict[tuple[str, ...], int] = {}
    entries = [_render_entry(entry, origins.get(entry.id), places) for entry in digest.entries]
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
        "texts_in": list(places),
        "entries": entries,
    }
    return f"{json.dumps(fields, ensure_ascii=False, separators=(',', ':'))}\n".encode()


def _render_entry(entry: Entry, origin: Origin | None, places: dict[tuple[str, ...], int]) -> tuple[Any, ...]:
    """Return the fields of an entry: its text, or the place of its responses in `places`, which it joins, and its hash.

    An origin of another text says nothing.
    """
    facts = entry.section, entry.version, entry.certainty
    if origin is None or origin.hash != hash_text(entry.title, entry.abstract):
        return (entry.id, entry.title, entry.abstract, *facts)
    return (entry.id, places.setdefault(origin.responses, len(places)), origin.hash, *facts)


def _parse(fields: dict[str, Any]) -> Account:
    """Return the account that a line of JSON holds. ValueError, KeyError, TypeError or IndexError when it holds none."""
    if fields["format"] not in _READ_FORMATS:
        raise ValueError("written by a newer syncd")
    places = [tuple(place) for place in fields.get("texts_in", ())]
    entries = tuple(_parse_entry(entry, places) for entry in fields["entries"])
    new, cross = digests.count_sections(entry.with_text("", "") for entry in entries)
    mailing = Mailing(
        day=date.fromisoformat(fields["day"]),
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
    return Account(mailing, fields["category"], entries)


def _parse_entry(fields: Sequence[Any], places: Sequence[tuple[str, ...]]) -> AccountEntry:
    paper, title, rest, section, version, certainty = fields
    is_kept_elsewhere = isinstance(title, int)
    return AccountEntry(
        id=PaperId(paper),
        section=Section(section) if section else None,
        version=version,
        certainty=Certainty(certainty),
        text=None if is_kept_elsewhere else (title, rest),
        origin=Origin(places[title], rest) if is_kept_elsewhere else None,
    )
