"""What a backfill would ask and cost, told beforehand; nothing is asked and nothing is changed.

The figures are estimates, but for what the database knows already; they were measured in 2026 on the range from 2020 on.
"""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING

from syncd.core.results import BackfillPlan, DayOutcome, Done
from syncd.sources.api import BATCH
from syncd.usecases.backfill.backfill import inferred_days, routes
from syncd.usecases.backfill.harvest import DateRange, first_asked, is_covered
from syncd.usecases.backfill.infer import infer
from syncd.usecases.cost_figures import API_ENTRY, CATCHUP_PAGE, OAI_PAGE, OAI_RECORD, PAPERS_A_MAILING, REVISED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from syncd.usecases.backfill.backfill import BackfillRequest
    from syncd.usecases.workspace import Workspace

_LISTED = 2000
_WEEK = timedelta(days=7)


def plan(work: Workspace, order: BackfillRequest, *, verify: bool = False) -> BackfillPlan:
    """Every open date of the order with its source, and what the whole would cost at the polite rate."""
    near, far = routes(work, order)
    source = "snapshot" if order.source == "snapshot" else "oai"
    days = [*((day, "catchup") for day in near), *((day, source) for day in far)]
    records, texts = _records(work, order, near, far), _texts(work, order, near, far)
    api = ceil(records / OAI_PAGE) + ceil(texts / BATCH)
    pages = len(near) + (_month_pages(inferred_days(work, order)) if verify else 0)
    upstream = work.config.upstream
    seconds = api * upstream.api_interval.total_seconds() + pages * upstream.listing_interval.total_seconds()
    states = {report.day: report.state for report in work.reports(order.since, order.until)} if days else {}
    outcomes = (
        DayOutcome(day, states[day], Done.PLANNED, work.folder.path_of(day), source=source)
        for day, source in sorted(days)
    )
    size = records * OAI_RECORD + texts * API_ENTRY + pages * CATCHUP_PAGE
    return BackfillPlan(tuple(outcomes), api + pages, size, round(seconds / 60, 1))


def _records(work: Workspace, order: BackfillRequest, near: Sequence[date], far: Sequence[date]) -> int:
    """Records that a harvest would bring: everything modified since the day from which it would ask."""
    if not far or order.source == "snapshot" or is_covered(work, DateRange(min(far), max((*far, *near)))):
        return 0
    weeks = (work.now().date() - first_asked(work, min(far))) / _WEEK + 1 / 5
    return max(ceil(weeks * 5 * PAPERS_A_MAILING), 1)


def _texts(work: Workspace, order: BackfillRequest, near: Sequence[date], far: Sequence[date]) -> int:
    """First versions that the API would be asked for; exact for what the metadata in the database covers."""
    if not order.announced or not (near or far):
        return 0
    if order.source != "snapshot" and not is_covered(work, DateRange(min((*near, *far)), max((*near, *far)))):
        # Of days near without any others nothing is known, so that all their papers are asked for.
        return ceil(((len(near) + len(far)) * REVISED if far else len(near)) * PAPERS_A_MAILING)
    members = infer(work, [*near, *far], order.others).members.values()
    revised = [member.id for page in members for member in page if member.version > 1]
    return len(revised) - len(work.store.get_version_texts(revised))


def _month_pages(days: Sequence[date]) -> int:
    return len({(day.year, day.month) for day in days}) * ceil(PAPERS_A_MAILING * 21 / _LISTED)
