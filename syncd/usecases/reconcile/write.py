"""One mailing into rows and file: the three steps that every writing use case takes, and what forbids them.

under the write lock:  rows ─► files ─► agreed ─► checksums        (a kill between two of them heals on the next run)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from syncd.archive.sql.replicas import Agreement
from syncd.core import digest as digests
from syncd.core.digest.hashing import sha256
from syncd.core.errors import DayConflict, FolderError
from syncd.core.model import Finding, Mailing, Section, State
from syncd.core.results import DayOutcome, Done
from syncd.usecases.reconcile import checksums
from syncd.usecases.reconcile.journal import record_in_journal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from syncd.core.model import Digest, FileStat
    from syncd.usecases.workspace import Workspace

PAGE = 50
"""So many mailings are placed under one lock: a second or two at most, well within the wait of another writer."""

_RANK = {state: rank for rank, state in enumerate(State)}


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a mailing became known: `source` and `response` (a vault hash) name where from, `evidence` says in words."""

    state: State
    source: str
    evidence: str
    response: str | None


def write_mailing(work: Workspace, digest: Digest, how: Provenance) -> DayOutcome:
    """Bring row and file of the digest's day to this digest; idempotent, and an open finding of the day is closed.

    A file with other bytes is left alone unless it was written from the row that is there: the outcome carries a
    DayConflict, the digest is kept aside in the vault, and the day is recorded as a conflict. A mailing that is held on
    better evidence (complete, then adopted, then reconstructed) is left as it is, and an adopted file replaces no other bytes.
    """
    (outcome,) = write_mailings(work, [(digest, how)])
    return outcome


def preview_write(work: Workspace, digest: Digest, how: Provenance) -> DayOutcome:
    """What `place` would come to, with nothing done: `planned` where it would write or register."""
    found = _judge(work, digest, how, _held(work, [digest.day]))
    if isinstance(found, _Account):
        return replace(_done(work, found), action=Done.PLANNED)
    return _in_conflict(found, None) if isinstance(found, _Rival) else found


def write_mailings(work: Workspace, accounts: Sequence[tuple[Digest, Provenance]]) -> list[DayOutcome]:
    """Place many mailings of different days; the outcomes in their order.

    Pages of them take the three steps together, each page under one lock: killed at any moment, it leaves whole pages of rows
    of which files and agreements may be missing, and `repair.finish_interrupted` adds those. A file that cannot be read is
    that day's outcome; a disk that does not take a file is raised.
    """
    if len({digest.day for digest, _ in accounts}) < len(accounts):
        raise ValueError("two digests of one day are to be placed")
    outcomes: list[DayOutcome] = []
    for start in range(0, len(accounts), PAGE):
        with work.write_lock():
            outcomes += _place_page(work, accounts[start : start + PAGE])
    return outcomes


@dataclass(frozen=True, slots=True)
class _Account:
    """One mailing to be placed.

    `stat` is that of a file which holds these very bytes already, `aside` the bytes of one that gives way.
    """

    digest: Digest
    how: Provenance
    data: bytes
    row: Mailing
    stat: FileStat | None
    aside: bytes | None


@dataclass(frozen=True, slots=True)
class _Rival:
    """A mailing that is not placed, as a file with other bytes stands at its `path`."""

    day: date
    path: str
    how: Provenance
    data: bytes


@dataclass(frozen=True, slots=True)
class _Held:
    """What the archive knows of the days of a page, read once."""

    mailings: Mapping[date, Mailing]
    agreed: Mapping[date, str]
    findings: Mapping[date, Finding]


def _place_page(work: Workspace, page: Sequence[tuple[Digest, Provenance]]) -> list[DayOutcome]:
    held = _held(work, [digest.day for digest, _ in page])
    judged = [_kept_aside(work, _judge(work, digest, how, held)) for digest, how in page]
    placed = [one for one in judged if isinstance(one, _Account)]
    record_in_journal(work, [(one.row, one.digest) for one in placed])
    work.store.put_mailings((one.row, one.digest) for one in placed)
    work.steps("row")
    agreements = _written(work, placed)
    for one in placed:
        if one.digest.day in held.findings:
            work.store.drop_finding(one.digest.day)
    work.store.record_agreements(agreements)
    work.steps("agreed")
    checksums.update_years(work, [one.digest.day for one in placed])
    return [_done(work, one) if isinstance(one, _Account) else one for one in judged]


def _held(work: Workspace, days: Sequence[date]) -> _Held:
    span = min(days), max(days)
    return _Held(work.store.mailings(*span), work.store.list_agreed_hashes(*span), work.store.findings(*span))


