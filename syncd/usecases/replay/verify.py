"""Prove that the archive equals what its raw responses say: rows and files against the vault, nothing asked, nothing changed.

rows, files ─► the account of what was placed ─► listing pages, adopted bytes, metadata and API answers behind it

Ours is the archive, theirs the vault. What no raw response tells (a snapshot file, a person's edit) is not compared.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TYPE_CHECKING

from syncd.core import diff as diffs
from syncd.core import digest as digests
from syncd.core import markup
from syncd.core.digest.hashing import sha256
from syncd.core.errors import ArchiveMissing, FolderError
from syncd.core.model import Change, State
from syncd.core.results import Comparison, NotCompared
from syncd.usecases.reconcile import day_state, journal
from syncd.usecases.reconcile.response_locations import find_hosts_with_responses, suggest_hosts
from syncd.usecases.replay import responses

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import date

    from syncd.core.model import Mailing, PaperId
    from syncd.usecases.reconcile.journal import LatestRecord
    from syncd.usecases.workspace import Workspace

_LISTINGS = frozenset({"new", "catchup", "page"})
_VERSIONED = _LISTINGS | {"oai"}
_TEXTS = frozenset({"title", "abstract"})


def prove(work: Workspace, days: Sequence[date] = ()) -> Comparison:
    """Every difference between the archive and its vault on these days (default: all), by date.

    ArchiveMissing when the vault is empty; FolderError when something in it is damaged.
    """
    if next(work.vault.receipts(), None) is None:
        told = f"the vault holds nothing to prove with{suggest_hosts(find_hosts_with_responses(work).values())}"
        raise ArchiveMissing(told, path=str(work.config.archive.vault or ""))
    log, rows = journal.read_latest(work.vault), work.store.mailings()
    wanted = sorted({*log, *rows} & set(days) if days else {*log, *rows})
    changes = [*_against_log(work, wanted, log, rows)]
    held = [day for day in wanted if day in rows]
    proof = _Proof(work, {day: rows[day] for day in held}, log, find_hosts_with_responses(work))
    proof.run()
    unheld = [NotCompared(day, "mailing", "neither archive nor vault holds it") for day in set(days) - set(wanted)]
    found = sorted([*changes, *proof.changes], key=lambda change: change.day)
    return Comparison(tuple(found), len(wanted), tuple(sorted([*proof.skipped, *unheld], key=lambda one: one.day)))


def _against_log(
    work: Workspace, days: Collection[date], log: Mapping[date, LatestRecord], rows: Mapping[date, Mailing]
) -> Iterator[Change]:
    """Rows and files against the accounts of what was placed."""
    for day in days:
        if day not in rows:
            yield Change(day, "row-missing", detail=f"the vault holds its account: syncd replay {day}")
    for digest in day_state.read_digests(work, [day for day in days if day in rows], len(rows)):
        row, last = rows[digest.day], log.get(digest.day)
        known = last.mailing if last and last.mailing.recorded >= row.recorded else None
        yield from _row_against(row, known)
        harm = day_state.find_corruption(row, digest, work.store.history(row.day))
        if harm is not None:
            yield Change(row.day, "sql-damaged", detail=harm)
        yield from _file_against(work, row)


def _row_against(row: Mailing, known: Mailing | None) -> Iterator[Change]:
    if known is None or row == known:
        return
    names = ("state", "source", "evidence", "response", "sha256", "tail", "papers", "new", "cross", "recorded")
    odd = [name for name in names if getattr(row, name) != getattr(known, name)]
    pair = f"{getattr(row, odd[0])}, the vault's account has {getattr(known, odd[0])}"
    yield Change(row.day, "sql-damaged", detail=f"{odd[0]} is {pair}")


def _file_against(work: Workspace, row: Mailing) -> Iterator[Change]:
    path = work.folder.path_of(row.day)
    try:
        data = work.folder.read(row.day)
    except FolderError as error:
        yield Change(row.day, "file-damaged", detail=f"{path}: {error.detail}")
        return
    if data is None:
        yield Change(row.day, "file-missing", detail=path)
    elif sha256(data) != row.sha256:
        yield Change(row.day, "file-edited", detail=path)


@dataclass(slots=True)
class _Proof:
    """The raw responses read through once, against the rows that say they were made of them."""

    work: Workspace
    rows: Mapping[date, Mailing]
    log: Mapping[date, LatestRecord]
    elsewhere: Mapping[date, str]
    changes: list[Change] = field(default_factory=list)
    skipped: list[NotCompared] = field(default_factory=list)
    _proven: set[date] = field(default_factory=set)
    _adopted: set[str] = field(default_factory=set)
    _doubted: list[Change] = field(default_factory=list)
    _owed: dict[PaperId, list[_Text]] = field(default_factory=lambda: defaultdict(list))

    def run(self) -> None:
        """Fill `changes` and `skipped`."""
        told = {row.day: row.source for row in self.rows.values() if row.source in _VERSIONED and not _is_edited(row)}
        for digest in day_state.read_digests(self.work, sorted(told), len(self.rows)):
            for entry in digest.entries:
                if entry.version is not None or told[digest.day] == "oai":
                    text = _Text(digest.day, entry.version, _hash(entry.title, entry.abstract), told[digest.day])
                    self._owed[entry.id].append(text)
        for found in responses.responses(self.work.vault, self.work.config.archive.category):
            self._consider(found)
        for row in self.rows.values():
            self._conclude(row)
        self._texts()

    def _consider(self, found: responses.Response) -> None:
        match found:
            case responses.Adopted():
                self._adopted.add(found.receipt.sha256)
            case responses.Listed():
                self._listed(found)
            case responses.Metadata():
                for record in found.batch.records:
                    if owed := self._owed.get(record.id):
                        title, abstract = markup.title_from_raw(record.title), markup.abstract_from_raw(record.abstract)
                        _meet(owed, record.versions[-1].number, title, abstract)
            case responses.Versions():
                for paper in found.answer.papers:
                    if owed := self._owed.get(paper.id):
                        _meet(owed, paper.version, paper.title, paper.abstract or "")

    def _listed(self, found: responses.Listed) -> None:
        """The listing behind a row: its papers, sections and order, and its texts unless the mailing had its text before.

        A text of a known version may differ: the page shows the newest, and another response may have the one announced.
        """
        row = self.rows.get(found.listing.day)
        if row is None or row.source not in _LISTINGS or row.response != found.receipts[0].sha256:
            return
        self._proven.add(row.day)
        ours = self.work.store.digest(row.day)
        if ours is None:
            return
        theirs = digests.from_listing(found.listing, self.work.config.archive.category)
        changes = diffs.compare(replace(ours, entries=tuple(replace(e, version=None) for e in ours.entries)), theirs)
        texts_are_older = _is_edited(row) or row.sha256 in self._adopted or row.sha256 in self._before(row.day)
        for change in changes:
            if change.field not in _TEXTS:
                self.changes.append(change)
            elif not texts_are_older:
                self._doubted.append(change)

    def _before(self, day: date) -> tuple[str, ...]:
        return self.log[day].before if day in self.log else ()

    def _conclude(self, row: Mailing) -> None:
        day = row.day
        if _is_edited(row):
            self.skipped.append(NotCompared(day, "text", "a person's edit of the file was accepted"))
        elif row.state is State.ADOPTED and row.sha256 not in self._adopted:
            self._missing(Change(day, "vault-missing", detail="no adopted file of these bytes is in the vault"))
        elif row.source in _LISTINGS and day not in self._proven:
            self._missing(Change(day, "vault-missing", detail="the listing page behind it is not in the vault"))
        elif row.source == "snapshot":
            self.skipped.append(NotCompared(day, "text", "it came from a snapshot file, which the vault does not keep"))

    def _missing(self, change: Change) -> None:
        """Something is not in the vault: a difference, unless another host keeps it."""
        place = self.elsewhere.get(change.day)
        if place is None:
            self.changes.append(change)
            return
        found = NotCompared(change.day, "text", f"{place} keeps what is behind it")
        if found not in self.skipped:
            self.skipped.append(found)

    def _texts(self) -> None:
        """Each text that no listing shows is that of a record or a version in the vault."""
        self.changes += [change for change in self._doubted if not self._is_met(change)]
        for paper, texts in self._owed.items():
            for text in texts:
                if text.source == "oai" and not text.met:
                    code = "abstract-changed" if text.differs else "vault-missing"
                    told = f"no response in the vault has this text of version {text.version}"
                    self._missing(Change(text.day, code, paper, detail=told))

    def _is_met(self, change: Change) -> bool:
        owed = self._owed.get(change.id, ()) if change.id is not None else ()
        return any(text.met for text in owed if text.day == change.day)


@dataclass(slots=True)
class _Text:
    """A text that waits for its proof; `source` is that of its mailing."""

    day: date
    version: int | None
    hash: bytes
    source: str
    met: bool = False
    differs: bool = False


def _meet(owed: Sequence[_Text], version: int | None, title: str, abstract: str) -> None:
    found = _hash(title, abstract)
    for text in owed:
        if text.hash == found:
            text.met = True
        elif version == text.version:
            text.differs = True


def _hash(title: str, abstract: str) -> bytes:
    return blake2b(f"{title}\n{abstract}".encode(), digest_size=16).digest()


def _is_edited(row: Mailing) -> bool:
    return row.evidence.endswith(journal.ACCEPTED)
