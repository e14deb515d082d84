"""The archive compared with its files, or with upstream: differences are found and named, never mended here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core import coverage
from syncd.core import diff as diffs
from syncd.core import digest as digests
from syncd.core.digest.hashing import sha256
from syncd.core.errors import FolderError
from syncd.core.mailing.windows import REACH
from syncd.core.model import Change, Severity
from syncd.core.reasons import severity
from syncd.core.results import Comparison, DayFiles
from syncd.usecases.compare.known_differences import quiet
from syncd.usecases.compare.run import Question, compare, gathered, rendering
from syncd.usecases.progress import RunControl
from syncd.usecases.reconcile import day_state
from syncd.usecases.upstream import UpstreamAccess
from syncd.usecases.workspace import today

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from syncd.core.model import Digest
    from syncd.usecases.ingest.upstream_client import ListingClient
    from syncd.usecases.workspace import Workspace


def held_days(work: Workspace, days: Sequence[date], since: date | None, until: date | None) -> list[date]:
    """The dates to compare, ascending: those given, else all held (or lying in the folder) within the range."""
    if days:
        return sorted(set(days))
    known = {*work.store.mailings(), *(day for day, _ in work.folder.days())}
    return sorted(day for day in known if (since is None or day >= since) and (until is None or day <= until))


def with_files(work: Workspace, days: Iterable[date], *, sql_first: bool) -> Comparison:
    """Files against SQL; `sql_first` makes the rows our side and the files theirs.

    The rows themselves are compared, not the hash recorded with them.
    """
    wanted = sorted(set(days))
    mailings = work.store.mailings(wanted[0], wanted[-1]) if wanted else {}
    digests_held = {digest.day: digest for digest in day_state.read_digests(work, wanted, len(mailings))}
    changes: list[Change] = []
    both: list[DayFiles] = []
    for day in wanted:
        found = _file_changes(work, day, digests_held.get(day), sql_first=sql_first)
        changes += found
        both += [_both(work, day, digests_held.get(day), sql_first=sql_first)] if found else []
    return Comparison(tuple(changes), len(wanted), both=tuple(both))


def _both(work: Workspace, day: date, stored: Digest | None, *, sql_first: bool) -> DayFiles:
    rows = None if stored is None else rendering(stored)
    try:
        data = work.folder.read(day)
    except FolderError:
        data = None
    return DayFiles(day, work.folder.path_of(day), *((rows, data) if sql_first else (data, rows)))


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
    return () if data == rendering(stored) else _edited(work, data, stored, sql_first=sql_first)


def _edited(work: Workspace, data: bytes, stored: Digest, *, sql_first: bool) -> Sequence[Change]:
    """What differs, paper by paper, behind a word on which side moved."""
    day, path = stored.day, work.folder.path_of(stored.day)
    parsed = digests.parse(data, work.config.archive.category)
    faults = [issue for issue in parsed.issues if severity(issue.code) is Severity.FAULT]
    if faults:
        head = Change(day, "file-damaged", detail=f"{faults[0].message} (line {faults[0].line})")
    elif work.store.list_agreed_hashes(day, day).get(day) == sha256(data):
        head = Change(day, "sql-damaged", detail=f"the rows moved; {path} is as it was when both last agreed")
    else:
        head = Change(day, "file-edited", detail=path)
    if parsed.digest is None:
        return (head,)
    both = (stored, parsed.digest) if sql_first else (parsed.digest, stored)
    return (head, *diffs.compare(*both))


def with_upstream(work: Workspace, upstream: ListingClient, days: Iterable[date]) -> Comparison:
    """The archive against arXiv's catchup pages; what they cannot tell is named as not compared.

    A page that is refused, stale or doubtful is no witness: it is kept, and its date not compared. Trouble with upstream ends
    the comparison.
    """
    means = UpstreamAccess(upstream.web, upstream, RunControl())
    return gathered(quiet(work, compare(work, means, Question(tuple(days), "catchup"))))


def gravest(changes: Iterable[Change]) -> Severity | None:
    """The gravest severity among the differences; None without any."""
    found = {severity(change.code) for change in changes}
    return next((one for one in (Severity.FAULT, Severity.DRIFT, Severity.HINT) if one in found), None)


def default_days(work: Workspace) -> list[date]:
    """The dates of the ledger within reach of listing pages that are held or still missing, ascending."""
    reports = work.reports(max(work.config.archive.since, today(work) - REACH), today(work))
    return [r.day for r in reports if coverage.is_held(r.state) or coverage.is_open(r.state)]


def upstream_days(work: Workspace, span: tuple[date | None, date | None], source: str) -> list[date]:
    """The dates to compare with upstream when none are named, ascending: the range, else all that the source gives cheaply."""
    since, until = span
    near = default_days(work)
    if since is not None or until is not None:
        known = {*held_days(work, (), since, until), *near}
        return sorted(day for day in known if (since is None or day >= since) and (until is None or day <= until))
    if source == "rss":
        return [today(work)]
    return held_days(work, (), None, None) if source in {"oai", "snapshot", "api"} else near
