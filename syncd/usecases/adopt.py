"""Take existing digest files into the archive: found by their first line, copied, registered; the source is only read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from syncd import digest as digests
from syncd.errors import DayConflict, FaultyDigest, FolderError, OtherCategory
from syncd.model import Finding, Severity, State
from syncd.reasons import severity
from syncd.results import DayOutcome, Done, Run
from syncd.usecases.placing import Provenance, keep_aside, place, sha256

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date
    from pathlib import Path

    from syncd.model import Digest, Issue, Mailing, Parsed
    from syncd.usecases.workspace import Workspace

_BOM = b"\xef\xbb\xbf"
_MARK = b"# ArXiv "


def adopt(work: Workspace, paths: Iterable[Path], *, dry_run: bool = False) -> Run:
    """Register every digest among `paths` (files, or folders walked through); a second run does nothing.

    A file named by itself is always judged; in a folder only files whose first line looks like a digest's are.
    """
    return Run(tuple(_adopt(work, path, dry_run=dry_run) for path in _candidates(paths)))


def _candidates(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        yield from (found for found in sorted(path.rglob("*")) if found.is_file() and _looks_like_digest(found))


def _looks_like_digest(path: Path) -> bool:
    if path.name.startswith("."):
        return False
    try:
        with path.open("rb") as file:
            return file.read(64).removeprefix(_BOM).startswith(_MARK)
    except OSError as error:
        raise FolderError(error.strerror or str(error), path=str(path)) from error


def _adopt(work: Workspace, path: Path, *, dry_run: bool) -> DayOutcome:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FolderError(error.strerror or str(error), path=str(path)) from error
    parsed = digests.parse(data, work.config.archive.category)
    faults = tuple(issue for issue in parsed.issues if severity(issue.code) is Severity.FAULT)
    if parsed.digest is not None and parsed.digest.category != work.config.archive.category:
        other = OtherCategory(parsed.digest.category, path=str(path))
        return DayOutcome(None, None, Done.REFUSED, str(path), error=other)
    if parsed.digest is None or faults:
        return _faulty(work, path, parsed, faults, dry_run=dry_run)
    return _take(work, path, parsed.digest, data, dry_run=dry_run)


def _faulty(work: Workspace, path: Path, parsed: Parsed, faults: tuple[Issue, ...], *, dry_run: bool) -> DayOutcome:
    day = parsed.digest.day if parsed.digest else None
    error = FaultyDigest(path=str(path), issues=faults or parsed.issues)
    if day is None or work.store.mailing(day) is not None:
        return DayOutcome(day, None, Done.REFUSED, str(path), error=error)
    if not dry_run:
        told = f"the file offered breaks the format in {len(error.issues)} places, first on line {error.issues[0].line}"
        work.store.put_finding(Finding(day, State.FAILED, "adopted", told, None, error.code, work.wall()))
    return DayOutcome(day, State.FAILED, Done.REFUSED, str(path), error=error)


def _take(work: Workspace, path: Path, digest: Digest, data: bytes, *, dry_run: bool) -> DayOutcome:
    held = work.store.mailing(digest.day)
    if held is not None:
        if held.sha256 == sha256(data):
            return _same(work, held, digest, dry_run=dry_run)
        return _conflict(work, digest.day, data, dry_run=dry_run)
    relative = work.folder.path_of(digest.day)
    if dry_run:
        return DayOutcome(digest.day, State.ADOPTED, Done.PLANNED, relative, len(digest.entries), source="adopted")
    kept = keep_aside(work, str(path), data, kind="adopted")
    evidence = f"heading of the adopted file {path.name}"
    certain = digests.with_certain_sections(digest)
    outcome = place(work, certain, Provenance(State.ADOPTED, "adopted", evidence, kept))
    return replace(outcome, action=Done.REGISTERED) if outcome.error is None else outcome


def _same(work: Workspace, held: Mailing, digest: Digest, *, dry_run: bool) -> DayOutcome:
    """The day is held with these very bytes; what a killed run left undone about its file is done now."""
    day = digest.day
    if not dry_run and work.store.agreed(day, day).get(day) != held.sha256:
        stored = work.store.digest(day) or digest
        return place(work, stored, Provenance(held.state, held.source, held.evidence, held.response))
    report = work.report(day)
    return DayOutcome(day, report.state, Done.NONE, work.folder.path_of(day), report.papers, source=held.source)


def _conflict(work: Workspace, day: date, data: bytes, *, dry_run: bool) -> DayOutcome:
    path = work.folder.path_of(day)
    kept = None if dry_run else keep_aside(work, path, data)
    if not dry_run:
        told = "a file offered for adoption has other bytes than the archive holds; they are kept aside"
        work.store.put_finding(Finding(day, State.CONFLICT, "adopted", told, kept, DayConflict.code, work.wall()))
    error = DayConflict(path=path, day=day, kept=kept)
    return DayOutcome(day, State.CONFLICT, Done.REFUSED, path, error=error)
