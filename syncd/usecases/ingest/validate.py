"""Decide what a fetched listing is worth beside the archive: a mailing to write, or a rejection and what it says of the date.

It reads, and asks a second source where there are doubts, but writes no row and no file. What follows from the decision is
done in `syncd.usecases.ingest.accept`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from syncd.core import coverage, guards, mailing
from syncd.core import digest as digests
from syncd.core.errors import GuardRefused, PageError, PartialPage
from syncd.core.model import Digest, Finding, Listing, State
from syncd.core.results import DayOutcome, Done
from syncd.usecases.ingest.context import Accepted
from syncd.usecases.ingest.cross_check import ask_second_source
from syncd.usecases.ingest.upstream_client import fill_origin

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from syncd.usecases.ingest.context import IngestContext
    from syncd.usecases.ingest.upstream_client import FetchedListing
    from syncd.usecases.workspace import Workspace
    from syncd.web import Response


@dataclass(frozen=True, slots=True)
class Rejected:
    """A listing of which nothing is written: its outcome (with a PageError where it was refused), and what it says of the date.

    Neither names the vault hash of the page yet.
    """

    outcome: DayOutcome
    finding: Finding | None = None


def validate(context: IngestContext, fetched: FetchedListing, day: date | None) -> Accepted | Rejected:
    """Decide whether a listing of `day` (None: of the date in its heading) is accepted. Trouble with upstream is raised."""
    try:
        listing = fetched.assemble(day)
        if listing.day > coverage.newest_possible(context.work.now()):
            detail = f"dated {listing.day}, which has not been announced yet"
            raise GuardRefused(detail, reason="future-date", day=listing.day)
        if not listing.new and not listing.cross:
            return _assess_empty(context, listing, fetched)
        allow_shrink = context.work.config.guards.allow_shrink
        doubts = guards.find_doubts(listing, context.surroundings(listing), allow_shrink=allow_shrink)
        # One request more is worth it only where something is odd, or where the person asked for it.
        note = confirmed_by = ""
        if doubts or context.witness:
            second = ask_second_source(context, listing)
            confirmed_by, note = second.url or "", "" if second.url else second.note
        if doubts and not confirmed_by:
            raise GuardRefused(f"{'; '.join(doubts)}, and {note}", reason="doubtful", day=listing.day)
        held = context.digest(listing.day)
        digest = _make_digest(context, listing, held)
        if digest == held and (known := context.look_up(listing.day)).state is State.COMPLETE:
            # Another process has written the same page since this run decided to ask for it.
            path = context.work.folder.path_of(listing.day)
            return Rejected(DayOutcome(listing.day, known.state, Done.NONE, path, known.papers, source=known.source))
    except PageError as error:
        return reject_page(context, error, fetched.responses, day or fetched.heading)
    agreed = f", agreed by {confirmed_by}" if confirmed_by else ""
    if held is not None and len(digest.entries) > len(held.entries):
        agreed += f"; {digests.describe_completion(held, digest)}"
    return Accepted(listing, digest, f"heading of {fetched.responses[0].url}{agreed}", note)


def reject_page(context: IngestContext, error: PageError, responses: Sequence[Response], day: date | None) -> Rejected:
    """Describe pages that cannot be trusted: a finding is recorded unless the day is held. Adds day and address to the error."""
    fill_origin(error, responses, day)
    if day is None:
        return Rejected(DayOutcome(None, None, Done.REFUSED, error=error))
    held = context.look_up(day)
    # A bad page never lowers what is already known of a date.
    if held.papers is not None:
        return Rejected(DayOutcome(day, held.state, Done.REFUSED, papers=held.papers, error=error))
    state = State.PARTIAL if isinstance(error, PartialPage) else State.FAILED
    reason = f"{error.reason}: {error.detail}"
    finding = Finding(day, state, "listing", reason, error.response, error.reason, context.work.wall())
    return Rejected(DayOutcome(day, state, Done.REFUSED, error=error), finding)


def _assess_empty(context: IngestContext, listing: Listing, fetched: FetchedListing) -> Rejected:
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
    return Rejected(outcome, Finding(listing.day, state, listing.source, evidence, None, None, context.work.wall()))


def _make_digest(context: IngestContext, listing: Listing, held: Digest | None) -> Digest:
    """Return the digest to write: that of the listing, or the held one with the sections that the listing proves.

    A reconstructed one gets the papers that it lacks. GuardRefused when the listing names other papers than the held digest
    otherwise, or another order.
    """
    digest = _mark_first_versions(context.work, digests.from_listing(listing, context.work.config.archive.category))
    if held is None:
        return digest
    ours, theirs = [e.id for e in held.entries], [e.id for e in digest.entries]
    if ours != theirs:
        completed = digests.complete(held, digest) if context.is_reconstructed(listing.day) else None
        if completed is not None:
            return completed
        odd = sorted(set(ours) ^ set(theirs))
        what = f"{len(odd)} papers, e.g. {' '.join(odd[:3])}" if odd else "order"
        detail = f"the archive and the listing differ in {what}"
        raise GuardRefused(detail, reason="differs-from-held", day=listing.day)
    # The bytes of a mailing never change because its papers were revised: only the sections are taken over.
    entries = (replace(a, section=b.section) for a, b in zip(held.entries, digest.entries, strict=True))
    return replace(held, entries=tuple(entries))


def _mark_first_versions(work: Workspace, digest: Digest) -> Digest:
    """Return the digest with version 1 for its new papers, if it was fetched before the next mailing could revise them."""
    if mailing.next_announcement(mailing.announced_at(digest.day), work.calendar()) <= work.now():
        return digest
    entries = (replace(e, version=1) if e.section == "new" else e for e in digest.entries)
    return replace(digest, entries=tuple(entries))
