"""Compare the metadata with the month listings, an independent list of the papers of a category. It changes no mailing.

Every page that can be read is kept in the vault at once, so a comparison that was killed continues after the last one.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import field, replace
from typing import TYPE_CHECKING

from syncd.core.categories import has_category
from syncd.core.errors import FolderError, PageError, UpstreamError
from syncd.core.model import PaperId, id_month
from syncd.core.results import MonthComparison
from syncd.core.values import dataclass
from syncd.sources import listing
from syncd.usecases.backfill.harvest import FRESH_FOR
from syncd.usecases.cost_figures import MONTH_PAGES
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
    """The months compared, ascending, what ended the comparison early, if anything, and whether it was cancelled."""

    months: tuple[MonthComparison, ...] = ()
    error: SyncdError | None = None
    ended: bool = False


def compare_months(
    work: Workspace, client: ListingClient, days: Sequence[date], control: RunControl
) -> MonthCheckResult:
    """Compare each month in which these days lie with the papers of the category in the database.

    A page that was received within the last three hours is not asked for again, unless it does not fit the others of its
    month. A month whose listing cannot be used is returned with its error, and the next one is compared.
    """
    months: list[MonthComparison] = []
    error: SyncdError | None = None
    is_cancelled = False
    try:
        for month in _compare_each(work, client, days, control):
            months.append(month)  # noqa: PERF402  what came before the end counts
    except Cancelled:
        is_cancelled = True
    except UpstreamError as trouble:
        error = trouble
    return MonthCheckResult(tuple(months), error, is_cancelled)


def _compare_each(
    work: Workspace, client: ListingClient, days: Sequence[date], control: RunControl
) -> Iterator[MonthComparison]:
    months = {(day.year, day.month): set[PaperId]() for day in sorted(days)}
    if not months:
        return
    # Older ids of the first month belong to mailings that were not asked for, and need not be known.
    first_day = work.store.list_announced_ids(min(days), min(days))
    lowest = min((min(ids) for ids in first_day.values()), default="")
    for seen in work.store.list_submissions():
        if (
            seen.id >= lowest
            and has_category(seen.categories, work.config.archive.category)
            and id_month(seen.id) in months
        ):
            months[id_month(seen.id)].add(seen.id)
    vault_first = _VaultFirstClient(work, client.web)
    seconds = MONTH_PAGES * work.config.upstream.listing_interval.total_seconds()
    doing = Progress("comparing with month listings", 0, len(months), "month", seconds)
    for done, ((year, month), known) in enumerate(months.items()):
        control.check_cancelled()
        control.report(replace(doing, done=done))
        try:
            listed = {paper for paper in _list_month(client, vault_first, (year, month)) if paper >= lowest}
        except RejectedPage as rejected:
            yield MonthComparison(year, month, 0, error=keep_rejected(work, rejected, None))
        except PageError as error:
            yield MonthComparison(year, month, 0, error=error)
        else:
            unlisted, unknown = tuple(sorted(known - listed)), tuple(sorted(listed - known))
            yield MonthComparison(year, month, len(listed), unknown, unlisted)
    control.report(replace(doing, done=len(months)))


def _list_month(client: ListingClient, vault_first: _VaultFirstClient, month: tuple[int, int]) -> tuple[PaperId, ...]:
    """Return the ids on the pages of a month: those kept lately if they form a whole, else from pages asked for again."""
    vault_first.served.clear()
    try:
        return listing.month_ids(replace(client, web=vault_first).fetch_month(*month).pages)
    except (PageError, RejectedPage):
        if not vault_first.served:
            raise
    vault_first.forget_served()
    return listing.month_ids(replace(client, web=vault_first).fetch_month(*month).pages)


@dataclass(slots=True)
class _VaultFirstClient:
    """A client that answers from what the vault received lately. What is asked upstream and can be read is kept at once.

    `served` are the addresses that were answered from the vault.
    """

    work: Workspace
    web: WebClient
    served: set[str] = field(default_factory=set)
    _receipts: dict[str, Receipt] = field(init=False)

    def __post_init__(self) -> None:
        self._receipts = {}
        with suppress(FolderError):
            receipts = self.work.vault.receipts(self.work.wall() - FRESH_FOR)
            self._receipts = {receipt.url: receipt for receipt in receipts if receipt.kind == "response"}

    def get(self, url: str, *, expect: str) -> Response:
        """Return the response kept lately, or that to one polite request."""
        receipt = self._receipts.get(url)
        if receipt is not None:
            with suppress(FolderError):
                body = self.work.vault.get(receipt.sha256)
                self.served.add(url)
                return Response(url, receipt.status, receipt.headers, body, receipt.received)
        response = self.web.get(url, expect=expect)
        # A page that cannot be read is not kept here, or the next run would be served it again.
        with suppress(PageError):
            listing.read(response.body)
            keep(self.work, response)
        return response

    def forget_served(self) -> None:
        """Ask upstream from now on for what was answered from the vault."""
        for url in self.served:
            del self._receipts[url]
