"""One mailing into rows and file: the three steps that every writing use case takes, and what forbids them.

under the write lock:  row ─► file ─► agreed        (a kill between two of them heals on the next run)
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from syncd import digest as digests
from syncd.errors import DayConflict
from syncd.model import Finding, Mailing, Section, State
from syncd.results import DayOutcome, Done

if TYPE_CHECKING:
    from datetime import date

    from syncd.model import Digest, FileStat
    from syncd.usecases.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a mailing became known: `source` and `response` (a vault hash) name where from, `evidence` says in words."""

    state: State
    source: str
    evidence: str
    response: str | None


def place(work: Workspace, digest: Digest, how: Provenance) -> DayOutcome:
    """Bring row and file of the digest's day to this digest; idempotent, and an open finding of the day is closed.

    A file with other bytes that was not written from the row it last agreed with is left alone: the outcome carries a
    DayConflict, the digest is kept aside in the vault, and the day is recorded as a conflict.
    """
    data = digests.render(digest)
    mailing = describe(digest, data, how, work)
    with work.write_lock():
        found = work.folder.read(digest.day)
        if found is not None and found != data and not _is_ours(work, digest.day, found):
            return _conflict(work, digest.day, data, how)
        work.store.put_mailing(mailing, digest)
        work.steps("row")
        stat = work.folder.write(digest.day, data) if found != data else work.folder.stat(digest.day)
        work.steps("file")
        settle(work, digest.day, mailing.sha256, stat)
        work.store.drop_finding(digest.day)
    done = Done.WRITTEN if found != data else Done.REGISTERED
    return DayOutcome(digest.day, how.state, done, work.folder.path_of(digest.day), mailing.papers, source=how.source)


def describe(digest: Digest, data: bytes, how: Provenance, work: Workspace) -> Mailing:
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
        work.store.settle(day, agreed, stat, work.wall())


def sha256(data: bytes) -> str:
    """The hash by which bytes are compared here: SHA-256, lower-case hex."""
    return hashlib.sha256(data).hexdigest()


def _is_ours(work: Workspace, day: date, found: bytes) -> bool:
    """Whether the file still holds what file and row last agreed on, so that only the row is moving."""
    return work.store.agreed(day, day).get(day) == sha256(found)


def _conflict(work: Workspace, day: date, data: bytes, how: Provenance) -> DayOutcome:
    path = work.folder.path_of(day)
    kept = keep_aside(work, path, data)
    told = f"the file in the folder differs from what {how.source} says; the latter is kept aside"
    work.store.put_finding(Finding(day, State.CONFLICT, how.source, told, kept, DayConflict.code, work.wall()))
    error = DayConflict(path=path, day=day, kept=kept)
    return DayOutcome(day, State.CONFLICT, Done.REFUSED, path, error=error, source=how.source)


def keep_aside(work: Workspace, path: str, data: bytes, kind: str = "candidate") -> str | None:
    """Put bytes that are not to be lost into the vault; their hash, or None where no vault is kept."""
    return work.vault.put(kind=kind, url=path, status=0, headers=(), body=data, received=work.wall())
