"""Bring one fetched listing into the archive, or record why it was left out. `preview` says beforehand which.

fetched listing ─► validate ─┬─► Accepted: keep the raw pages, write rows and file
                             ├─► NothingToWrite: keep the raw pages, record what an empty one says of its date
                             └─► PageError: keep the raw pages as refused, record a finding, change nothing else
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from syncd.core.errors import PageError, PartialPage
from syncd.core.model import Finding, State
from syncd.core.results import DayOutcome, Done
from syncd.usecases.ingest.context import IngestContext
from syncd.usecases.ingest.keep import keep_all, keep_rejected
from syncd.usecases.ingest.upstream_client import RejectedPage
from syncd.usecases.ingest.validate import NothingToWrite, validate
from syncd.usecases.reconcile.journal import find_origins
from syncd.usecases.reconcile.write import Provenance, preview_write, write_mailing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from syncd.core.model import PaperId
    from syncd.usecases.ingest.upstream_client import FetchedListing
    from syncd.usecases.reconcile.journal import Origin
    from syncd.usecases.workspace import Workspace

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
    work = context.work
    try:
        decision = validate(context, fetched, day)
    except PageError as error:
        return reject(work, RejectedPage(error, fetched.responses), day or fetched.heading)
    kept = keep_all(work, fetched.responses)
    if isinstance(decision, NothingToWrite):
        if decision.finding is not None:
            work.store.put_finding(replace(decision.finding, response=kept[0]))
        return decision.outcome
    listing = decision.listing
    origins = find_origins(fetched.pages, kept, replaced)
    provenance = Provenance(State.COMPLETE, listing.source, decision.evidence, kept[0], origins)
    outcome = write_mailing(
        work,
        decision.digest,
        provenance,
        lambda: work.store.put_listed((*listing.new, *listing.cross), listing.source, fetched.responses[-1].received),
    )
    # With a conflict nothing was written, so nothing else of the page may be recorded either.
    if outcome.error is None:
        _close_empty_days(work, listing.day)
    return replace(outcome, note=decision.note) if decision.note else outcome


def preview(context: IngestContext, fetched: FetchedListing) -> DayOutcome:
    """Return what `accept` would do, without asking, keeping or writing anything: `planned` where it would write a mailing.

    Listings previewed one after another are each compared with what the ones before would have added.
    """
    try:
        decision = validate(context, fetched, None)
    except PageError as error:
        return preview_rejected(context, RejectedPage(error, fetched.responses), fetched.heading)
    if isinstance(decision, NothingToWrite):
        return decision.outcome
    provenance = Provenance(State.COMPLETE, decision.listing.source, decision.evidence, None)
    outcome = preview_write(context.work, decision.digest, provenance)
    if outcome.action is Done.PLANNED:
        context.planned[decision.listing.day] = decision
    return outcome


def reject(work: Workspace, rejected: RejectedPage, day: date | None) -> DayOutcome:
    """Keep the raw pages that cannot be trusted, and record a finding unless the day is held. Change nothing else."""
    error = keep_rejected(work, rejected, day)
    outcome = preview_rejected(IngestContext(work, None), rejected, day)
    # A bad page never lowers what is already known of a date.
    if day is not None and outcome.state is not None and outcome.papers is None:
        evidence = f"{error.reason}: {error.detail}"
        work.store.put_finding(
            Finding(day, outcome.state, "listing", evidence, error.response, error.reason, work.wall())
        )
    return outcome


def preview_rejected(context: IngestContext, rejected: RejectedPage, day: date | None) -> DayOutcome:
    """Return the outcome of pages that cannot be trusted, without keeping or recording anything."""
    error = rejected.name_origin(day)
    if day is None:
        return DayOutcome(None, None, Done.REFUSED, error=error)
    held = context.look_up(day)
    if held.papers is not None:
        return DayOutcome(day, held.state, Done.REFUSED, papers=held.papers, error=error)
    state = State.PARTIAL if isinstance(error, PartialPage) else State.FAILED
    return DayOutcome(day, state, Done.REFUSED, error=error)


def _close_empty_days(work: Workspace, day: date) -> None:
    """Record that a date has no mailing if its `/new` was dated right and empty, now that a later mailing exists."""
    earlier = work.store.findings(day - _EMPTY_PAGES_BACK, day - timedelta(days=1))
    for finding in earlier.values():
        if finding.state is State.PENDING and finding.source == "new":
            evidence = f"{finding.evidence.partition(',')[0]}, and a mailing dated {day} exists"
            work.store.put_finding(replace(finding, state=State.NO_MAILING, evidence=evidence, recorded=work.wall()))
