"""From an account of a mailing to a decision about it: guards, doubts, a second witness, then rows and file or a finding.

account ─► listing (page guards) ─► judge (archive guards) ─► witness if doubted ─► place
└─ refused: raw pages kept, a finding written, nothing else changed
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from syncd import coverage, guards, mailing
from syncd import digest as digests
from syncd.errors import GuardRefused, PageError, PartialPage
from syncd.model import Finding, State
from syncd.results import DayOutcome, Done
from syncd.usecases import witness
from syncd.usecases.fetching import Refused
from syncd.usecases.placing import Provenance, place

if TYPE_CHECKING:
    from datetime import date

    from syncd.model import Digest, Listing
    from syncd.usecases.fetching import Account, Upstream
    from syncd.usecases.workspace import Workspace
    from syncd.web import Response

SIZES = 20
"""The size of a mailing is compared with the median of so many before it."""


@dataclass(frozen=True, slots=True)
class Door:
    """How mailings are let in: `upstream` is None where nothing may be asked, `witness` asks for a second source always."""

    work: Workspace
    upstream: Upstream | None
    witness: bool = False


def accept(door: Door, account: Account, day: date | None) -> DayOutcome:
    """Let one mailing in, or say why not; whatever is refused is an outcome, trouble with upstream is raised."""
    work = door.work
    try:
        listing = account.listing(day)
        if listing.day > coverage.newest_possible(work.now()):
            detail = f"dated {listing.day}, which has not been announced yet"
            raise GuardRefused(detail, reason="future-date", day=listing.day)
        if not listing.new and not listing.cross:
            return _empty(work, listing, account)
        return _admit(door, listing, account)
    except PageError as error:
        return refuse(work, Refused(error, account.responses), day or account.heading)


def refuse(work: Workspace, refused: Refused, day: date | None) -> DayOutcome:
    """Keep the raw pages, record a finding unless the day is held, and change nothing else."""
    error = keep_refused(work, refused, day)
    if day is None:
        return DayOutcome(None, None, Done.REFUSED, error=error)
    state = State.PARTIAL if isinstance(error, PartialPage) else State.FAILED
    if work.store.mailing(day) is None:
        told = f"{error.reason}: {error.detail}"
        work.store.put_finding(Finding(day, state, "listing", told, error.response, error.reason, work.wall()))
    report = work.report(day)
    return DayOutcome(day, report.state, Done.REFUSED, papers=report.papers, error=error)


def keep_refused(work: Workspace, refused: Refused, day: date | None) -> PageError:
    """Keep raw pages that were refused; the error, which names the first of them."""
    error = refused.error
    kept = [_keep(work, response, "refused") for response in refused.responses]
    error.response = error.response or next(iter(kept), None)
    error.day = error.day or day
    error.url = error.url or next((response.url for response in refused.responses), None)
    return error


def _admit(door: Door, listing: Listing, account: Account) -> DayOutcome:
    work = door.work
    around = work.store.surroundings(listing.day, [paper.id for paper in listing.new], SIZES)
    doubts = guards.judge(listing, around, allow_shrink=work.config.guards.allow_shrink)
    second = _second(door, listing) if doubts or door.witness else None
    if doubts and (second is None or second.url is None):
        told = second.note if second else _Second().note
        raise GuardRefused(f"{'; '.join(doubts)}, and {told}", reason="doubtful", day=listing.day)
    kept = [_keep(work, response, "response") for response in account.responses]
    agreed = f", agreed by {second.url}" if second and second.url else ""
    evidence = f"heading of {account.responses[0].url}{agreed}"
    digest = _as_announced(work, digests.from_listing(listing, work.config.archive.category))
    held = work.store.digest(listing.day)
    if held is not None:
        digest = _merged(held, digest, listing.day)
        report = work.report(listing.day)
        if digest == held and report.state is State.COMPLETE:  # another process was faster with the same page
            path = work.folder.path_of(listing.day)
            return DayOutcome(listing.day, report.state, Done.NONE, path, report.papers, source=report.source)
    outcome = place(work, digest, Provenance(State.COMPLETE, listing.source, evidence, next(iter(kept), None)))
    if outcome.error is None:
        work.store.put_listed((*listing.new, *listing.cross), listing.source, account.responses[-1].received)
        _close_empty_days(work, listing.day)
    return replace(outcome, note=second.note) if second and second.url is None else outcome


def _as_announced(work: Workspace, digest: Digest) -> Digest:
    """The digest with version 1 for its new papers, when it was fetched before the next mailing could revise them."""
    if mailing.next_announcement(mailing.announced_at(digest.day), work.calendar()) <= work.now():
        return digest
    entries = (replace(e, version=1) if e.section == "new" else e for e in digest.entries)
    return replace(digest, entries=tuple(entries))


def _merged(held: Digest, listed: Digest, day: date) -> Digest:
    """The held digest with what a listing of the same papers proves: their sections. Its bytes stay.

    GuardRefused when the listing names other papers, or another order.
    """
    ours, theirs = [e.id for e in held.entries], [e.id for e in listed.entries]
    if ours != theirs:
        odd = sorted(set(ours) ^ set(theirs))
        detail = (
            f"the archive and the listing differ in {len(odd)} papers, e.g. {' '.join(odd[:3])}" if odd else "order"
        )
        raise GuardRefused(detail, reason="differs-from-held", day=day)
    entries = (replace(a, section=b.section) for a, b in zip(held.entries, listed.entries, strict=True))
    return replace(held, entries=tuple(entries))


@dataclass(frozen=True, slots=True)
class _Second:
    """What came of asking a second source: the address of the one that agrees, and why others were no witnesses."""

    url: str | None = None
    silent: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        """The words for a witness that was asked for and not to be had."""
        return "; ".join(("no second witness is to be had", *self.silent))


def _second(door: Door, listing: Listing) -> _Second:
    """Another source that agrees on the mailing's papers; GuardRefused when the two disagree. All that was heard is kept."""
    if door.upstream is None:
        return _Second()
    silent: list[str] = []
    for heard in witness.hear(door.work, door.upstream, listing, today(door.work)):
        is_witness = isinstance(heard, witness.Testimony)
        for response in heard.responses:
            _keep(door.work, response, "response" if is_witness else "refused")
        if isinstance(heard, witness.Testimony):
            witness.check(listing, heard)
            return _Second(heard.url, tuple(silent))
        silent.append(heard.why)
    return _Second(None, tuple(silent))


