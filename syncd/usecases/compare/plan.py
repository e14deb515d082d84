"""What a comparison would ask of upstream and how long that takes. Nothing is requested and nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.values import dataclass
from syncd.usecases.compare.select import assign_sources
from syncd.usecases.compare.source_table import load_source

if TYPE_CHECKING:
    from datetime import date

    from syncd.usecases.compare.select import Selection
    from syncd.usecases.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ComparisonPlan:
    """The sources with their dates, the number of requests at most, and the minutes they take at the rate limits."""

    sources: tuple[tuple[str, tuple[date, ...]], ...]
    requests: int
    minutes: float


def plan(work: Workspace, selection: Selection) -> ComparisonPlan:
    """Estimate a comparison without asking. Texts that turn out to differ cost one more request for every 300 of them."""
    assigned = assign_sources(work, selection)
    api = pages = 0
    for name, days in assigned:
        source = load_source(name)
        count = source.count_requests(work, [day for day in days if source.out_of_reach(work, day) is None])
        api, pages = api + count.api, pages + count.pages
    upstream = work.config.upstream
    seconds = api * upstream.api_interval.total_seconds() + pages * upstream.listing_interval.total_seconds()
    return ComparisonPlan(tuple(assigned), api + pages, round(seconds / 60, 1))
