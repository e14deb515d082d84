"""The archive compared with its files, or with upstream: differences are found and named, never mended here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd import coverage
from syncd import diff as diffs
from syncd import digest as digests
from syncd.errors import PageError, Unexpected, UpstreamError
from syncd.model import Change, Severity
from syncd.reasons import severity
from syncd.results import Compared, NotCompared
from syncd.usecases.accepting import today
from syncd.usecases.fetching import Refused
from syncd.usecases.placing import sha256
from syncd.usecases.sync import REACH

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from syncd.model import Digest
    from syncd.usecases.fetching import Upstream
    from syncd.usecases.workspace import Workspace

    Found = tuple[list[Change], list[NotCompared]]


def held_days(work: Workspace, days: Sequence[date], since: date | None, until: date | None) -> list[date]:
    """The dates to compare, ascending: those given, else all held (or lying in the folder) within the range."""
    if days:
        return sorted(set(days))
    known = {*work.store.mailings(), *(day for day, _ in work.folder.days())}
    return sorted(day for day in known if (since is None or day >= since) and (until is None or day <= until))


def with_files(work: Workspace, days: Iterable[date], *, sql_first: bool) -> Compared:
    """Files against SQL; `sql_first` makes the rows our side and the files theirs."""
    changes: list[Change] = []
    compared = 0
    for day in days:
        compared += 1
        changes += _file_changes(work, day, sql_first=sql_first)
    return Compared(tuple(changes), compared)


def _file_changes(work: Workspace, day: date, *, sql_first: bool) -> Sequence[Change]:
    data, row = work.folder.read(day), work.store.mailing(day)
    if data is None and row is None:
        return ()
    if data is None:
        return (Change(day, "file-missing", detail=work.folder.path_of(day)),)
    if row is None:
        return (Change(day, "row-missing", detail=work.folder.path_of(day)),)
    if sha256(data) == row.sha256:
        return ()
    return _edited(work, day, data, sql_first=sql_first)


def _edited(work: Workspace, day: date, data: bytes, *, sql_first: bool) -> Sequence[Change]:
    parsed = digests.parse(data, work.config.archive.category)
    faults = [issue for issue in parsed.issues if severity(issue.code) is Severity.FAULT]
    stored = work.store.digest(day)
    if parsed.digest is None or stored is None:
        return (Change(day, "file-damaged", detail=faults[0].message if faults else "not a digest"),)
    code = "file-damaged" if faults else "file-edited"
    told = f"{faults[0].message} (line {faults[0].line})" if faults else work.folder.path_of(day)
    both = (stored, parsed.digest) if sql_first else (parsed.digest, stored)
    return (Change(day, code, detail=told), *diffs.compare(*both))


def with_upstream(work: Workspace, upstream: Upstream, days: Sequence[date]) -> Compared:
    """The archive against arXiv's catchup pages, newest first; dates they do not reach are named as not compared."""
    changes: list[Change] = []
    skipped: list[NotCompared] = []
    compared, error = 0, None
    for day in sorted(days, reverse=True):
        reason = _beyond(work, day)
        if reason is not None:
            skipped.append(NotCompared(day, "mailing", reason))
            continue
        try:
            changes += _day_changes(work, upstream, day)
            compared += 1
        except (Refused, PageError, Unexpected) as refused:
            skipped.append(_untrusted(day, refused))
        except UpstreamError as trouble:
            error = trouble
            break
    by_day = sorted(changes, key=lambda change: change.day)
    return Compared(tuple(by_day), compared, tuple(sorted(skipped, key=lambda n: n.day)), error=error)


def _beyond(work: Workspace, day: date) -> str | None:
    if day > today(work):
        return "arXiv gives its page from midnight in New York on"
    if day < today(work) - REACH:
        return f"listing pages reach back to {today(work) - REACH}"
    return None


def _untrusted(day: date, refused: Refused | PageError | Unexpected) -> NotCompared:
    error = refused.error if isinstance(refused, Refused) else refused
    return NotCompared(day, "mailing", f"upstream's page cannot be believed: {error.detail}")


def _day_changes(work: Workspace, upstream: Upstream, day: date) -> Sequence[Change]:
    account = upstream.catchup(day)
    listing = account.listing(day)
    ours = work.store.digest(day)
    if not listing.new and not listing.cross:
        return () if ours is None else [Change(day, "missing-upstream", e.id, ours=e.title) for e in ours.entries]
    theirs = digests.from_listing(listing, work.config.archive.category)
    if ours is None:
        return [Change(day, "missing-local", e.id, theirs=e.title) for e in theirs.entries]
    return diffs.compare(_sectioned(ours, theirs), theirs)


def _sectioned(ours: Digest, theirs: Digest) -> Digest:
    """Our digest, where a section is not known for certain, with theirs: not knowing is no difference."""
    from dataclasses import replace

    known = {entry.id: entry.section for entry in theirs.entries}
    return replace(
        ours,
        entries=tuple(replace(e, section=known.get(e.id)) if e.section is None else e for e in ours.entries),
    )


def gravest(changes: Iterable[Change]) -> Severity | None:
    """The gravest severity among the differences; None without any."""
    found = {severity(change.code) for change in changes}
    return next((one for one in (Severity.FAULT, Severity.DRIFT, Severity.HINT) if one in found), None)


def default_days(work: Workspace) -> list[date]:
    """The dates of the ledger within reach of listing pages that are held or still missing, ascending."""
    reports = work.reports(max(work.config.archive.since, today(work) - REACH), today(work))
    return [r.day for r in reports if coverage.is_held(r.state) or coverage.is_open(r.state)]
