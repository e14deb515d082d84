"""Keep a journal in the vault: every mailing as it went into the rows, so that a replay is exact.

Raw responses alone do not say what was written: which text a person accepted, what metadata proved at the time, which version a
page showed. A text that a kept response holds is not repeated: the journal names the response, and the hash of the text.

    mailing ─► record_in_journal ─► one line for each mailing ─► list_accounts ─► stored_texts.restore_digests ─► mailing
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import field
from datetime import UTC, date, datetime
from hashlib import blake2b
from sys import intern
from typing import TYPE_CHECKING, Any, NamedTuple

from syncd.archive.files.vault import LOST
from syncd.core.errors import READING_ERRORS, FolderError
from syncd.core.model import Certainty, Digest, Entry, Mailing, PaperId, Paragraphs, Section, State
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from syncd.archive.files.vault import OnFault, Vault
    from syncd.archive.sql.mailings import MailingRecord
    from syncd.core.model import Paper, Receipt
    from syncd.sources.listing import Page
    from syncd.usecases.workspace import Workspace

KIND = "placed"
"""The kind of the journal's receipts. It is stored in vaults: never change it."""
ACCEPTED = "the file's text was accepted"
"""How the evidence of a mailing ends whose text a person has accepted from its file."""
_FORMAT = 2
_READ_FORMATS = frozenset({1, _FORMAT})
"""Format 1 has every text itself, as format 2 may."""
_NAME = "syncd:placed"
_SECTION_AT = 3
"""Where the section stands among the fields of an entry."""


Knowledge = tuple[int, int]
"""How much is known of a mailing. The greater value is the fuller account."""
_EVIDENCE = tuple(State)


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
    reason: str | None
    paragraphs: Paragraphs
    text: tuple[str, str] | None
    origin: Origin | None

    def with_text(self, title: str, abstract: str) -> Entry:
        """Return the entry of the digest with its text."""
        return Entry(self.id, title, abstract, self.section, self.version, self.certainty, self.reason, self.paragraphs)


@dataclass(frozen=True, slots=True)
class Account:
    """What the journal recorded of a mailing at one moment: its record, and its papers in their order."""

    mailing: Mailing
    category: str
    entries: tuple[AccountEntry, ...]

    @property
    def knowledge(self) -> Knowledge:
        """Return how much it knows of its papers, to compare it with other accounts of the same text."""
        facts = ((one.section, one.version, one.certainty) for one in self.entries)
        return measure_knowledge(self.mailing.state, facts)

    @property
    def responses(self) -> frozenset[str]:
        """The vault hashes of the responses that hold its texts."""
        return frozenset(sha for entry in self.entries if entry.origin for sha in entry.origin.responses)


@dataclass(frozen=True, slots=True)
class LatestRecord:
    """What the journal last recorded of a day, and the hashes of the texts that the day had before, oldest first.

    `responses` are the vault hashes of the responses that hold its texts. `fullest` is the record of this very text that knows
    most of its papers, and `knowledge` how much that is. It may be an older one.
    """

    mailing: Mailing
    before: tuple[str, ...] = ()
    responses: frozenset[str] = field(default=frozenset(), compare=False)
    fullest: Mailing | None = field(default=None, compare=False)
    knowledge: Knowledge = field(default=(0, 0), compare=False)


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


def list_accounts(vault: Vault, days: Collection[date] = (), on_fault: OnFault | None = None) -> Iterator[Account]:
    """Yield what was recorded of these days (default: all), in the order of recording. No response is read.

    FolderError at a part of the journal that may name these days and is missing or cannot be understood. With `on_fault`, call
    it with the error and go on.
    """
    wanted = frozenset(days)
    for fields, receipt in _read_lines(vault, wanted, on_fault):
        with _understand(receipt, on_fault):
            account = _parse(fields)
            if not wanted or account.mailing.day in wanted:
                yield account


