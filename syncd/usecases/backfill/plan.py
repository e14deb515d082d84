"""Estimate what a backfill would ask and cost. Nothing is asked and nothing is changed.

What the database already covers is exact. All other figures are those of `syncd.usecases.cost_figures`.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from syncd.core.results import BackfillPlan, DayOutcome, Done, HarvestCost
from syncd.sources.api import BATCH
from syncd.usecases.backfill.backfill import list_inferred_days, plan_routes
from syncd.usecases.backfill.harvest import DateRange, find_start, is_covered, is_fetched
from syncd.usecases.backfill.infer import infer
from syncd.usecases.cost_figures import (
    API_ENTRY,
    CATCHUP_PAGE,
    MONTH_PAGES,
    OAI_PAGE,
    OAI_RECORD,
    PAPERS_A_MAILING,
    REVISED,
    estimate_records,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from syncd.usecases.backfill.backfill import BackfillRequest
    from syncd.usecases.workspace import Workspace


def plan(work: Workspace, request: BackfillRequest, *, verify: bool = False) -> BackfillPlan:
    """Return every open date of the request with its source, and what the whole would cost at the polite rate."""
    recent, older = plan_routes(work, request)
    source = "snapshot" if request.source == "snapshot" else "oai"
    days = [*((day, "catchup") for day in recent), *((day, source) for day in older)]
    asked = older or (list_inferred_days(work, request) if request.source == "oai" else [])
    records, texts = _estimate_records(work, request, recent, asked), _estimate_texts(work, request, recent, older)
    metadata = ceil(records / OAI_PAGE)
    api = metadata + ceil(texts / BATCH)
    pages = len(recent) + (_count_month_pages(list_inferred_days(work, request)) if verify else 0)
    upstream = work.config.upstream
    seconds = api * upstream.api_interval.total_seconds() + pages * upstream.listing_interval.total_seconds()
    states = {report.day: report.state for report in work.reports(request.since, request.until)} if days else {}
    outcomes = (
        DayOutcome(day, states[day], Done.PLANNED, work.folder.path_of(day), source=source)
        for day, source in sorted(days)
    )
    size = records * OAI_RECORD + texts * API_ENTRY + pages * CATCHUP_PAGE
    harvest_cost = HarvestCost(records, metadata, round(metadata * upstream.api_interval.total_seconds() / 60, 1))
    return BackfillPlan(tuple(outcomes), api + pages, size, round(seconds / 60, 1), harvest_cost)


def _estimate_records(work: Workspace, request: BackfillRequest, recent: Sequence[date], older: Sequence[date]) -> int:
    """Return how many records a harvest would fetch: everything modified since the day from which it would ask."""
    if not older or request.source == "snapshot" or is_fetched(work, DateRange(min(older), max((*older, *recent)))):
        return 0
    return estimate_records(find_start(work, min(older)), work.now().date())


def _estimate_texts(work: Workspace, request: BackfillRequest, recent: Sequence[date], older: Sequence[date]) -> int:
    """Return how many first versions the API would be asked for. It is exact for what the metadata in the database covers."""
    days = (*recent, *older)
    if not request.announced or not days:
        return 0
    if request.source != "snapshot" and not is_covered(work, DateRange(min(days), max(days))):
        # Without older days no metadata is fetched, so nothing is known of the recent ones: all their papers are asked for.
        return ceil((len(days) * REVISED if older else len(recent)) * PAPERS_A_MAILING)
    members = infer(work, days, request.beside).members.values()
    revised = [member.id for page in members for member in page if member.version > 1]
    return len(revised) - len(work.store.get_version_texts(revised))


def _count_month_pages(days: Sequence[date]) -> int:
    return len({(day.year, day.month) for day in days}) * MONTH_PAGES
