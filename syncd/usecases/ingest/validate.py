"""Decide what a fetched listing brings beside what the archive knows: a mailing to write, nothing, or an error.

assemble ─► read what is known ─► doubts ─► a second source where there are any ─► the digest to write

It reads, and asks a second source where there are doubts, but writes no row and no file. What follows from the decision is
done in `syncd.usecases.ingest.accept`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core import coverage, guards, mailing
from syncd.core import digest as digests
from syncd.core.errors import GuardRefused
from syncd.core.model import Finding, State
from syncd.core.results import DayOutcome, Done
from syncd.core.values import dataclass
from syncd.usecases.ingest.context import Accepted
from syncd.usecases.ingest.cross_check import CrossCheck, ask_second_source

if TYPE_CHECKING:
    from datetime import date

    from syncd.core.model import Listing
    from syncd.usecases.ingest.context import IngestContext
    from syncd.usecases.ingest.upstream_client import FetchedListing


@dataclass(frozen=True, slots=True)
class NothingToWrite:
    """A sound listing that adds nothing: its outcome, and what an empty one says of its date."""

    outcome: DayOutcome
    finding: Finding | None = None


def validate(context: IngestContext, fetched: FetchedListing, day: date | None) -> Accepted | NothingToWrite:
    """Decide what a listing of `day` (None: of the date in its heading) brings.

    Raise PageError where it cannot be trusted. Trouble with upstream is raised too.
    """
    work = context.work
    listing = fetched.assemble(day)
    if listing.day > coverage.newest_possible(work.now()):
        detail = f"dated {listing.day}, which has not been announced yet"
        raise GuardRefused(detail, reason="future-date", day=listing.day)
    if not listing.new and not listing.cross:
        return _assess_empty(context, listing, fetched)
    known = context.read_known(listing)
    doubts = guards.find_doubts(listing, known.around, allow_shrink=work.config.guards.allow_shrink)
    # One request more is worth it only where something is odd, or where the person asked for it.
    second = ask_second_source(context, listing) if doubts or context.witness else CrossCheck()
    if doubts and not second.url:
        raise GuardRefused(f"{'; '.join(doubts)}, and {second.note}", reason="doubtful", day=listing.day)
    before_next = (
        mailing.next_announcement(mailing.announced_at(listing.day), work.calendar_around(listing.day)) > work.now()
    )
    digest = digests.from_listing(listing, work.config.archive.category, before_next=before_next)
    evidence = f"heading of {fetched.responses[0].url}"
    if second.url:
        evidence += f", agreed by {second.url}"
    if known.digest is not None:
        digest = digests.add_listed(known.digest, digest, may_complete=known.may_complete)
        if digest == known.digest and known.held.state is State.COMPLETE:
            # Another process has written the same page since this run decided to ask for it.
            path, held = work.folder.path_of(listing.day), known.held
            return NothingToWrite(DayOutcome(listing.day, held.state, Done.NONE, path, held.papers, source=held.source))
        if len(digest.entries) > len(known.digest.entries):
            evidence += f"; {digests.describe_completion(known.digest, digest)}"
    return Accepted(listing, digest, evidence, second.note if context.witness and not second.url else "")


def _assess_empty(context: IngestContext, listing: Listing, fetched: FetchedListing) -> NothingToWrite:
    """Describe a well-dated listing without entries: no mailing once its day is over, until then it may still fill.

    A catchup page must show that its day is over by linking the next one: an empty page may be a copy from before the
    announcement. GuardRefused when the archive holds papers of the day.
    """
    if context.look_up(listing.day).papers is not None:
        raise GuardRefused("the page is empty, the archive holds papers", reason="shrunk", day=listing.day)
    is_over = fetched.is_over or (listing.source == "new" and context.has_later(listing.day))
    state = State.NO_MAILING if is_over else State.PENDING
    reason = "and later mailings exist" if is_over else "and may still fill"
    outcome = DayOutcome(listing.day, state, Done.NONE, source=listing.source, note=f"no entries, {reason}")
    evidence = f"{fetched.responses[0].url} is empty, {reason}"
    return NothingToWrite(
        outcome, Finding(listing.day, state, listing.source, evidence, None, None, context.work.wall())
    )