def read_accounts(vault: Vault, receipt: Receipt) -> Iterator[Account]:
    """Yield the accounts kept together under one receipt. FolderError when they cannot be read."""
    for fields in _read_part(vault, receipt, None):
        with _understand(receipt, None):
            yield _parse(fields)


def read_latest(vault: Vault, days: Collection[date] = (), on_fault: OnFault | None = None) -> dict[date, LatestRecord]:
    """Return the latest record of each of these days (default: all), ascending. Faults are those of `list_accounts`."""
    wanted = frozenset(days)
    latest: dict[date, LatestRecord] = {}
    fullest: dict[tuple[date, str], tuple[Knowledge, Mailing]] = {}
    for fields, receipt in _read_lines(vault, wanted, on_fault):
        with _understand(receipt, on_fault):
            mailing = _parse_mailing(fields)
            if wanted and mailing.day not in wanted:
                continue
            # Thousands of days name the same hundred responses.
            responses = frozenset(intern(sha256) for place in fields.get("texts_in", ()) for sha256 in place)
            older = latest.get(mailing.day)
            before = (*older.before, older.mailing.sha256) if older else ()
            facts = (entry[_SECTION_AT : _SECTION_AT + 3] for entry in fields["entries"])
            knowledge = measure_knowledge(mailing.state, facts)
            same = fullest.get((mailing.day, mailing.sha256))
            if same is None or same[0] <= knowledge:
                same = fullest[mailing.day, mailing.sha256] = knowledge, mailing
            latest[mailing.day] = LatestRecord(mailing, before, responses, same[1], same[0])
    return dict(sorted(latest.items()))


def measure_knowledge(state: State, facts: Iterable[Iterable[object]]) -> Knowledge:
    """Return how good the evidence of a mailing is, and how many sections, versions and dates of its entries are known.

    `facts` are section, version and certainty of each entry. Only values of one text can be compared.
    """
    unknown = None, Certainty.ADOPTED.value
    return -_EVIDENCE.index(state), sum(one not in unknown for of_entry in facts for one in of_entry)


def measure_digest(state: State, digest: Digest) -> Knowledge:
    """Return the same of a digest."""
    return measure_knowledge(state, ((one.section, one.version, one.certainty) for one in digest.entries))


def get_span(receipt: Receipt) -> tuple[date, date]:
    """Return the first and the last day of the records under a receipt. All days where its name does not say them."""
    try:
        first, last = map(date.fromisoformat, receipt.url.removeprefix(f"{_NAME}/").split("/"))
    except ValueError:
        return date.min, date.max
    return first, last


def list_receipts(vault: Vault, on_fault: OnFault | None = None) -> Iterator[Receipt]:
    """Yield the receipts of the journal, by time."""
    return (receipt for receipt in vault.receipts(on_fault=on_fault) if receipt.kind == KIND)


def describe_days(receipt: Receipt) -> str:
    """Return in words which days a part of the journal has."""
    return " to ".join(dict.fromkeys(receipt.url.removeprefix(f"{_NAME}/").split("/")))


def name_origins(shown: Iterable[Paper | Entry], response: str | None) -> dict[PaperId, Origin]:
    """Return where the texts that a kept response shows can be read again. Nothing without a response."""
    if response is None:
        return {}
    place = (response,)
    return {one.id: Origin(place, hash_text(one.title, one.abstract or "")) for one in shown}


def find_origins(
    pages: Sequence[Page], kept: Sequence[str | None], replaced: Mapping[PaperId, Origin | None]
) -> dict[PaperId, Origin]:
    """Return where each text of a listing is kept. Each page has its kept response, None without a vault.

    `replaced` are the papers whose texts are not those of the pages, with the place that holds them if any does.
    """
    found: dict[PaperId, Origin] = {}
    for page, response in zip(pages, kept, strict=True):
        found |= name_origins((paper for block in page.blocks for paper in block.papers), response)
    places = ((paper, replaced.get(paper, origin)) for paper, origin in found.items())
    return {paper: origin for paper, origin in places if origin is not None}


