"""Take existing digest files into the archive: found by their first line, copied, registered. The source is only read.

paths ─► files that look like digests ─► parsed ─► Offer, or an outcome ─► written a page at a time ─► outcomes
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from syncd.archive.files.receipt_file import VaultItem
from syncd.core import coverage
from syncd.core import digest as digests
from syncd.core.categories import is_same_category
from syncd.core.digest.hashing import sha256
from syncd.core.errors import DayConflict, DigestError, FaultyDigest, OtherCategory
from syncd.core.model import Finding, Severity, State
from syncd.core.reasons import severity
from syncd.core.results import DayOutcome, Done, Run
from syncd.usecases.progress import UNSTOPPED, Cancelled
from syncd.usecases.reconcile.journal import name_origins
from syncd.usecases.reconcile.recover import finish_interrupted
from syncd.usecases.reconcile.write import PAGE, Provenance, keep_aside, write_mailing, write_mailings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from syncd.core.model import Digest, Parsed
    from syncd.usecases.progress import RunControl
    from syncd.usecases.workspace import Workspace

_BOM = b"\xef\xbb\xbf"
_FIRST_WORDS = b"# ArXiv "


class Offer(NamedTuple):
    """A valid digest that is offered, with its bytes and the path it was read from.

    `alias` is the name by which its heading calls the category of the archive, None where it is the archive's own.
    """

    path: Path
    data: bytes
    digest: Digest
    alias: str | None = None


def adopt(work: Workspace, paths: Iterable[Path], *, dry_run: bool = False, control: RunControl = UNSTOPPED) -> Run:
    """Register every digest among `paths` (files, or folders with all below them). A second run does nothing.

    A file that is named itself is always examined. In a folder only files whose first line looks like a digest's are, and hidden
    ones are left out. What cannot be read is an outcome. Of several files of one day the first is taken, by path in a folder.
    Where `control` stops the work, the digests read until then are registered.
    """
    outcomes: list[DayOutcome] = []
    page: list[Offer] = []
    is_cancelled = False
    if not dry_run:
        finish_interrupted(work)
    try:
        found = list(control.follow(_find_candidates(paths), "looking for digests", 0, "file"))
        for one in control.follow(found, "adopting digests", len(found), "file"):
            offer = _read_offer(work, one, dry_run=dry_run)
            if isinstance(offer, Offer) and len(page) < PAGE and offer.digest.day not in {o.digest.day for o in page}:
                page.append(offer)
                continue
            outcomes += _take(work, page, dry_run=dry_run)
            page = [offer] if isinstance(offer, Offer) else []
            outcomes += [] if isinstance(offer, Offer) else [offer]
    except Cancelled:
        is_cancelled = True
    return Run((*outcomes, *_take(work, page, dry_run=dry_run)), ended=is_cancelled)


def _find_candidates(paths: Iterable[Path]) -> Iterator[Path | DigestError]:
    """Yield the files named, and those below folders that look like digests, by path. No link to a folder is followed."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        unread: list[OSError] = []
        for at, folders, names in os.walk(path, onerror=unread.append):
            # os.walk goes into what remains in this very list.
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                file = Path(at, name)
                if not name.startswith("."):
                    yield from _check_first_line(file)
        yield from (_describe_unreadable(Path(str(error.filename)), error) for error in unread)


def _check_first_line(path: Path) -> Iterator[Path | DigestError]:
    """Yield the path of a file whose first line looks like a digest's, or why the file cannot be read. Skip all but files."""
    try:
        if not path.is_file():
            return
        with path.open("rb") as file:
            if file.read(len(_BOM + _FIRST_WORDS)).removeprefix(_BOM).startswith(_FIRST_WORDS):
                yield path
    except OSError as error:
        yield _describe_unreadable(path, error)


def _describe_unreadable(path: Path, error: OSError) -> DigestError:
    return DigestError(error.strerror or str(error), path=_format_path(path))


def _format_path(path: Path) -> str:
    """Return the path as it can be printed and kept: file names are bytes, and may hold anything."""
    text = os.fsencode(path).decode(errors="replace")
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def _read_offer(work: Workspace, found: Path | DigestError, *, dry_run: bool) -> Offer | DayOutcome:
    """Return the digest in a file, or the outcome of a file that is not taken."""
    if isinstance(found, DigestError):
        return _refuse(found)
    data = _read_bytes(found, work.config.upstream.max_body)
    if isinstance(data, DigestError):
        return _refuse(data)
    path, category = _format_path(found), work.config.archive.category
    parsed = digests.read(data, category)
    named = parsed.digest.category if parsed.digest is not None else category
    if not is_same_category(named, category):
        return _refuse(OtherCategory(named, path=path))
    if named != category:
        parsed = digests.read(data, named)
    if parsed.digest is None or any(severity(issue.code) is Severity.FAULT for issue in parsed.issues):
        return _refuse_faulty(work, path, parsed, dry_run=dry_run)
    # The real clock counts as well: a frozen calendar clock must not make a digest of last week a digest of the future.
    if parsed.digest.day > coverage.newest_possible(max(work.now(), work.wall())):
        return _refuse(DigestError(f"dated {parsed.digest.day}, which has not been announced yet", path=path))
    digest = replace(parsed.digest, category=category)
    return Offer(found, data, digest, None if named == category else named)