def _judge(work: Workspace, digest: Digest, how: Provenance, held: _Held) -> _Account | _Rival | DayOutcome:
    """What is to be placed, or what forbids it, or the outcome of a day that is left alone."""
    day, path = digest.day, work.folder.path_of(digest.day)
    row = held.mailings.get(day)
    data = digests.render(digest)
    if row is not None and _outranks(row, how, data):
        return DayOutcome(day, row.state, Done.NONE, path, row.papers, source=row.source)
    try:
        found = work.folder.read_with_stat(day)
    except FolderError as error:
        return DayOutcome(day, row.state if row else None, Done.REFUSED, path, error=error, source=how.source)
    stat = found[1] if found is not None and found[0] == data else None
    aside = found[0] if found is not None and stat is None else None
    if aside is not None and (row is None or held.agreed.get(day) != sha256(aside)):
        return _Rival(day, path, how, data)
    return _Account(digest, how, data, make_mailing(digest, data, how, work), stat, aside)


def _kept_aside(work: Workspace, judged: _Account | _Rival | DayOutcome) -> _Account | DayOutcome:
    """The same after the bytes that were to be lost by it were put aside; a conflict is an outcome."""
    if isinstance(judged, _Rival):
        return _conflict(work, judged)
    if isinstance(judged, _Account) and judged.aside is not None:
        keep_aside(work, work.folder.path_of(judged.digest.day), judged.aside)
    return judged


def _outranks(row: Mailing, how: Provenance, data: bytes) -> bool:
    """Whether what is held stays: it is known on better evidence, or a file of other bytes is offered in its place."""
    other = how.state is State.ADOPTED and row.sha256 != sha256(data)
    return other or _RANK[row.state] < _RANK[how.state]


def _written(work: Workspace, page: Sequence[_Account]) -> list[Agreement]:
    """The agreements of files with their rows, once all of them stand and are on the disk."""
    stats = {one.digest.day: one.stat for one in page if one.stat is not None}
    for day, stat in work.folder.write_each({one.digest.day: one.data for one in page if one.stat is None}):
        stats[day] = stat
        work.steps("file")
    return [Agreement(one.digest.day, one.row.sha256, stats[one.digest.day], one.row.recorded) for one in page]


def _done(work: Workspace, one: _Account) -> DayOutcome:
    action = Done.REGISTERED if one.stat else Done.WRITTEN
    path = work.folder.path_of(one.digest.day)
    return DayOutcome(one.digest.day, one.how.state, action, path, one.row.papers, source=one.how.source)


def make_mailing(digest: Digest, data: bytes, how: Provenance, work: Workspace) -> Mailing:
    """The record of a mailing whose rendering is `data`; its sections are counted where every one is known."""
    sections = [entry.section for entry in digest.entries]
    certain = None not in sections
    return Mailing(
        day=digest.day,
        state=how.state,
        source=how.source,
        evidence=how.evidence,
        response=how.response,
        sha256=sha256(data),
        tail=digest.tail,
        papers=len(sections),
        new=sections.count(Section.NEW) if certain else None,
        cross=sections.count(Section.CROSS) if certain else None,
        recorded=work.wall(),
    )


def settle(work: Workspace, day: date, agreed: str, stat: FileStat | None) -> None:
    """Record that file and row of the day agree on the bytes of this hash."""
    if stat is not None:
        work.store.record_agreement(day, agreed, stat, work.wall())


def _conflict(work: Workspace, rival: _Rival) -> DayOutcome:
    kept, source = keep_aside(work, rival.path, rival.data), rival.how.source
    told = f"the file in the folder differs from what {source} says; the latter is kept aside"
    work.store.put_finding(Finding(rival.day, State.CONFLICT, source, told, kept, DayConflict.code, work.wall()))
    return _in_conflict(rival, kept)


def _in_conflict(rival: _Rival, kept: str | None) -> DayOutcome:
    error = DayConflict(path=rival.path, day=rival.day, kept=kept)
    return DayOutcome(rival.day, State.CONFLICT, Done.REFUSED, rival.path, error=error, source=rival.how.source)


def keep_aside(work: Workspace, path: str, data: bytes, kind: str = "candidate") -> str | None:
    """Put bytes that are not to be lost into the vault; their hash, or None where no vault is kept."""
    if work.config.archive.vault is None:
        return None
    return work.vault.put(kind=kind, url=path, status=0, headers=(), body=data, received=work.wall())
