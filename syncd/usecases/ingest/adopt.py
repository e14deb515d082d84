"""Take existing digest files into the archive: found by their first line, copied, registered; the source is only read.

paths ─► candidates ─► read and parsed ─► judged against what is held ─► offers, placed a page at a time ─► outcomes
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from syncd.archive.files.vault import VaultItem
from syncd.core import coverage
from syncd.core import digest as digests
from syncd.core.digest.hashing import sha256
from syncd.core.errors import DayConflict, DigestError, FaultyDigest, OtherCategory
from syncd.core.model import Finding, Severity, State
from syncd.core.reasons import severity
from syncd.core.results import DayOutcome, Done, Run
from syncd.usecases.reconcile.write import PAGE, Provenance, keep_aside, write_mailing, write_mailings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from syncd.core.model import Digest, Parsed
    from syncd.usecases.workspace import Workspace

_BOM = b"\xef\xbb\xbf"
_MARK = b"# ArXiv "


class Offer(NamedTuple):
    """A sound digest that is offered, with the bytes and the path it stands at."""

    path: Path
    data: bytes
    digest: Digest


def adopt(work: Workspace, paths: Iterable[Path], *, dry_run: bool = False) -> Run:
    """Register every digest among `paths` (files, or folders walked through); a second run does nothing.

    A file named by itself is always judged; in a folder only files whose first line looks like a digest's are, and hidden ones
    are left out. What cannot be read is an outcome. Of several files of one day the first is taken, by path within a folder.
    """
    outcomes: list[DayOutcome] = []
    page: list[Offer] = []
    for found in _candidates(paths):
        offer = _offer(work, found, dry_run=dry_run)
        if isinstance(offer, Offer) and len(page) < PAGE and offer.digest.day not in {one.digest.day for one in page}:
            page.append(offer)
            continue
        outcomes += _take(work, page, dry_run=dry_run)
        page = [offer] if isinstance(offer, Offer) else []
        outcomes += [] if isinstance(offer, Offer) else [offer]
    return Run((*outcomes, *_take(work, page, dry_run=dry_run)))


def _candidates(paths: Iterable[Path]) -> Iterator[Path | DigestError]:
    for path in paths:
        if path.is_dir():
            yield from _within(path)
        else:
            yield path


def _within(folder: Path) -> Iterator[Path | DigestError]:
    """The files below a folder that look like digests, by path, and the folders that cannot be read; no link is followed."""
    unread: list[OSError] = []
    for at, folders, names in os.walk(folder, onerror=unread.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(at, name)
            if not name.startswith(".") and path.is_file():
                yield from _like_digest(path)
    yield from (_unreadable(Path(str(error.filename)), error) for error in unread)


def _like_digest(path: Path) -> Iterator[Path | DigestError]:
    try:
        with path.open("rb") as file:
            if file.read(64).removeprefix(_BOM).startswith(_MARK):
                yield path
    except OSError as error:
        yield _unreadable(path, error)


def _unreadable(path: Path, error: OSError) -> DigestError:
    return DigestError(error.strerror or str(error), path=_shown(path))


def _shown(path: Path) -> str:
    """The path as it can be printed and kept: file names are bytes, and may hold anything."""
    text = os.fsencode(path).decode(errors="replace")
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def _offer(work: Workspace, found: Path | DigestError, *, dry_run: bool) -> Offer | DayOutcome:
    """The digest in a file, or the outcome of a file that is not taken."""
    if isinstance(found, DigestError):
        return _refused(found)
    data = _bytes(found)
    if isinstance(data, DigestError):
        return _refused(data)
    shown, category = _shown(found), work.config.archive.category
    parsed = digests.parse(data, category)
    if parsed.digest is not None and parsed.digest.category != category:
        return _refused(OtherCategory(parsed.digest.category, path=shown))
    if parsed.digest is None or any(severity(issue.code) is Severity.FAULT for issue in parsed.issues):
        return _faulty(work, shown, parsed, dry_run=dry_run)
    if parsed.digest.day > coverage.newest_possible(max(work.now(), work.wall())):
        return _refused(DigestError(f"dated {parsed.digest.day}, which has not been announced yet", path=shown))
    return Offer(found, data, parsed.digest)


def _bytes(path: Path) -> bytes | DigestError:
    try:
        if path.exists() and not path.is_file():
            return DigestError("not a regular file", path=_shown(path))
        return path.read_bytes()
    except OSError as error:
        return _unreadable(path, error)


def _refused(error: DigestError) -> DayOutcome:
    return DayOutcome(None, None, Done.REFUSED, error.path, error=error)


def _faulty(work: Workspace, path: str, parsed: Parsed, *, dry_run: bool) -> DayOutcome:
    """Not placed; the day is failed, unless something better is known of it."""
    day = parsed.digest.day if parsed.digest else None
    faults = tuple(issue for issue in parsed.issues if severity(issue.code) is Severity.FAULT)
    error = FaultyDigest(path=path, issues=faults or parsed.issues)
    if day is None:
        return _refused(error)
    state = work.report(day).state
    if not coverage.is_open(state):
        return DayOutcome(day, state, Done.REFUSED, path, error=error)
    if not dry_run:
        told = f"the file offered breaks the format in {len(error.issues)} places, first on line {error.issues[0].line}"
        work.store.put_finding(Finding(day, State.FAILED, "adopted", told, None, error.code, work.wall()))
    return DayOutcome(day, State.FAILED, Done.REFUSED, path, error=error)


def _take(work: Workspace, page: list[Offer], *, dry_run: bool) -> list[DayOutcome]:
    """The outcomes of sound digests of different days, in their order; those of days not held yet are placed together."""
    if not page:
        return []
    span = min(offer.digest.day for offer in page), max(offer.digest.day for offer in page)
    held = work.store.mailings(*span)
    fresh = [offer for offer in page if offer.digest.day not in held]
    placed = iter(_planned(work, fresh) if dry_run else _placed(work, fresh))
    return [_known(work, o, dry_run=dry_run) if o.digest.day in held else next(placed) for o in page]


def _planned(work: Workspace, page: list[Offer]) -> list[DayOutcome]:
    return [
        DayOutcome(day, State.ADOPTED, Done.PLANNED, work.folder.path_of(day), len(digest.entries), source="adopted")
        for _, _, digest in page
        for day in [digest.day]
    ]


def _placed(work: Workspace, page: list[Offer]) -> list[DayOutcome]:
    kept = work.vault.put_all([_item(work, offer) for offer in page])
    accounts = [
        (digests.with_certain_sections(offer.digest), _provenance(offer, one))
        for offer, one in zip(page, kept, strict=True)
    ]
    outcomes = zip(page, write_mailings(work, accounts), strict=True)
    # A day that is held after all was written by somebody else meanwhile.
    return [_known(work, offer) if done.action is Done.NONE else _registered(done) for offer, done in outcomes]


def _item(work: Workspace, offer: Offer) -> VaultItem:
    return VaultItem("adopted", _shown(offer.path), 0, (), offer.data, work.wall())


def _provenance(offer: Offer, kept: str | None) -> Provenance:
    return Provenance(State.ADOPTED, "adopted", f"heading of the adopted file {_shown(Path(offer.path.name))}", kept)


def _registered(outcome: DayOutcome) -> DayOutcome:
    return replace(outcome, action=Done.REGISTERED) if outcome.error is None else outcome


def _known(work: Workspace, offer: Offer, *, dry_run: bool = False) -> DayOutcome:
    """A day that is held: nothing to do for these very bytes, but what a killed run left undone; else a conflict."""
    day = offer.digest.day
    row = work.store.mailing(day)
    if row is None or row.sha256 != sha256(offer.data):
        return _conflict(work, day, offer.data, dry_run=dry_run)
    if not dry_run and work.store.list_agreed_hashes(day, day).get(day) != row.sha256:
        stored = work.store.digest(day)
        if stored is None or not stored.entries:
            stored = offer.digest
        return write_mailing(work, stored, Provenance(row.state, row.source, row.evidence, row.response))
    report = work.report(day)
    return DayOutcome(day, report.state, Done.NONE, work.folder.path_of(day), report.papers, source=row.source)


def _conflict(work: Workspace, day: date, data: bytes, *, dry_run: bool) -> DayOutcome:
    path = work.folder.path_of(day)
    kept = None if dry_run else keep_aside(work, path, data)
    if not dry_run:
        told = "a file offered for adoption has other bytes than the archive holds; they are kept aside"
        work.store.put_finding(Finding(day, State.CONFLICT, "adopted", told, kept, DayConflict.code, work.wall()))
    error = DayConflict(path=path, day=day, kept=kept)
    return DayOutcome(day, State.CONFLICT, Done.REFUSED, path, error=error)