def today(work: Workspace) -> date:
    """The date in New York by the calendar clock: the newest that a catchup page is given for."""
    return work.now().astimezone(mailing.NEW_YORK).date()


def _empty(work: Workspace, listing: Listing, account: Account) -> DayOutcome:
    """A well-dated mailing without entries: no mailing once its day is over, until then it may still fill.

    A catchup page must say so itself by linking the next day: an empty one may be a copy from before the announcement.
    """
    if work.store.mailing(listing.day) is not None:
        raise GuardRefused("the page is empty, the archive holds papers", reason="shrunk", day=listing.day)
    kept = [_keep(work, response, "response") for response in account.responses]
    later = listing.source == "new" and any(day > listing.day for day in work.store.mailings(listing.day))
    over = account.is_over or later
    state, told = _emptiness(over=over)
    evidence = f"{account.responses[0].url} is empty{told}"
    work.store.put_finding(
        Finding(listing.day, state, listing.source, evidence, next(iter(kept), None), None, work.wall())
    )
    return DayOutcome(listing.day, state, Done.NONE, source=listing.source, note=f"no entries{told}")


def _emptiness(*, over: bool) -> tuple[State, str]:
    if over:
        return State.NO_MAILING, ", and later mailings exist"
    return State.PENDING, ", and may still fill"


def _close_empty_days(work: Workspace, day: date) -> None:
    """A date for which `/new` was dated right and empty has no mailing once a later mailing exists."""
    earlier = work.store.findings(day - timedelta(days=400), day - timedelta(days=1))
    for finding in earlier.values():
        if finding.state is State.PENDING and finding.source == "new":
            told = f"{finding.evidence.partition(',')[0]}, and a mailing dated {day} exists"
            work.store.put_finding(replace(finding, state=State.NO_MAILING, evidence=told, recorded=work.wall()))


def _keep(work: Workspace, response: Response, kind: str) -> str | None:
    return work.vault.put(
        kind=kind,
        url=response.url,
        status=response.status,
        headers=response.headers,
        body=response.body,
        received=response.received,
    )
