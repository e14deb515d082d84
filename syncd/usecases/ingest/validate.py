"""What an account of a mailing is worth beside the archive: let in as a digest, or left, and what is to be written down then.

It reads and decides; it keeps, writes and asks nothing. What follows from a verdict is for `syncd.usecases.ingest.accept`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from syncd.core import coverage, guards, mailing
from syncd.core import digest as digests
from syncd.core.errors import GuardRefused, PageError, PartialPage
from syncd.core.guards import SIZES, Surroundings
from syncd.core.model import Digest, Finding, Listing, State
from syncd.core.results import DayOutcome, Done
from syncd.usecases.ingest.upstream_client import fill_origin

if TYPE_CHECKING:
    from syncd.core.model import PaperId
    from syncd.usecases.ingest.upstream_client import FetchedListing
    from syncd.usecases.workspace import Workspace
    from syncd.web import Response


@dataclass(frozen=True, slots=True)
class Second:
    """What came of asking a second source: the address of the one that agrees, and why others were no witnesses."""

    url: str | None = None
    silent: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        """The words for a witness that was asked for and not to be had."""
        return "; ".join(("no second witness is to be had", *self.silent))


Hear = Callable[[Listing, Sequence[str]], Second | None]
"""Asks a second source about a listing of which there are these doubts; None where it is not to be asked."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A mailing to be placed, `evidence` says how it is known, `note` what is to be said of it."""

    listing: Listing
    digest: Digest
    evidence: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """An account of which nothing is placed: its outcome (a PageError where it was refused), and what was learnt of the date.

    The vault hash of the page stands in neither yet.
    """

    outcome: DayOutcome
    finding: Finding | None = None


class Standing(NamedTuple):
    """How a date stands; `papers` is None where no mailing is held."""

    state: State
    papers: int | None
    source: str


@dataclass(frozen=True, slots=True)
class Known:
    """What is known around a mailing: what the archive holds, and what is `planned` to be placed in it before."""

    work: Workspace
    planned: Mapping[date, Admitted] = field(default_factory=dict)

    def digest(self, day: date) -> Digest | None:
        """The digest of the day, None when it is not held."""
        return self.planned[day].digest if day in self.planned else self.work.store.digest(day)

    def standing(self, day: date) -> Standing:
        """How the date stands."""
        if day in self.planned:
            listing, digest = self.planned[day].listing, self.planned[day].digest
            return Standing(State.COMPLETE, len(digest.entries), listing.source)
        report = self.work.report(day)
        return Standing(report.state, report.papers, report.source)

    def has_later(self, day: date) -> bool:
        """Whether a mailing of a later date is held."""
        return any(other > day for other in (*self.planned, *self.work.store.mailings(day)))

    def around(self, listing: Listing) -> Surroundings:
        """What the guards need to know around the listing."""
        found = self.work.store.surroundings(listing.day, [paper.id for paper in listing.new], SIZES)
        return self._with_planned(found, listing) if self.planned else found

    def _with_planned(self, found: Surroundings, listing: Listing) -> Surroundings:
        day, ids = listing.day, {paper.id for paper in listing.new}
        sizes = {other: held.papers for other, held in self.work.store.mailings().items()}
        sizes |= {other: len(planned.digest.entries) for other, planned in self.planned.items()}
        older = max((other for other in sizes if other < day), default=date.min)
        newer = min((other for other in sizes if other > day), default=date.max)
        elsewhere = dict(found.elsewhere or {})
        for other in self.planned.keys() - {day}:
            elsewhere |= {one: min(other, elsewhere.get(one, other)) for one in ids & _new(self.planned[other])}
        return Surroundings(
            held=sizes.get(day),
            before=max(_new(self.planned[older]), default=None) if older in self.planned else found.before,
            after=min(_new(self.planned[newer]), default=None) if newer in self.planned else found.after,
            elsewhere=elsewhere,
            sizes=[sizes[other] for other in sorted(sizes, reverse=True) if other < day][:SIZES],
        )


def _new(planned: Admitted) -> set[PaperId]:
    return {entry.id for entry in planned.digest.entries if entry.section == "new"}


def judge(known: Known, account: FetchedListing, day: date | None, hear: Hear) -> Admitted | Left:
    """Whether an account of `day` (None: of whatever its heading says) is believed; what `hear` raises is raised."""
    try:
        listing = account.assemble(day)
        if listing.day > coverage.newest_possible(known.work.now()):
            detail = f"dated {listing.day}, which has not been announced yet"
            raise GuardRefused(detail, reason="future-date", day=listing.day)
        if not listing.new and not listing.cross:
            return _empty(known, listing, account)
        return _admit(known, listing, account, hear)
    except PageError as error:
        return refused(known, error, account.responses, day or account.heading)


def refused(known: Known, error: PageError, responses: Sequence[Response], day: date | None) -> Left:
    """Pages that are not believed: a finding unless the day is held; the error is told day and address."""
    fill_origin(error, responses, day)
    if day is None:
        return Left(DayOutcome(None, None, Done.REFUSED, error=error))
    held = known.standing(day)
    if held.papers is not None:
        return Left(DayOutcome(day, held.state, Done.REFUSED, papers=held.papers, error=error))
    state = State.PARTIAL if isinstance(error, PartialPage) else State.FAILED
    told = f"{error.reason}: {error.detail}"
    finding = Finding(day, state, "listing", told, error.response, error.reason, known.work.wall())
    return Left(DayOutcome(day, state, Done.REFUSED, error=error), finding)


def _empty(known: Known, listing: Listing, account: FetchedListing) -> Left:
    """A well-dated mailing without entries: no mailing once its day is over, until then it may still fill.

    A catchup page must say so itself by linking the next day: an empty one may be a copy from before the announcement.
    """
    if known.standing(listing.day).papers is not None:
        raise GuardRefused("the page is empty, the archive holds papers", reason="shrunk", day=listing.day)
    over = account.is_over or (listing.source == "new" and known.has_later(listing.day))
    state, told = _emptiness(over=over)
    evidence = f"{account.responses[0].url} is empty{told}"
    outcome = DayOutcome(listing.day, state, Done.NONE, source=listing.source, note=f"no entries{told}")
    return Left(outcome, Finding(listing.day, state, listing.source, evidence, None, None, known.work.wall()))


def _emptiness(*, over: bool) -> tuple[State, str]:
    if over:
        return State.NO_MAILING, ", and later mailings exist"
    return State.PENDING, ", and may still fill"


def _admit(known: Known, listing: Listing, account: FetchedListing, hear: Hear) -> Admitted | Left:
    config = known.work.config
    doubts = guards.judge(listing, known.around(listing), allow_shrink=config.guards.allow_shrink)
    second = hear(listing, doubts)
    if doubts and (second is None or second.url is None):
        told = (second or Second()).note
        raise GuardRefused(f"{'; '.join(doubts)}, and {told}", reason="doubtful", day=listing.day)
    agreed = f", agreed by {second.url}" if second and second.url else ""
    digest = _as_announced(known.work, digests.from_listing(listing, config.archive.category))
    held = known.digest(listing.day)
    if held is not None:
        digest = _merged(held, digest, listing.day)
        state, papers, source = known.standing(listing.day)
        if digest == held and state is State.COMPLETE:  # another process was faster with the same page
            path = known.work.folder.path_of(listing.day)
            return Left(DayOutcome(listing.day, state, Done.NONE, path, papers, source=source))
    note = second.note if second and second.url is None else ""
    return Admitted(listing, digest, f"heading of {account.responses[0].url}{agreed}", note)


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
