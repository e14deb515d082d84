"""From an account of a mailing to what follows from it: a second witness, then rows and file, or a finding.

account ─► judge ─┬─► Admitted: raw pages kept, placed
(a witness if it  └─► Left: raw pages kept, a finding written, nothing else changed
 is doubted)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from syncd.core.errors import PageError
from syncd.core.model import State
from syncd.usecases.ingest import cross_check, validate
from syncd.usecases.ingest.keep import keep, keep_all, keep_rejected
from syncd.usecases.ingest.upstream_client import RejectedPage
from syncd.usecases.ingest.validate import Known, Left, Second, judge
from syncd.usecases.reconcile.write import Provenance, place
from syncd.usecases.workspace import today

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from syncd.core.model import Listing
    from syncd.core.results import DayOutcome
    from syncd.usecases.ingest.upstream_client import FetchedListing, ListingClient
    from syncd.usecases.ingest.validate import Admitted
    from syncd.usecases.workspace import Workspace
    from syncd.web import Response


@dataclass(frozen=True, slots=True)
class IngestContext:
    """How mailings are let in: `upstream` is None where nothing may be asked, `witness` asks for a second source always."""

    work: Workspace
    upstream: ListingClient | None
    witness: bool = False


def accept(door: IngestContext, account: FetchedListing, day: date | None) -> DayOutcome:
    """Let one mailing in, or say why not; whatever is refused is an outcome, trouble with upstream is raised."""
    verdict = judge(Known(door.work), account, day, partial(hear, door))
    if isinstance(verdict, Left):
        return _leave(door.work, verdict, account.responses)
    return _let_in(door.work, verdict, account.responses)


def reject(work: Workspace, refused: RejectedPage, day: date | None) -> DayOutcome:
    """Keep the raw pages, record a finding unless the day is held, and change nothing else."""
    return _leave(work, validate.refused(Known(work), refused.error, refused.responses, day), refused.responses)


def _leave(work: Workspace, left: Left, responses: Sequence[Response]) -> DayOutcome:
    error = left.outcome.error
    if isinstance(error, PageError):
        first = keep_rejected(work, RejectedPage(error, tuple(responses)), left.outcome.day).response
    else:
        first = keep_all(work, responses)
    if left.finding is not None:
        work.store.put_finding(replace(left.finding, response=first))
    return left.outcome


def _let_in(work: Workspace, admitted: Admitted, responses: Sequence[Response]) -> DayOutcome:
    listing = admitted.listing
    how = replace(provenance(admitted), response=keep_all(work, responses))
    outcome = place(work, admitted.digest, how)
    if outcome.error is None:
        work.store.put_listed((*listing.new, *listing.cross), listing.source, responses[-1].received)
        _close_empty_days(work, listing.day)
    return replace(outcome, note=admitted.note) if admitted.note else outcome


def provenance(admitted: Admitted) -> Provenance:
    """How an admitted mailing became known; the vault hash of its page is not known yet."""
    return Provenance(State.COMPLETE, admitted.listing.source, admitted.evidence, None)


def hear(door: IngestContext, listing: Listing, doubts: Sequence[str]) -> Second | None:
    """Another source that agrees on the mailing's papers, asked where there are doubts or always; all that was heard is kept.

    None where none is to be asked, GuardRefused when the two disagree.
    """
    if not doubts and not door.witness:
        return None
    if door.upstream is None:
        return Second()
    silent: list[str] = []
    for heard in cross_check.hear(door.work, door.upstream, listing, today(door.work)):
        is_witness = isinstance(heard, cross_check.Testimony)
        for response in heard.responses:
            keep(door.work, response, "response" if is_witness else "refused")
        if isinstance(heard, cross_check.Testimony):
            cross_check.check(listing, heard)
            return Second(heard.url, tuple(silent))
        silent.append(heard.why)
    return Second(None, tuple(silent))


def _close_empty_days(work: Workspace, day: date) -> None:
    """A date for which `/new` was dated right and empty has no mailing once a later mailing exists."""
    earlier = work.store.findings(day - timedelta(days=400), day - timedelta(days=1))
    for finding in earlier.values():
        if finding.state is State.PENDING and finding.source == "new":
            told = f"{finding.evidence.partition(',')[0]}, and a mailing dated {day} exists"
            work.store.put_finding(replace(finding, state=State.NO_MAILING, evidence=told, recorded=work.wall()))
