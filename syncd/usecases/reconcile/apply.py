"""What repair does about a date, each move under the write lock that its caller holds; bytes that give way are kept aside first.

It decides nothing: `syncd.usecases.reconcile.decide` does.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from syncd.core import coverage
from syncd.core import digest as digests
from syncd.core.digest.hashing import sha256
from syncd.core.errors import DigestError
from syncd.core.model import State
from syncd.core.results import DayOutcome, Done
from syncd.usecases.reconcile import day_state
from syncd.usecases.reconcile.decide import Move, readable
from syncd.usecases.reconcile.journal import EDITED, keep_accounts
from syncd.usecases.reconcile.write import Provenance, describe, keep_aside, settle

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from syncd.core.model import Digest, Entry, PaperId
    from syncd.usecases.reconcile.day_state import Day
    from syncd.usecases.workspace import Workspace

_ACCEPTED = f"; {EDITED}"


def make(work: Workspace, both: Day, move: Move) -> DayOutcome:
    """Carry out one move; the date as it is afterwards."""
    return _MAKE[move](work, both)


def outcome(work: Workspace, day: date, action: Done) -> DayOutcome:
    """A date as the ledger has it now."""
    report = work.report(day)
    return DayOutcome(day, report.state, action, work.folder.path_of(day), report.papers, source=report.source)


def _write(work: Workspace, both: Day) -> DayOutcome:
    """The file from the rows; what stood there, if anything did, is kept aside."""
    if both.row is None or both.digest is None:
        raise ValueError(f"no row to write {both.day} from")
    data, path = digests.render(both.digest), work.folder.path_of(both.day)
    if both.file is not None:
        keep_aside(work, path, both.file)
    stat = work.folder.write(both.day, data)
    work.steps("file")
    _close(work, both.day)
    settle(work, both.day, both.row.sha256, stat)
    return outcome(work, both.day, Done.RESTORED)


def _restore(work: Workspace, both: Day) -> DayOutcome:
    keep_aside(work, work.folder.path_of(both.day), both.file or b"", kind="edited")
    work.store.drop_finding(both.day)
    return _write(work, replace(both, file=None))


def _settle(work: Workspace, both: Day) -> DayOutcome:
    _close(work, both.day)
    if both.row is not None:
        settle(work, both.day, both.row.sha256, work.folder.stat(both.day))
    return outcome(work, both.day, Done.REGISTERED)


def _close(work: Workspace, day: date) -> None:
    """A date whose mailing is held waits for it no longer; a conflict stays until a person has spoken."""
    found = work.store.finding(day)
    if found is not None and coverage.is_open(found.state):
        work.store.drop_finding(day)


def _read(work: Workspace, both: Day) -> DayOutcome:
    """The file into rows: as they were recorded when it is known from before, else as adoption does."""
    data, path = both.file or b"", work.folder.path_of(both.day)
    how = _recorded(work, both.day, sha256(data))
    if how is None:
        kept = keep_aside(work, path, data, kind="adopted")
        how = Provenance(State.ADOPTED, "adopted", f"heading of the file {path}", kept)
    work.store.drop_finding(both.day)
    return _put(work, both, how, Done.REGISTERED)


def _recorded(work: Workspace, day: date, sha: str) -> Provenance | None:
    """How a mailing with these bytes was known when it was last recorded."""
    known = [event for event in work.store.history(day) if event.sha256 == sha]
    if not known:
        return None
    last = known[-1]
    return Provenance(last.state, last.source, last.evidence, last.response)


def _reread(work: Workspace, both: Day) -> DayOutcome:
    """Damaged rows from the file that they were written to; their rendering, where they have one, is kept aside."""
    _keep_rows(work, both)
    how = _recorded(work, both.day, sha256(both.file or b"")) or _held(both)
    return _put(work, both, how, Done.RESTORED)


def _held(both: Day) -> Provenance:
    if both.row is None:
        raise ValueError(f"no row of {both.day}")
    return Provenance(both.row.state, both.row.source, both.row.evidence, both.row.response)


def _accept(work: Workspace, both: Day) -> DayOutcome:
    """The file's text into the rows, whose rendering is kept aside; with other papers than listed the day is only adopted."""
    _keep_rows(work, both)
    how, digest = _held(both), readable(work, both)
    ours = [entry.id for entry in both.digest.entries] if both.digest else []
    if isinstance(digest, DigestError) or ours != [entry.id for entry in digest.entries]:
        how = replace(how, state=State.ADOPTED, source="adopted")
    work.store.drop_finding(both.day)
    told = how.evidence.removesuffix(_ACCEPTED) + _ACCEPTED
    return _put(work, both, replace(how, evidence=told), Done.ACCEPTED)


def _keep_rows(work: Workspace, both: Day) -> None:
    with suppress(ValueError, TypeError, AttributeError):  # rows beyond rendering leave nothing to keep
        if both.digest is not None:
            keep_aside(work, work.folder.path_of(both.day), digests.render(both.digest))


def _put(work: Workspace, both: Day, how: Provenance, done: Done) -> DayOutcome:
    """Rows and agreement for a file that stands already; what was known of each paper stays known."""
    digest = readable(work, both)
    if isinstance(digest, DigestError) or both.file is None:
        raise ValueError(f"no digest in the file of {both.day}")
    digest = _with_knowledge(digest, both.digest)
    row = describe(digest, both.file, how, work)
    keep_accounts(work, [(row, digest)])
    work.store.put_mailing(row, digest)
    work.steps("row")
    _close(work, both.day)
    settle(work, both.day, row.sha256, work.folder.stat(both.day))
    return outcome(work, both.day, done)


def _with_knowledge(digest: Digest, held: Digest | None) -> Digest:
    """Sections and evidence of the held entries on the text of the file, as far as they make sense in its order."""
    known = {entry.id: entry for entry in held.entries} if held else {}
    told = replace(digest, entries=tuple(_told(entry, known) for entry in digest.entries))
    if not day_state.sections_make_sense(entry.section for entry in told.entries):
        told = replace(told, entries=tuple(replace(entry, section=None) for entry in told.entries))
    completed = digests.with_certain_sections(told)
    return completed if day_state.sections_make_sense(entry.section for entry in completed.entries) else told


def _told(entry: Entry, known: Mapping[PaperId, Entry]) -> Entry:
    before = known.get(entry.id)
    if before is None:
        return entry
    same = (entry.title, entry.abstract) == (before.title, before.abstract)
    version = before.version if same else None  # an edited text is of no known version
    return replace(entry, section=before.section, placed=before.placed, version=version)


def _close_conflict(work: Workspace, both: Day) -> DayOutcome:
    work.store.drop_finding(both.day)
    return outcome(work, both.day, Done.RESTORED)


_MAKE: Mapping[Move, Callable[[Workspace, Day], DayOutcome]] = {
    Move.WRITE: _write,
    Move.SETTLE: _settle,
    Move.READ: _read,
    Move.REREAD: _reread,
    Move.ACCEPT: _accept,
    Move.RESTORE: _restore,
    Move.CLOSE: _close_conflict,
}
