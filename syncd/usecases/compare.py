"""The archive compared with its files, or with upstream: differences are found and named, never mended here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd import coverage, guards
from syncd import diff as diffs
from syncd import digest as digests
from syncd.errors import FolderError, GuardRefused, PageError, Unexpected, UpstreamError
from syncd.model import Change, Severity, State
from syncd.reasons import severity
from syncd.results import Compared, NotCompared
from syncd.usecases import sides
from syncd.usecases.accepting import SIZES, keep_refused, today
from syncd.usecases.fetching import Refused
from syncd.usecases.placing import sha256
from syncd.usecases.sync import REACH

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from syncd.model import Digest, Listing
    from syncd.usecases.fetching import Upstream
    from syncd.usecases.workspace import Workspace


def held_days(work: Workspace, days: Sequence[date], since: date | None, until: date | None) -> list[date]:
    """The dates to compare, ascending: those given, else all held (or lying in the folder) within the range."""
    if days:
        return sorted(set(days))
    known = {*work.store.mailings(), *(day for day, _ in work.folder.days())}
    return sorted(day for day in known if (since is None or day >= since) and (until is None or day <= until))


def with_files(work: Workspace, days: Iterable[date], *, sql_first: bool) -> Compared:
    """Files against SQL; `sql_first` makes the rows our side and the files theirs.

    The rows themselves are compared, not the hash recorded with them.
    """
    wanted = sorted(set(days))
    mailings = work.store.mailings(wanted[0], wanted[-1]) if wanted else {}
    digests_held = {digest.day: digest for digest in sides.stored(work, wanted, len(mailings))}
    changes: list[Change] = []
    for day in wanted:
        changes += _file_changes(work, day, digests_held.get(day), sql_first=sql_first)
    return Compared(tuple(changes), len(wanted))


def _file_changes(work: Workspace, day: date, stored: Digest | None, *, sql_first: bool) -> Sequence[Change]:
    path = work.folder.path_of(day)
    try:
        data = work.folder.read(day)
    except FolderError as error:
        return (Change(day, "file-damaged", detail=f"cannot be read: {error.detail}"),)
    if data is None:
        return () if stored is None else (Change(day, "file-missing", detail=path),)
    if stored is None:
        return (Change(day, "row-missing", detail=path),)
    return () if data == _rendered(stored) else _edited(work, data, stored, sql_first=sql_first)


def _rendered(digest: Digest) -> bytes | None:
    """The file of a digest; None for rows that no file can be made of."""
    try:
        return digests.render(digest)
    except (ValueError, TypeError, AttributeError):
        return None


def _edited(work: Workspace, data: bytes, stored: Digest, *, sql_first: bool) -> Sequence[Change]:
    """What differs, paper by paper, behind a word on which side moved."""
    day, path = stored.day, work.folder.path_of(stored.day)
    parsed = digests.parse(data, work.config.archive.category)
    faults = [issue for issue in parsed.issues if severity(issue.code) is Severity.FAULT]
    if faults:
        head = Change(day, "file-damaged", detail=f"{faults[0].message} (line {faults[0].line})")
    elif work.store.agreed(day, day).get(day) == sha256(data):
        head = Change(day, "sql-damaged", detail=f"the rows moved; {path} is as it was when both last agreed")
    else:
        head = Change(day, "file-edited", detail=path)
    if parsed.digest is None:
        return (head,)
    both = (stored, parsed.digest) if sql_first else (parsed.digest, stored)
    return (head, *diffs.compare(*both))


def with_upstream(work: Workspace, upstream: Upstream, days: Iterable[date]) -> Compared:
    """The archive against arXiv's catchup pages, newest first; what they cannot tell is named as not compared.

    A page that is refused, stale or doubtful is no witness: it is kept, and its date not compared. Trouble with upstream ends
    the comparison.
    """
    changes: list[Change] = []
    skipped: list[NotCompared] = []
    compared, error = 0, None
    for day in sorted(set(days), reverse=True):
        reason = "upstream could not be asked" if error else _beyond(work, day)
        if reason is not None:
            skipped.append(NotCompared(day, "mailing", reason))
            continue
        try:
            changes += _day_changes(work, upstream, day)
            compared += 1
        except Refused as refused:
            skipped.append(_untrusted(day, keep_refused(work, refused, day)))
        except Unexpected as unexpected:
            skipped.append(_untrusted(day, unexpected))
        except UpstreamError as trouble:
            error = trouble
            skipped.append(NotCompared(day, "mailing", "upstream could not be asked"))
    by_day = sorted(changes, key=lambda change: change.day)
    return Compared(tuple(by_day), compared, tuple(sorted(skipped, key=lambda n: n.day)), error=error)


def _beyond(work: Workspace, day: date) -> str | None:
    """Why no catchup page can be asked for this date."""
    if day > today(work):
        return "arXiv gives its page from midnight in New York on"
    if day < today(work) - REACH:
        return f"listing pages reach back to {today(work) - REACH}"
    report = work.report(day)
    return f"no mailing: {report.evidence}" if report.state is State.NO_MAILING else None


def _untrusted(day: date, error: PageError | Unexpected) -> NotCompared:
    return NotCompared(day, "mailing", f"upstream's page cannot be believed: {error.detail}")


def _day_changes(work: Workspace, upstream: Upstream, day: date) -> Sequence[Change]:
    account = upstream.catchup(day)
    ours = work.store.digest(day)
    try:
        listing = account.listing(day)
        if ours is not None or listing.new or listing.cross:
            _refuse_doubtful(work, listing)
    except PageError as error:
        raise Refused(error, account.responses) from error
    if not listing.new and not listing.cross:
        return ()
    theirs = digests.from_listing(listing, work.config.archive.category)
    if ours is None:
        return [Change(day, "missing-local", e.id, theirs=e.title) for e in theirs.entries]
    return diffs.compare(ours, theirs)


def _refuse_doubtful(work: Workspace, listing: Listing) -> None:
    """GuardRefused for a page that sync would not have believed either; a paper fewer is a difference, not a doubt."""
    if not listing.new and not listing.cross:
        raise GuardRefused("the page is empty, the archive holds papers", reason="shrunk", day=listing.day)
    around = work.store.surroundings(listing.day, [paper.id for paper in listing.new], SIZES)
    doubts = guards.judge(listing, around, allow_shrink=True)
    if doubts:
        raise GuardRefused("; ".join(doubts), reason="doubtful", day=listing.day)


def gravest(changes: Iterable[Change]) -> Severity | None:
    """The gravest severity among the differences; None without any."""
    found = {severity(change.code) for change in changes}
    return next((one for one in (Severity.FAULT, Severity.DRIFT, Severity.HINT) if one in found), None)


def default_days(work: Workspace) -> list[date]:
    """The dates of the ledger within reach of listing pages that are held or still missing, ascending."""
    reports = work.reports(max(work.config.archive.since, today(work) - REACH), today(work))
    return [r.day for r in reports if coverage.is_held(r.state) or coverage.is_open(r.state)]
