"""Complete mailings from listing pages that the vault kept, also from those that were refused when they came. Nothing is asked.

dates that may lack papers ─► kept pages of each, newest first ─► validate ─► the first that has more ─► accept
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from syncd.archive.files.vault import raise_passing
from syncd.core import mailing
from syncd.core.errors import FolderError, PageError
from syncd.core.results import DayOutcome, Done
from syncd.core.values import dataclass
from syncd.sources import listing
from syncd.usecases.ingest.accept import accept
from syncd.usecases.ingest.context import Accepted, IngestContext
from syncd.usecases.ingest.lacking_mailings import list_lacking
from syncd.usecases.ingest.upstream_client import FetchedListing
from syncd.usecases.ingest.validate import validate
from syncd.usecases.progress import UNSTOPPED, Cancelled

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import date

    from syncd.core.model import Receipt
    from syncd.usecases.progress import RunControl
    from syncd.usecases.workspace import Workspace

_KINDS = frozenset({"response", "refused"})
_SHOWN_FOR = timedelta(days=5)
"""How long `/new` shows a mailing at most: over a weekend with closings on both sides."""


def complete_from_vault(
    work: Workspace,
    days: Collection[date] = (),
    troubled: Collection[date] = (),
    *,
    dry_run: bool = False,
    control: RunControl = UNSTOPPED,
) -> list[DayOutcome]:
    """Complete those of these dates (default: all) that may lack papers, by kept pages that agree with what is held.

    `troubled` are dates to be left alone: on them, file and rows do not agree. Return the outcomes of the dates that were
    completed, or would be in a dry run, as far as `control` lets it go on.
    """
    wanted = list_lacking(work, days).difference(troubled)
    if not wanted:
        return []
    pages = _KeptPages(work, _list_receipts(work))
    outcomes = []
    with suppress(Cancelled):
        for day in control.follow(sorted(wanted), "completing mailings from kept pages", len(wanted)):
            outcome = _complete(work, pages, day, dry_run=dry_run)
            outcomes += [outcome] if outcome is not None else []
    return outcomes


def _list_receipts(work: Workspace) -> list[Receipt]:
    """Return the receipts of listing pages, newest first. Parts of the vault that are damaged are left to `check`."""
    found = work.vault.receipts(on_fault=raise_passing)
    return [one for one in found if one.kind in _KINDS and ("/catchup/" in one.url or "/new" in one.url)][::-1]


@dataclass(frozen=True, slots=True)
class _KeptPages:
    """The listing pages of a vault, by their receipts, newest first."""

    work: Workspace
    receipts: list[Receipt]

    def list_listings(self, day: date) -> Iterator[FetchedListing]:
        """Yield the kept listings that may show this date, newest first, each with all its parts."""
        announced = mailing.announced_at(day)
        for receipt in self.receipts:
            is_new = "/new" in receipt.url and announced <= receipt.received < announced + _SHOWN_FOR
            if f"/{day}" in receipt.url or is_new:
                found = self._try_to_join(receipt)
                if found is not None and found.heading == day:
                    yield found

    def _try_to_join(self, first: Receipt) -> FetchedListing | None:
        """Return the listing that begins with this page. None where it is not one, or a part is lost."""
        try:
            return self._join_parts(first)
        except PageError:
            return None
        except FolderError as error:
            raise_passing(error)
            return None

    def _join_parts(self, first: Receipt) -> FetchedListing | None:
        """Return the listing that begins with this page. None where it begins with another one, or a part was not kept."""
        # It comes with the client and its libraries, and most archives have nothing to be joined.
        from syncd.web import Response

        pages, responses, following = list[listing.Page](), list[Response](), first.url
        while following:
            known = first if not pages else next((one for one in self.receipts if one.url == following), None)
            if known is None:
                return None
            body = self.work.vault.get(known.sha256)
            responses.append(Response(known.url, known.status, known.headers, body, known.received))
            pages.append(listing.read(body))
            following = listing.next_url(pages[-1], following) or ""
        begins = pages[0].first in {None, 1}
        return FetchedListing(tuple(pages), tuple(responses), self.work.config.archive.category) if begins else None


def _complete(work: Workspace, pages: _KeptPages, day: date, *, dry_run: bool) -> DayOutcome | None:
    """Write the first kept listing that has more than what is held of the day. None where there is none."""
    context = IngestContext(work, None)
    row = work.store.mailing(day)
    for fetched in pages.list_listings(day):
        try:
            decision = validate(context, fetched, day)
        except PageError:
            continue
        if not isinstance(decision, Accepted) or (row is not None and len(decision.digest.entries) <= row.papers):
            continue
        if dry_run:
            state, path = work.report(day).state, work.folder.path_of(day)
            note = "complete the mailing from a kept page"
            return DayOutcome(day, state, Done.PLANNED, path, row.papers if row else None, note=note)
        return accept(context, fetched, day)
    return None
