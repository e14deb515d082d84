"""Write mailings into rows and files: the three steps that every use case takes, and what forbids them.

under the write lock:  journal ─► rows ─► files ─► agreements ─► checksums

A run that is killed between two steps leaves what `recover.finish_interrupted` finishes.
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

from syncd.archive.sql.replicas import Agreement
from syncd.core import digest as digests
from syncd.core.digest.form import to_bytes
from syncd.core.digest.hashing import sha256
from syncd.core.errors import DayConflict, FolderError
from syncd.core.model import Finding, Mailing, State
from syncd.core.results import DayOutcome, Done
from syncd.core.values import dataclass
from syncd.usecases.reconcile import checksums
from syncd.usecases.reconcile.journal import record_in_journal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from syncd.core.model import Digest, FileStat, PaperId
    from syncd.usecases.reconcile.journal import Origin
    from syncd.usecases.workspace import Workspace

PAGE = 50
"""How many mailings are read or adopted at once."""
_MAILINGS, _PAPERS = 200, 8_000
"""The most mailings and about the most papers that are written under one lock and in one transaction.

It takes about two seconds, while another writer waits up to 30 for the lock. Smaller pages write more in all, as each changes the
same parts of the indexes, and larger ones take more than 150 MB of memory.
"""

# The states stand in the order of their evidence: complete, then adopted, then reconstructed.
_RANK = {state: rank for rank, state in enumerate(State)}


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a mailing became known: `source` and `response` (a vault hash) name where from, `evidence` says it in words.

    `origins` says which of its texts a kept response holds, so that the journal need not. `recorded` is when this very text was
    recorded before, if nothing else was since (UTC). `file` are the bytes without a fault that the digest was read from.
    """

    state: State
    source: str
    evidence: str
    response: str | None
    origins: Mapping[PaperId, Origin] = field(default_factory=dict, compare=False)
    recorded: datetime | None = None
    file: bytes | None = field(default=None, compare=False, repr=False)


def _record_nothing() -> None:
    pass


def write_mailing(
    work: Workspace, digest: Digest, how: Provenance, record: Callable[[], None] = _record_nothing
) -> DayOutcome:
    """Bring row and file of the digest's day to this digest, and close an open finding of the day. Idempotent.

    A file with other bytes is left alone unless it was written from the row that is there: the outcome carries a
    DayConflict, the digest is kept aside in the vault, and the day is recorded as a conflict. A mailing that is held on
    better evidence (complete, then adopted, then reconstructed) is left as it is, and an adopted file replaces no other bytes.

    `record` writes what else its source states. It is called unless something forbids the mailing, and before the row is
    written: once the row is there, the source is not asked again.
    """
    with work.write_lock():
        (outcome,) = _write_page(work, [(digest, how)], record)
    return outcome


def write_mailings(work: Workspace, mailings: Sequence[tuple[Digest, Provenance]]) -> list[DayOutcome]:
    """Write many mailings of different days as `write_mailing` does, and return the outcomes in their order.

    Each page of mailings takes the three steps together, under one lock. Killed at any moment, it leaves whole pages of rows
    of which files and agreements may be missing. A file that cannot be read is the outcome of its day. FolderError when the
    disk does not take a file.
    """
    if len({digest.day for digest, _ in mailings}) < len(mailings):
        raise ValueError("two digests of one day are to be written")
    outcomes: list[DayOutcome] = []
    for page in _split_pages(mailings):
        with work.write_lock():
            outcomes += _write_page(work, page)
    return outcomes


def is_full_page(mailings: int, papers: int) -> bool:
    """Return whether a page with this number of mailings and papers is to be written before more are added."""
    return mailings >= _MAILINGS or papers >= _PAPERS


def _split_pages(mailings: Sequence[tuple[Digest, Provenance]]) -> Iterator[list[tuple[Digest, Provenance]]]:
    page, papers = [], 0
    for one in mailings:
        page.append(one)
        papers += len(one[0].entries)
        if is_full_page(len(page), papers):
            yield page
            page, papers = [], 0
    if page:
        yield page


def preview_write(work: Workspace, digest: Digest, how: Provenance) -> DayOutcome:
    """Return what `write_mailing` would come to and change nothing: `planned` where it would write or register."""
    found = _examine(work, digest, how, _read_known_days(work, [digest.day]))
    if isinstance(found, _Write):
        return replace(_report_write(work, found), action=Done.PLANNED)
    return _report_conflict(found, None) if isinstance(found, _Obstacle) else found


@dataclass(frozen=True, slots=True)
class _KnownDays:
    """What the archive knows of the days of a page, read once."""

    mailings: Mapping[date, Mailing]
    agreed: Mapping[date, str]
    findings: Mapping[date, Finding]


@dataclass(frozen=True, slots=True)
class _Write:
    """One mailing to be written.

    `stat` is that of a file which holds these very bytes already, `replaced` are the bytes of a file that gives way.
    """

    digest: Digest
    how: Provenance
    data: bytes
    row: Mailing
    stat: FileStat | None
    replaced: bytes | None


@dataclass(frozen=True, slots=True)
class _Obstacle:
    """A mailing that is not written, as a file with other bytes stands at its `path`."""

    day: date
    path: str
    how: Provenance
    data: bytes


