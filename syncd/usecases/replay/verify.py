"""Verify that the archive equals what its raw responses say: rows and files against the vault. It changes nothing.

rows, files ─► the journal of what was recorded ─► listing pages, adopted bytes, metadata and API answers behind it

Ours is the archive, theirs the vault. What no raw response holds (a snapshot file, a person's edit) is not compared.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TYPE_CHECKING

from syncd.archive.files.vault import raise_passing
from syncd.core import diff as diffs
from syncd.core import digest as digests
from syncd.core import markup
from syncd.core.digest.hashing import sha256
from syncd.core.errors import ArchiveMissing, FolderError
from syncd.core.model import Change, Paragraphs, State
from syncd.core.paragraphs import fold_paragraphs
from syncd.core.plural import pluralize
from syncd.core.results import Comparison, NotCompared
from syncd.usecases.progress import UNSTOPPED, Cancelled, Progress
from syncd.usecases.reconcile import day_state, journal
from syncd.usecases.reconcile.response_locations import find_hosts_with_responses, suggest_hosts
from syncd.usecases.reconcile.stored_texts import find_lost_responses
from syncd.usecases.replay.responses import (
    AdoptedFile,
    ListedMailing,
    MetadataPage,
    StoredResponse,
    VersionsAnswer,
    read_responses,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import date

    from syncd.core.model import Mailing, PaperId
    from syncd.usecases.progress import RunControl
    from syncd.usecases.reconcile.journal import LatestRecord
    from syncd.usecases.workspace import Workspace

_LISTING_SOURCES = frozenset({"new", "catchup", "page"})
_SOURCES_WITH_TEXTS = _LISTING_SOURCES | {"oai"}
_TEXT_FIELDS = frozenset({"title", "abstract"})


def verify(work: Workspace, days: Sequence[date] = (), control: RunControl = UNSTOPPED) -> Comparison:
    """Return every difference between the archive and its vault on these days (default: all), by date.

    ArchiveMissing when the vault is empty. What is lost or damaged in it is a difference of the days that need it, and what
    the disk does not give now a FolderError. Where `control` stops the work, the differences found until then are returned.
    """
    hosts = find_hosts_with_responses(work)
    if next(work.vault.receipts(on_fault=raise_passing), None) is None:
        detail = f"the vault holds nothing to verify with{suggest_hosts(hosts.values())}"
        raise ArchiveMissing(detail, path=str(work.config.archive.vault or ""))
    faults: list[FolderError] = []

    def note(error: FolderError) -> None:
        raise_passing(error)
        faults.append(error)

    records, rows = journal.read_latest(work.vault, on_fault=note), work.store.mailings()
    wanted = sorted({*records, *rows} & set(days) if days else {*records, *rows})
    verification = _ResponseVerification(work, {day: rows[day] for day in wanted if day in rows}, records, hosts)
    changes, is_cancelled = list[Change](), False
    try:
        changes += _compare_with_journal(work, wanted, records, rows, control)
        changes += _report_unrecorded([day for day in wanted if day not in hosts], records, rows, faults)
        verification.run(control)
    except Cancelled:
        is_cancelled = True
    unheld = [NotCompared(day, "mailing", "neither archive nor vault holds it") for day in set(days) - set(wanted)]
    found = sorted([*changes, *verification.changes], key=lambda change: change.day)
    skipped = sorted([*verification.skipped, *unheld], key=lambda one: one.day)
    return Comparison(tuple(found), 0 if is_cancelled else len(wanted), tuple(skipped), ended=is_cancelled)


def _compare_with_journal(
    work: Workspace,
    days: Collection[date],
    records: Mapping[date, LatestRecord],
    rows: Mapping[date, Mailing],
    control: RunControl,
) -> Iterator[Change]:
    """Compare rows and files with the journal of what was recorded."""
    for day in days:
        if day not in rows:
            yield Change(day, "row-missing", detail=f"the vault holds its record: syncd replay {day}")
    held = [day for day in days if day in rows]
    stored_mailings = day_state.read_stored_mailings(work, held, len(rows))
    for stored in control.follow(stored_mailings, "verifying rows and files", len(held)):
        row = stored.mailing
        latest = records.get(row.day)
        # A record older than the row says nothing about it: another host may have written the row since.
        if latest is not None and latest.mailing.recorded >= row.recorded:
            fullest = latest.fullest
            yield from _compare_row(row, fullest if fullest and fullest.recorded == row.recorded else latest.mailing)
        corruption = day_state.find_corruption(stored)
        if corruption is not None:
            yield Change(row.day, "sql-damaged", detail=corruption)
        yield from _compare_file(work, row)


def _report_unrecorded(
    days: Collection[date],
    records: Mapping[date, LatestRecord],
    rows: Mapping[date, Mailing],
    faults: Sequence[FolderError],
) -> Iterator[Change]:
    """Report the days whose record may have been in a part of the vault that cannot be read."""
    if faults:
        more = f", and {len(faults) - 1} other faults" if len(faults) > 1 else ""
        for day in days:
            if day in rows and (day not in records or records[day].mailing.recorded < rows[day].recorded):
                yield Change(day, "vault-damaged", detail=f"its record is gone: {faults[0].detail}{more}")


def _compare_row(row: Mailing, recorded: Mailing) -> Iterator[Change]:
    names = ("state", "source", "evidence", "response", "sha256", "tail", "papers", "new", "cross", "recorded")
    name = next((name for name in names if getattr(row, name) != getattr(recorded, name)), None)
    if name is not None:
        values = f"{getattr(row, name)}, the vault's record has {getattr(recorded, name)}"
        yield Change(row.day, "sql-damaged", detail=f"{name} is {values}")


def _compare_file(work: Workspace, row: Mailing) -> Iterator[Change]:
    path = work.folder.path_of(row.day)
    try:
        data = work.folder.read(row.day)
    except FolderError as error:
        raise_passing(error)
        yield Change(row.day, "file-damaged", detail=f"{path}: {error.detail}")
        return
    if data is None:
        yield Change(row.day, "file-missing", detail=path)
    elif sha256(data) != row.sha256:
        yield Change(row.day, "file-edited", detail=path)


@dataclass(slots=True)
class _ExpectedText:
    """The text of an entry that some response must hold, as it is or without its paragraphs where those come from another text.

    `source` is that of its mailing.
    """

    day: date
    version: int | None
    hash: bytes
    source: str
    folded: bytes | None = None
    is_found: bool = False
    has_other_text: bool = False


@dataclass(slots=True)
class _ResponseVerification:
    """One pass over the raw responses, against the rows that were made of them. `hosts` keep responses of their own."""

    work: Workspace
    rows: Mapping[date, Mailing]
    records: Mapping[date, LatestRecord]
    hosts: Mapping[date, str]
    changes: list[Change] = field(default_factory=list)
    skipped: list[NotCompared] = field(default_factory=list)
    _lost: set[tuple[date, PaperId | None]] = field(default_factory=set)
    _listed_days: set[date] = field(default_factory=set)
    _adopted_hashes: set[str] = field(default_factory=set)
    _text_changes: list[Change] = field(default_factory=list)
    _expected: dict[PaperId, list[_ExpectedText]] = field(default_factory=lambda: defaultdict(list))

    def run(self, control: RunControl) -> None:
        """Fill `changes` and `skipped`."""
        control.report(Progress("collecting texts"))
        self._collect_expected_texts()
        self._report_lost_responses()
        # What is lost was reported, or nothing in the archive needs it.
        responses = read_responses(self.work.vault, self.work.config.archive.category, raise_passing)
        for found in control.follow(responses, "reading kept responses", 0, "response"):
            self._read_response(found)
        for row in self.rows.values():
            self._check_response_behind(row)
        self._check_texts()

    def _report_lost_responses(self) -> None:
        """Report the responses that records name and the vault has no longer, with the texts that they take along."""
        records = {day: self.records[day] for day in self.rows if day in self.records}
        for response, days in find_lost_responses(self.work.vault, records).items():
            for day, papers in days.items():
                count = pluralize(len(papers), "paper")
                detail = f"response {response:.12} is lost, and with it the text of {count}, e.g. {papers[0]}"
                self.changes.append(Change(day, "vault-missing", detail=detail))
                self._lost.update((day, paper) for paper in papers)

    def _collect_expected_texts(self) -> None:
        rows = self.rows.values()
        sources = {row.day: row.source for row in rows if row.source in _SOURCES_WITH_TEXTS and not _is_edited(row)}
        for digest in day_state.read_digests(self.work, sorted(sources), len(rows)):
            source = sources[digest.day]
            for entry in digest.entries:
                if entry.version is not None or source == "oai":
                    text = _ExpectedText(digest.day, entry.version, _hash(entry.title, entry.abstract), source)
                    if entry.paragraphs is not Paragraphs.KEPT:
                        text.folded = _hash(entry.title, fold_paragraphs(entry.abstract))
                    self._expected[entry.id].append(text)

    def _read_response(self, found: StoredResponse) -> None:
        match found:
            case AdoptedFile():
                self._adopted_hashes.add(found.receipt.sha256)
            case ListedMailing():
                self._compare_listing(found)
            case MetadataPage():
                for record in found.batch.records:
                    if expected := self._expected.get(record.id):
                        title, abstract = markup.title_from_raw(record.title), markup.abstract_from_raw(record.abstract)
                        _mark_found(expected, record.versions[-1].number, title, abstract)
            case VersionsAnswer():
                for paper in found.answer.papers:
                    if expected := self._expected.get(paper.id):
                        _mark_found(expected, paper.version, paper.title, paper.abstract or "")

    def _compare_listing(self, found: ListedMailing) -> None:
        """Compare a listing with the row made of it: papers, sections, order, and texts unless the mailing had its text before.

        A text of a known version may differ: the page shows the newest, and another response may have the one announced.
        """
        row = self.rows.get(found.listing.day)
        if row is None or row.source not in _LISTING_SOURCES or row.response != found.receipts[0].sha256:
            return
        self._listed_days.add(row.day)
        ours = self.work.store.digest(row.day)
        if ours is None:
            return
        theirs = digests.from_listing(found.listing, self.work.config.archive.category)
        # Without our versions, a text that differs is reported as such and not explained as a revision.
        changes = diffs.compare(replace(ours, entries=tuple(replace(e, version=None) for e in ours.entries)), theirs)
        before = self.records[row.day].before if row.day in self.records else ()
        is_text_older = _is_edited(row) or row.sha256 in self._adopted_hashes or row.sha256 in before
        for change in changes:
            if change.field not in _TEXT_FIELDS:
                self.changes.append(change)
            elif not is_text_older and (change.day, change.id) not in self._lost:
                self._text_changes.append(change)

    def _check_response_behind(self, row: Mailing) -> None:
        if _is_edited(row):
            self.skipped.append(NotCompared(row.day, "text", "a person's edit of the file was accepted"))
        elif row.state is State.ADOPTED and row.sha256 not in self._adopted_hashes:
            self._report_missing(
                Change(row.day, "vault-missing", detail="no adopted file of these bytes is in the vault")
            )
        elif row.source in _LISTING_SOURCES and row.day not in self._listed_days:
            self._report_missing(
                Change(row.day, "vault-missing", detail="the listing page behind it is not in the vault")
            )
        elif row.source == "snapshot":
            why = "it came from a snapshot file, which the vault does not keep"
            self.skipped.append(NotCompared(row.day, "text", why))

    def _check_texts(self) -> None:
        """Report each text that no listing, record or version in the vault has."""
        for change in self._text_changes:
            expected = self._expected.get(change.id, ()) if change.id is not None else ()
            if not any(text.is_found for text in expected if text.day == change.day):
                self.changes.append(change)
        for paper, texts in self._expected.items():
            for text in texts:
                if text.source == "oai" and not text.is_found and (text.day, paper) not in self._lost:
                    code = "abstract-changed" if text.has_other_text else "vault-missing"
                    detail = f"no response in the vault has this text of version {text.version}"
                    self._report_missing(Change(text.day, code, paper, detail=detail))

    def _report_missing(self, change: Change) -> None:
        """Report what is not in the vault: as a difference, or as not compared where another host keeps it."""
        host = self.hosts.get(change.day)
        if host is None:
            self.changes.append(change)
            return
        found = NotCompared(change.day, "text", f"{host} keeps what is behind it")
        if found not in self.skipped:
            self.skipped.append(found)


def _mark_found(expected: Sequence[_ExpectedText], version: int | None, title: str, abstract: str) -> None:
    found = _hash(title, abstract)
    for text in expected:
        if found in {text.hash, text.folded}:
            text.is_found = True
        elif version == text.version:
            text.has_other_text = True


def _hash(title: str, abstract: str) -> bytes:
    return blake2b(f"{title}\n{abstract}".encode(), digest_size=16).digest()


def _is_edited(row: Mailing) -> bool:
    return row.evidence.endswith(journal.ACCEPTED)
