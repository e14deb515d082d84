"""Membership by the month listings: an independent count of what bulk metadata says stands in a category. It mends nothing.

Every page that can be read goes into the vault at once: a comparison that was killed goes on behind the last one.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from syncd.core.errors import FolderError, PageError, UpstreamError
from syncd.core.model import PaperId, id_month
from syncd.core.results import MonthComparison
from syncd.sources import listing
from syncd.usecases.backfill.harvest import FRESH_FOR
from syncd.usecases.ingest.keep import keep, keep_rejected
from syncd.usecases.ingest.upstream_client import RejectedPage
from syncd.usecases.progress import Cancelled, Progress
from syncd.web import Response

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from syncd.core.errors import SyncdError
    from syncd.core.model import Receipt
    from syncd.usecases.ingest.upstream_client import ListingClient, WebClient
    from syncd.usecases.progress import RunControl
    from syncd.usecases.workspace import Workspace


@dataclass(frozen=True, slots=True)
class MonthCheckResult:
    """The months compared, ascending, what ended the comparison early, if anything, and whether it was told to end."""

    months: tuple[MonthComparison, ...] = ()
    error: SyncdError | None = None
    ended: bool = False


def compare_months(
    work: Workspace, upstream: ListingClient, days: Sequence[date], watch: RunControl
) -> MonthCheckResult:
    """Compare each month in which these days lie with what the database knows of the category.

    A page that came within the last three hours is not asked for again, unless it does not fit the others of its month.
    """
    months: list[MonthComparison] = []
    error: SyncdError | None = None
    ended = False
    try:
        for month in _compared(work, upstream, days, watch):
            months.append(month)  # noqa: PERF402  what came before the end counts
    except Cancelled:
        ended = True
    except RejectedPage as refused:
        error = keep_rejected(work, refused, None)
    except (UpstreamError, PageError) as trouble:
        error = trouble
    return MonthCheckResult(tuple(months), error, ended)


def _compared(
    work: Workspace, upstream: ListingClient, days: Sequence[date], watch: RunControl
) -> Iterator[MonthComparison]:
    months = {(day.year, day.month): set[PaperId]() for day in sorted(days)}
    if not months:
        return
    floor = _lowest(work, min(days))
    kept = _Kept(work, upstream.web)
    for seen in work.store.list_submissions():
        if seen.id >= floor and work.config.archive.category in seen.categories and id_month(seen.id) in months:
            months[id_month(seen.id)].add(seen.id)
    for done, ((year, month), known) in enumerate(months.items(), 1):
        watch.check_cancelled()
        listed = {one for one in _listed(upstream, kept, (year, month)) if one >= floor}
        watch.report(Progress("verifying", done, len(months)))
        yield MonthComparison(year, month, len(listed), tuple(sorted(listed - known)), tuple(sorted(known - listed)))


def _listed(upstream: ListingClient, kept: _Kept, month: tuple[int, int]) -> tuple[PaperId, ...]:
    """The ids on the pages of a month: those kept lately where they are whole, else asked for anew."""
    kept.given.clear()
    try:
        return listing.month_ids(replace(upstream, web=kept).fetch_month(*month).pages)
    except (PageError, RejectedPage):
        if not kept.given:
            raise
    kept.forget()
    return listing.month_ids(replace(upstream, web=kept).fetch_month(*month).pages)


@dataclass(slots=True)
class _Kept:
    """The door to the network behind what the vault received lately; what comes anew and can be read is kept at once.

    `given` are the addresses that were answered out of the vault.
    """

    work: Workspace
    web: WebClient
    given: set[str] = field(default_factory=set)
    _held: dict[str, Receipt] = field(init=False)

    def __post_init__(self) -> None:
        self._held = {}
        with suppress(FolderError):
            lately = self.work.vault.receipts(self.work.wall() - FRESH_FOR)
            self._held = {receipt.url: receipt for receipt in lately if receipt.kind == "response"}

    def get(self, url: str, *, expect: str) -> Response:
        """The answer of before, or to one polite request."""
        held = self._held.get(url)
        if held is not None:
            with suppress(FolderError):
                body = self.work.vault.get(held.sha256)
                self.given.add(url)
                return Response(url, held.status, held.headers, body, held.received)
        response = self.web.get(url, expect=expect)
        with suppress(PageError):
            listing.read(response.body)
            keep(self.work, response)
        return response

    def forget(self) -> None:
        """Ask from now on for what was given out of the vault."""
        for url in self.given:
            del self._held[url]


def _lowest(work: Workspace, first: date) -> str:
    """The lowest id of the first mailing compared: what is older in its month was not asked for, and need not be known."""
    return min((min(ids) for ids in work.store.list_announced_ids(first, first).values()), default="")
