"""Carry out what reconciliation decides, and nothing that needs a person, unless the person has said which side holds.

It never deletes; bytes that give way are kept aside in the vault first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from syncd import digest as digests
from syncd.errors import DayConflict, FaultyDigest, OtherCategory
from syncd.model import DayState, Severity, State
from syncd.reasons import severity
from syncd.reconcile import Verb, decide
from syncd.results import DayOutcome, Done, Run
from syncd.usecases.placing import Provenance, describe, keep_aside, settle, sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    from syncd.model import Digest, Mailing
    from syncd.usecases.workspace import Workspace


class Side(Enum):
    """Which side holds where file and row differ and a person was asked."""

    NEITHER = "neither"
    FILE = "file"
    ROW = "row"


@dataclass(frozen=True, slots=True)
class Day:
    """Both sides of one date as they are now."""

    day: date
    file: bytes | None
    row: Mailing | None
    agreed: str | None

    def verb(self) -> Verb | None:
        """What the decision table says."""
        file = None if self.file is None else sha256(self.file)
        return decide(DayState(self.day, file, self.row.sha256 if self.row else None, self.agreed))


def finish_interrupted(work: Workspace) -> None:
    """Finish what a killed run left between row and agreement; reads only files of days that never settled."""
    agreed = work.store.agreed()
    for day, row in work.store.mailings().items():
        if agreed.get(day) != row.sha256:
            with work.write_lock():
                _carry_out(work, look(work, day), only=frozenset({Verb.WRITE_FILE, Verb.SETTLE}))


def repair(work: Workspace, days: Sequence[date] = (), side: Side = Side.NEITHER, *, dry_run: bool = False) -> Run:
    """Bring file and row of these days (default: all) into agreement; outcomes only for days that needed something."""
    return Run(tuple(_repairs(work, days or _all(work), side, dry_run=dry_run)))


def _all(work: Workspace) -> list[date]:
    known = {*work.store.mailings(), *work.store.agreed(), *(day for day, _ in work.folder.days())}
    return sorted(known | {day for day, found in work.store.findings().items() if found.state is State.CONFLICT})


def _repairs(work: Workspace, days: Sequence[date], side: Side, *, dry_run: bool) -> Iterator[DayOutcome]:
    for day in days:
        if dry_run:
            outcome = _planned(work, look(work, day), side)
        else:
            with work.write_lock():
                outcome = _repair(work, look(work, day), side)
        if outcome is not None:
            yield outcome


def look(work: Workspace, day: date) -> Day:
    """Both sides of a date."""
    return Day(day, work.folder.read(day), work.store.mailing(day), work.store.agreed(day, day).get(day))


def _planned(work: Workspace, day: Day, side: Side) -> DayOutcome | None:
    verb = day.verb()
    if verb is None:
        return None
    needs_person = verb in {Verb.EDITED, Verb.CONFLICT, Verb.LOST} and side is Side.NEITHER
    action = Done.NONE if needs_person else Done.PLANNED
    return DayOutcome(day.day, _state(work, day.day), action, work.folder.path_of(day.day), note=_NOTES[verb])


_NOTES = {
    Verb.WRITE_FILE: "write the file from the database",
    Verb.READ_FILE: "register the file",
    Verb.SETTLE: "record that file and database agree",
    Verb.EDITED: "the file was edited; --accept-file takes it, --restore brings the archive's text back",
    Verb.CONFLICT: "file and database both changed; --accept-file takes the file, --restore the database's text",
    Verb.LOST: "file and database row are both gone; syncd replay or syncd sync can bring the mailing back",
    Verb.FETCH: "missing; syncd sync or syncd backfill fetches it",
}


def _repair(work: Workspace, day: Day, side: Side) -> DayOutcome | None:
    verb = day.verb()
    if verb in {Verb.EDITED, Verb.CONFLICT}:
        return _differing(work, day, side)
    outcome = _carry_out(work, day, only=frozenset({Verb.WRITE_FILE, Verb.READ_FILE, Verb.SETTLE}))
    if outcome is None and verb is Verb.LOST:
        return DayOutcome(day.day, _state(work, day.day), Done.NONE, work.folder.path_of(day.day), note=_NOTES[verb])
    if outcome is None and side is Side.ROW:
        return _close_conflict(work, day)
    return outcome


def _carry_out(work: Workspace, day: Day, *, only: frozenset[Verb]) -> DayOutcome | None:
    verb = day.verb()
    if verb not in only:
        return None
    steps: dict[Verb, Callable[[Workspace, Day], DayOutcome]] = {
        Verb.WRITE_FILE: _write_file,
        Verb.READ_FILE: _read_file,
        Verb.SETTLE: _settle,
    }
    return steps[verb](work, day)


def _write_file(work: Workspace, day: Day) -> DayOutcome:
    row, digest = day.row, work.store.digest(day.day)
    if row is None or digest is None:
        raise ValueError(f"no row to write {day.day} from")
    data = digests.render(digest)
    stat = work.folder.write(day.day, data)
    work.steps("file")
    settle(work, day.day, row.sha256, stat)
    return _outcome(work, day.day, Done.RESTORED)


def _settle(work: Workspace, day: Day) -> DayOutcome:
    if day.row is not None:
        settle(work, day.day, day.row.sha256, work.folder.stat(day.day))
    return _outcome(work, day.day, Done.REGISTERED)


def _read_file(work: Workspace, day: Day) -> DayOutcome:
    """The file into rows, as adoption does."""
    data, path = day.file or b"", work.folder.path_of(day.day)
    digest = _readable(work, day.day, data)
    if isinstance(digest, FaultyDigest | OtherCategory):
        return DayOutcome(day.day, State.FAILED, Done.REFUSED, path, error=digest)
    kept = keep_aside(work, path, data, kind="adopted")
    how = Provenance(State.ADOPTED, "adopted", f"heading of the file {path}", kept)
    _put(work, digest, data, how)
    return _outcome(work, day.day, Done.REGISTERED)


def _readable(work: Workspace, day: date, data: bytes) -> Digest | FaultyDigest | OtherCategory:
    path = work.folder.path_of(day)
    parsed = digests.parse(data, work.config.archive.category)
    faults = tuple(issue for issue in parsed.issues if severity(issue.code) is Severity.FAULT)
    if parsed.digest is None or faults or parsed.digest.day != day:
        return FaultyDigest(path=path, issues=faults or parsed.issues)
    if parsed.digest.category != work.config.archive.category:
        return OtherCategory(parsed.digest.category, path=path)
    return digests.with_certain_sections(parsed.digest)


def _put(work: Workspace, digest: Digest, data: bytes, how: Provenance) -> None:
    """Row and agreement for a file that stands already."""
    row = describe(digest, data, how, work)
    work.store.put_mailing(row, digest)
    work.steps("row")
    settle(work, digest.day, row.sha256, work.folder.stat(digest.day))
    work.store.drop_finding(digest.day)


def _differing(work: Workspace, day: Day, side: Side) -> DayOutcome:
    path = work.folder.path_of(day.day)
    if side is Side.ROW:
        keep_aside(work, path, day.file or b"", kind="edited")
        outcome = _write_file(work, day)
        work.store.drop_finding(day.day)
        return outcome
    if side is Side.FILE:
        return _accept_file(work, day)
    verb = day.verb()
    error = DayConflict(path=path, day=day.day, kept=None) if verb is Verb.CONFLICT else None
    return DayOutcome(day.day, _state(work, day.day), Done.NONE, path, error=error, note=_NOTES[verb or Verb.EDITED])


def _accept_file(work: Workspace, day: Day) -> DayOutcome:
    """The file's text into the row; the row's rendering is kept aside, and what was known of each paper stays known."""
    data, path, held = day.file or b"", work.folder.path_of(day.day), work.store.digest(day.day)
    digest = _readable(work, day.day, data)
    if isinstance(digest, FaultyDigest | OtherCategory):
        return DayOutcome(day.day, _state(work, day.day), Done.REFUSED, path, error=digest)
    if held is not None and day.row is not None:
        keep_aside(work, path, digests.render(held))
        digest = _with_knowledge(digest, held)
    row = day.row
    state = row.state if row else State.ADOPTED
    source = row.source if row else "adopted"
    evidence = f"{row.evidence}; the file's text was accepted" if row else f"heading of the file {path}"
    _put(work, digest, data, Provenance(state, source, evidence, row.response if row else None))
    return _outcome(work, day.day, Done.ACCEPTED)


def _with_knowledge(digest: Digest, held: Digest) -> Digest:
    """Sections and evidence of the held entries, on the text of the file; an edited text is of no known version."""
    known = {entry.id: entry for entry in held.entries}
    entries = []
    for entry in digest.entries:
        before = known.get(entry.id)
        if before is None:
            entries.append(entry)
            continue
        same = (entry.title, entry.abstract) == (before.title, before.abstract)
        version = before.version if same else None
        entries.append(replace(entry, section=before.section, placed=before.placed, version=version))
    return replace(digest, entries=tuple(entries))


def _close_conflict(work: Workspace, day: Day) -> DayOutcome | None:
    """The archive's text holds: a recorded conflict about other bytes, which are kept aside, is over."""
    found = work.store.finding(day.day)
    if found is None or found.state is not State.CONFLICT:
        return None
    work.store.drop_finding(day.day)
    return _outcome(work, day.day, Done.RESTORED)


def _outcome(work: Workspace, day: date, action: Done) -> DayOutcome:
    report = work.report(day)
    return DayOutcome(day, report.state, action, work.folder.path_of(day), report.papers, source=report.source)


def _state(work: Workspace, day: date) -> State:
    return work.report(day).state