def _write_page(
    work: Workspace, page: Sequence[tuple[Digest, Provenance]], record: Callable[[], None] = _record_nothing
) -> list[DayOutcome]:
    """Take the three steps for some mailings, under the write lock that the caller holds."""
    known = _read_known_days(work, [digest.day for digest, _ in page])
    examined = [_examine(work, digest, how, known) for digest, how in page]
    results = [_record_conflict(work, one) if isinstance(one, _Obstacle) else one for one in examined]
    writes = [one for one in results if isinstance(one, _Write)]
    if not any(isinstance(one, DayOutcome) and one.error is not None for one in results):
        record()
    for one in writes:
        if one.replaced is not None:
            keep_aside(work, work.folder.path_of(one.digest.day), one.replaced)
    origins = {one.digest.day: one.how.origins for one in writes}
    record_in_journal(work, [(one.row, one.digest) for one in writes], origins)
    work.store.put_mailings((one.row, one.digest) for one in writes)
    work.steps("row")
    stats = {one.digest.day: one.stat for one in writes if one.stat is not None}
    for day, stat in work.folder.write_each({one.digest.day: one.data for one in writes if one.stat is None}):
        stats[day] = stat
        work.steps("file")
    for one in writes:
        if one.digest.day in known.findings:
            work.store.drop_finding(one.digest.day)
    # After the files: until file and row are recorded as one, the next run takes the write for interrupted and finishes it.
    work.store.record_agreements(
        Agreement(one.digest.day, one.row.sha256, stats[one.digest.day], one.row.recorded) for one in writes
    )
    work.steps("agreed")
    checksums.update_years(work, [one.digest.day for one in writes])
    return [_report_write(work, one) if isinstance(one, _Write) else one for one in results]


def _read_known_days(work: Workspace, days: Sequence[date]) -> _KnownDays:
    span = min(days), max(days)
    return _KnownDays(work.store.mailings(*span), work.store.list_agreed_hashes(*span), work.store.findings(*span))


def _examine(work: Workspace, digest: Digest, how: Provenance, known: _KnownDays) -> _Write | _Obstacle | DayOutcome:
    """Return what is to be written, or what forbids it, or the outcome of a day that is left alone."""
    day, path, data = digest.day, work.folder.path_of(digest.day), _render(digest, how.file)
    row = known.mailings.get(day)
    if row is not None:
        has_better_evidence = _RANK[row.state] < _RANK[how.state]
        is_other_adopted_file = how.state is State.ADOPTED and row.sha256 != sha256(data)
        if has_better_evidence or is_other_adopted_file:
            return DayOutcome(day, row.state, Done.NONE, path, row.papers, source=row.source)
    try:
        found = work.folder.read_with_stat(day)
    except FolderError as error:
        return DayOutcome(day, row.state if row else None, Done.REFUSED, path, error=error, source=how.source)
    stat = found[1] if found is not None and found[0] == data else None
    replaced = found[0] if found is not None and stat is None else None
    if replaced is not None and (row is None or known.agreed.get(day) != sha256(replaced)):
        return _Obstacle(day, path, how, data)
    return _Write(digest, how, data, make_mailing(digest, data, how, work), stat, replaced)


def _render(digest: Digest, file: bytes | None) -> bytes:
    """Return the bytes of the digest's file. The texts of a file without a fault need no second proof, if they are the same."""
    return file if file is not None and to_bytes(digest) == file else digests.render(digest)


def make_mailing(digest: Digest, data: bytes, how: Provenance, work: Workspace) -> Mailing:
    """Return the record of a mailing whose rendering is `data`, recorded now unless it is known when it was before."""
    new, cross = digests.count_sections(digest.entries)
    return Mailing(
        day=digest.day,
        state=how.state,
        source=how.source,
        evidence=how.evidence,
        response=how.response,
        sha256=sha256(data),
        tail=digest.tail,
        papers=len(digest.entries),
        new=new,
        cross=cross,
        recorded=how.recorded or work.wall(),
    )


def keep_aside(work: Workspace, path: str, data: bytes, kind: str = "candidate") -> str | None:
    """Keep bytes that must not be lost in the vault. Return their hash, None where no vault is kept."""
    if work.config.archive.vault is None:
        return None
    return work.vault.put(kind=kind, url=path, status=0, headers=(), body=data, received=work.wall())


def _record_conflict(work: Workspace, obstacle: _Obstacle) -> DayOutcome:
    """Keep the mailing aside and record the conflict."""
    kept, source = keep_aside(work, obstacle.path, obstacle.data), obstacle.how.source
    evidence = f"the file in the folder differs from what {source} says; the latter is kept aside"
    work.store.put_finding(Finding(obstacle.day, State.CONFLICT, source, evidence, kept, DayConflict.code, work.wall()))
    return _report_conflict(obstacle, kept)


def _report_conflict(obstacle: _Obstacle, kept: str | None) -> DayOutcome:
    error = DayConflict(path=obstacle.path, day=obstacle.day, kept=kept)
    return DayOutcome(
        obstacle.day, State.CONFLICT, Done.REFUSED, obstacle.path, error=error, source=obstacle.how.source
    )


def _report_write(work: Workspace, one: _Write) -> DayOutcome:
    action = Done.REGISTERED if one.stat else Done.WRITTEN
    path = work.folder.path_of(one.digest.day)
    return DayOutcome(one.digest.day, one.how.state, action, path, one.row.papers, source=one.how.source)