def _read_bytes(path: Path, limit: int) -> bytes | DigestError:
    """Return the bytes of a file, or why it is not taken: no digest is larger than a page may be."""
    try:
        if path.exists() and not path.is_file():
            return DigestError("not a regular file", path=_format_path(path))
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        return _describe_unreadable(path, error)
    if len(data) > limit:
        return DigestError(f"larger than upstream.max_body, which is {limit} bytes", path=_format_path(path))
    return data


def _refuse(error: DigestError) -> DayOutcome:
    return DayOutcome(None, None, Done.REFUSED, error.path, error=error)


def _refuse_faulty(work: Workspace, path: str, parsed: Parsed, *, dry_run: bool) -> DayOutcome:
    """Refuse a file with faults, and record its day as failed unless something better is known of it."""
    day = parsed.digest.day if parsed.digest else None
    faults = tuple(issue for issue in parsed.issues if severity(issue.code) is Severity.FAULT)
    error = FaultyDigest(path=path, issues=faults or parsed.issues)
    if day is None:
        return _refuse(error)
    state = work.report(day).state
    if not coverage.is_open(state):
        return DayOutcome(day, state, Done.REFUSED, path, error=error)
    if not dry_run:
        evidence = (
            f"the file offered breaks the format in {len(error.issues)} places, first on line {error.issues[0].line}"
        )
        work.store.put_finding(Finding(day, State.FAILED, "adopted", evidence, None, error.code, work.wall()))
    return DayOutcome(day, State.FAILED, Done.REFUSED, path, error=error)


def _take(work: Workspace, page: list[Offer], *, dry_run: bool) -> list[DayOutcome]:
    """Return the outcomes of valid digests of different days, in their order. Those of days not held yet are written together."""
    if not page:
        return []
    held = work.store.mailings(min(offer.digest.day for offer in page), max(offer.digest.day for offer in page))
    new = [offer for offer in page if offer.digest.day not in held]
    outcomes = iter(_preview(work, new) if dry_run else register_offers(work, new))
    return [
        _compare_with_held(work, offer, dry_run=dry_run) if offer.digest.day in held else next(outcomes)
        for offer in page
    ]


def _preview(work: Workspace, page: list[Offer]) -> list[DayOutcome]:
    return [
        DayOutcome(day, State.ADOPTED, Done.PLANNED, work.folder.path_of(day), len(digest.entries), source="adopted")
        for digest in (offer.digest for offer in page)
        for day in [digest.day]
    ]


def register_offers(work: Workspace, page: list[Offer]) -> list[DayOutcome]:
    """Keep the bytes of digests of days not held, write their rows and files, and return the outcomes in their order."""
    items = [VaultItem("adopted", _format_path(offer.path), 0, (), offer.data, work.wall()) for offer in page]
    digest_origins = []
    for offer, kept in zip(page, work.vault.put_all(items), strict=True):
        evidence = f"heading of the adopted file {_format_path(Path(offer.path.name))}"
        origins = name_origins(offer.digest.entries, kept)
        origin = Provenance(State.ADOPTED, "adopted", evidence, kept, origins, file=offer.data)
        digest_origins.append((digests.add_certain_sections(offer.digest), origin))
    outcomes = []
    for offer, done in zip(page, write_mailings(work, digest_origins), strict=True):
        # A day that turns out to be held was written by another process in the meantime.
        outcome = _compare_with_held(work, offer) if done.action is Done.NONE else done
        is_new = done.action is not Done.NONE and done.error is None
        outcomes.append(
            replace(outcome, action=Done.REGISTERED, note=_describe_alias(work, offer)) if is_new else outcome
        )
    return outcomes


def _describe_alias(work: Workspace, offer: Offer) -> str:
    """Return in words what becomes of the heading of a file that calls the archive's category by another name."""
    category = work.config.archive.category
    return f"its heading says {offer.alias}, which is {category}; the archive's says {category}" if offer.alias else ""


def _compare_with_held(work: Workspace, offer: Offer, *, dry_run: bool = False) -> DayOutcome:
    """Return the outcome of a day that is held: a conflict for other bytes. For the same ones, finish what a killed run left."""
    day = offer.digest.day
    row, data = work.store.mailing(day), digests.render(offer.digest)
    if row is None or row.sha256 != sha256(data):
        return _record_conflict(work, day, data, dry_run=dry_run)
    if not dry_run and work.store.list_agreed_hashes(day, day).get(day) != row.sha256:
        stored = work.store.digest(day)
        if stored is None or not stored.entries:
            stored = offer.digest
        return write_mailing(work, stored, Provenance(row.state, row.source, row.evidence, row.response))
    report = work.report(day)
    return DayOutcome(day, report.state, Done.NONE, work.folder.path_of(day), report.papers, source=row.source)


def _record_conflict(work: Workspace, day: date, data: bytes, *, dry_run: bool) -> DayOutcome:
    path = work.folder.path_of(day)
    kept = None if dry_run else keep_aside(work, path, data)
    if not dry_run:
        evidence = "a file offered for adoption has other bytes than the archive holds; they are kept aside"
        work.store.put_finding(Finding(day, State.CONFLICT, "adopted", evidence, kept, DayConflict.code, work.wall()))
    error = DayConflict(path=path, day=day, kept=kept)
    return DayOutcome(day, State.CONFLICT, Done.REFUSED, path, error=error)
