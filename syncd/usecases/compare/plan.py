"""What a comparison would ask and cost, told beforehand; nothing is asked and nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING

from syncd.sources.api import BATCH
from syncd.usecases.compare import from_catchup, from_oai
from syncd.usecases.compare.run import routes
from syncd.usecases.cost_figures import OAI_PAGE, PAPERS_A_MAILING
from syncd.usecases.workspace import today

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from syncd.usecases.compare.run import Question
    from syncd.usecases.workspace import Workspace

_LISTED = 2000
"""Entries on a month page."""
_MAILINGS = 22
"""Mailings in a month."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a comparison would ask: the sources with their dates, requests at most, and minutes at arXiv's rate limits."""

    routes: tuple[tuple[str, tuple[date, ...]], ...]
    requests: int
    minutes: float


def plan(work: Workspace, question: Question) -> Plan:
    """What a comparison would cost, without asking; texts that turn out to differ cost one request more per 300 of them."""
    found = routes(work, question)
    api = pages = 0
    for source, days in found:
        more = _cost(work, source, days)
        api, pages = api + more[0], pages + more[1]
    upstream = work.config.upstream
    seconds = api * upstream.api_interval.total_seconds() + pages * upstream.listing_interval.total_seconds()
    return Plan(found, api + pages, round(seconds / 60, 1))


def _cost(work: Workspace, source: str, days: Sequence[date]) -> tuple[int, int]:
    """Requests to the API's pool, and listing pages."""
    if source == "catchup":
        pages = sum(from_catchup.beyond(work, day) is None for day in days)
        return int(pages > 0), pages
    if source == "api":
        return _lists(work, days)
    if source == "rss":
        return 2 * (today(work) in days), 0
    return _harvest(work, days) if source == "oai" else 0, 0


def _lists(work: Workspace, days: Sequence[date]) -> tuple[int, int]:
    """Lists of ids, one more a month for texts that differ; and the pages of each month of ids."""
    held = work.store.mailings(min(days), max(days)) if days else {}
    papers = {day: row.papers for day, row in held.items() if day in days}
    months: dict[tuple[int, int], int] = {}
    for day, count in papers.items():
        months[day.year, day.month] = months.get((day.year, day.month), 0) + count
    return sum(ceil(count / BATCH) + 1 for count in months.values()), len(months) * _parts(papers)


def _parts(papers: Mapping[date, int]) -> int:
    """Parts of a month page, were all its mailings like these."""
    return ceil(sum(papers.values()) / max(len(papers), 1) * _MAILINGS / _LISTED)


def _harvest(work: Workspace, days: Sequence[date]) -> int:
    """Pages of a harvest, which brings everything modified since the first date."""
    if not days or from_oai.costs_nothing(work, days):
        return 0
    weeks = (today(work) - min(days)) / timedelta(days=7) + 1
    return ceil(weeks * 5 * PAPERS_A_MAILING / OAI_PAGE)