def hash_text(title: str, abstract: str) -> str:
    """Return the hash by which a text is known again among those of its paper: 16 hexadecimal digits."""
    return blake2b(f"{title}\n{abstract}".encode(), digest_size=8).hexdigest()


def _read_lines(
    vault: Vault, days: Collection[date], on_fault: OnFault | None
) -> Iterator[tuple[dict[str, Any], Receipt]]:
    """Yield the lines of the parts that may hold these days (default: all), each with the receipt of its part."""
    for receipt in list_receipts(vault, on_fault):
        first, last = get_span(receipt)
        if not days or any(first <= day <= last for day in days):
            yield from ((fields, receipt) for fields in _read_part(vault, receipt, on_fault))


def _read_part(vault: Vault, receipt: Receipt, on_fault: OnFault | None) -> Iterator[dict[str, Any]]:
    with _understand(receipt, on_fault):
        for line in vault.get(receipt.sha256).splitlines():
            yield json.loads(line)


@contextmanager
def _understand(receipt: Receipt, on_fault: OnFault | None) -> Iterator[None]:
    """Turn what a broken part of the journal raises into an error that names its days. Hand it to `on_fault` if given."""
    try:
        yield
    except (*READING_ERRORS, FolderError) as error:
        known = error if isinstance(error, FolderError) else FolderError("not one", path=receipt.url, remedy=LOST)
        why = f"the journal of {describe_days(receipt)} cannot be read: {known.detail}"
        fault = FolderError(why, path=known.path, passing=known.passing, remedy=known.remedy)
        if on_fault is None:
            raise fault from error
        on_fault(fault)


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
    paragraphs = () if entry.paragraphs is Paragraphs.KEPT else (entry.paragraphs,)
    reason = () if entry.reason is None and not paragraphs else (entry.reason,)
    facts = entry.section, entry.version, entry.certainty, *reason, *paragraphs
    if origin is None or origin.hash != hash_text(entry.title, entry.abstract):
        return (entry.id, entry.title, entry.abstract, *facts)
    return (entry.id, places.setdefault(origin.responses, len(places)), origin.hash, *facts)


def _parse(fields: dict[str, Any]) -> Account:
    """Return the account that a line of JSON holds. ValueError, KeyError, TypeError or IndexError when it holds none."""
    mailing = _parse_mailing(fields)
    places = [tuple(place) for place in fields.get("texts_in", ())]
    return Account(mailing, fields["category"], tuple(_parse_entry(entry, places) for entry in fields["entries"]))


def _parse_mailing(fields: dict[str, Any]) -> Mailing:
    """Return the record of the mailing that a line of JSON holds."""
    if fields["format"] not in _READ_FORMATS:
        raise ValueError("written by a newer syncd")
    sections = [entry[_SECTION_AT] for entry in fields["entries"]]
    are_known = None not in sections
    return Mailing(
        day=date.fromisoformat(fields["day"]),
        state=State(fields["state"]),
        source=fields["source"],
        evidence=fields["evidence"],
        response=fields["response"],
        sha256=fields["sha256"],
        tail=fields["tail"],
        papers=len(sections),
        new=sections.count(Section.NEW) if are_known else None,
        cross=sections.count(Section.CROSS) if are_known else None,
        recorded=datetime.fromisoformat(fields["recorded"]).astimezone(UTC),
    )


def _parse_entry(fields: Sequence[Any], places: Sequence[tuple[str, ...]]) -> AccountEntry:
    paper, title, rest, section, version, certainty, *more = fields
    is_kept_elsewhere = isinstance(title, int)
    return AccountEntry(
        id=PaperId(paper),
        section=Section(section) if section else None,
        version=version,
        certainty=Certainty(certainty),
        reason=more[0] if more else None,
        paragraphs=Paragraphs(more[1]) if len(more) > 1 else Paragraphs.KEPT,
        text=None if is_kept_elsewhere else (title, rest),
        origin=Origin(places[title], rest) if is_kept_elsewhere else None,
    )
