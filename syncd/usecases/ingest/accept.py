"""Bring one fetched listing into the archive, or record why it was left out. `preview` says beforehand which.

fetched listing ─► validate ─┬─► Accepted: keep the raw pages, write rows and file
                             └─► Rejected: keep the raw pages, record a finding, change nothing else
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from syncd.core.errors import PageError
from syncd.core.model import State
from syncd.core.results import Done
from syncd.usecases.ingest.context import Accepted, IngestContext
from syncd.usecases.ingest.keep import keep_all, keep_rejected
from syncd.usecases.ingest.upstream_client import RejectedPage
from syncd.usecases.ingest.validate import Rejected, reject_page, validate
from syncd.usecases.reconcile.journal import name_origins
from syncd.usecases.reconcile.write import Provenance, preview_write, write_mailings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from syncd.core.model import PaperId
    from syncd.core.results import DayOutcome
    from syncd.usecases.ingest.upstream_client import FetchedListing
    from syncd.usecases.reconcile.journal import Origin
    from syncd.usecases.workspace import Workspace
    from syncd.web import Response

_EMPTY_PAGES_BACK = timedelta(days=400)
"""How far back dates with an empty `/new` page are looked for: a year and a month, as such a date waits for the next mailing."""


def accept(
    context: IngestContext,
    fetched: FetchedListing,
    day: date | None,
    replaced: Mapping[PaperId, Origin | None] = MappingProxyType({}),
) -> DayOutcome:
    """Write one mailing of `day` (None: of the date in its heading), or return why not. Trouble with upstream is raised.

    `replaced` are the papers whose texts in `fetched` are not those of its responses, with the place that holds them.
    """
    work, decision = context.work, validate(context, fetched, day)
    if isinstance(decision, Rejected):
        return _record_rejected(work, decision, fetched.responses)
    listing = decision.listing
    kept = keep_all(work, fetched.responses)
    origins = _find_origins(fetched, kept, replaced)
    (outcome,) = write_mailings(work, [(decision.digest, _describe_origin(decision, kept[0], origins))])
    # With a conflict nothing was written, so nothing else of the page may be recorded either.
    if outcome.error is None:
        work.store.put_listed((*listing.new, *listing.cross), listing.source, fetched.responses[-1].received)
        _close_empty_days(work, listing.day)
    return replace(outcome, note=decision.note) if decision.note else outcome


def preview(context: IngestContext, fetched: FetchedListing) -> DayOutcome:
    """Return what `accept` would do, without asking, keeping or writing anything: `planned` where it would write a mailing.

    Listings previewed one after another are each compared with what the ones before would have added.
    """
    decision = validate(context, fetched, None)
    if isinstance(decision, Rejected):
        return decision.outcome
    outcome = preview_write(context.work, decision.digest, _describe_origin(decision, None, {}))
    if outcome.action is Done.PLANNED:
        context.planned[decision.listing.day] = decision
    return outcome


def reject(work: Workspace, rejected: RejectedPage, day: date | None) -> DayOutcome:
    """Keep the raw pages that could not be read, and record a finding unless the day is held. Change nothing else."""
    decision = reject_page(IngestContext(work, None), rejected.error, rejected.responses, day)
    return _record_rejected(work, decision, rejected.responses)


def _record_rejected(work: Workspace, rejected: Rejected, responses: Sequence[Response]) -> DayOutcome:
    error = rejected.outcome.error
    if isinstance(error, PageError):
        first = keep_rejected(work, RejectedPage(error, tuple(responses)), rejected.outcome.day).response
    else:
        first = next(iter(keep_all(work, responses)), None)
    if rejected.finding is not None:
        work.store.put_finding(replace(rejected.finding, response=first))
    return rejected.outcome


def _describe_origin(accepted: Accepted, response: str | None, origins: Mapping[PaperId, Origin]) -> Provenance:
    return Provenance(State.COMPLETE, accepted.listing.source, accepted.evidence, response, origins)


def _find_origins(
    fetched: FetchedListing, kept: Sequence[str | None], replaced: Mapping[PaperId, Origin | None]
) -> dict[PaperId, Origin]:
    """Return where each text of a listing is kept."""
    origins: dict[PaperId, Origin] = {}
    for page, response in zip(fetched.pages, kept, strict=True):
        origins |= name_origins((paper for block in page.blocks for paper in block.papers), response)
    found = {paper: replaced.get(paper, origin) for paper, origin in origins.items()}
    return {paper: origin for paper, origin in found.items() if origin is not None}


def _close_empty_days(work: Workspace, day: date) -> None:
    """Record that a date has no mailing if its `/new` was dated right and empty, now that a later mailing exists."""
    earlier = work.store.findings(day - _EMPTY_PAGES_BACK, day - timedelta(days=1))
    for finding in earlier.values():
        if finding.state is State.PENDING and finding.source == "new":
            evidence = f"{finding.evidence.partition(',')[0]}, and a mailing dated {day} exists"
            work.store.put_finding(replace(finding, state=State.NO_MAILING, evidence=evidence, recorded=work.wall()))
