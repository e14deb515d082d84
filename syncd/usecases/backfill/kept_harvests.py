"""Find how far bulk metadata is complete by the kept responses alone, after the database with its progress was lost.

first page, by its address ─► the page that its token asks for ─► … ─► a page without token: all that was modified until its begin
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from syncd.archive.sql.harvests import Harvest
from syncd.core.categories import to_canonical_category
from syncd.core.mailing import NEW_YORK
from syncd.core.results import DayOutcome, Done
from syncd.sources import oai
from syncd.usecases.backfill.harvest import get_key
from syncd.usecases.workspace import today

if TYPE_CHECKING:
    from datetime import datetime

    from syncd.usecases.workspace import Workspace

_NOT_PROVEN = (
    "the kept responses do not show that bulk metadata is complete, so repair completes no mailing by it; "
    "syncd backfill asks for what is missing"
)


@dataclass(slots=True)
class KeptHarvests:
    """Follows the harvests in kept pages of bulk metadata, which come in the order in which they were received.

    A harvest proves something only where each of its pages is there and whole, from the first to the one without a token, with
    no record that could not be read. One that came in halves, or went on elsewhere after a refused token, proves nothing.
    """

    work: Workspace
    _pages: int = 0
    _open: dict[str, Harvest] = field(default_factory=dict)
    _complete: Harvest | None = None

    def take(self, url: str, received: datetime, batch: oai.Batch) -> None:
        """Take a page from this address, received at that time (UTC)."""
        self._pages += 1
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        progress = self._begin(asked, min(received, batch.answered or received))
        if "resumptionToken" in asked:
            progress = self._open.pop(asked["resumptionToken"], None)
        if progress is None or batch.bad_records:
            return
        progress = replace(
            progress,
            token=batch.token,
            pages=progress.pages + 1,
            records=progress.records + len(batch.records),
            updated=received,
            done=batch.token is None,
        )
        if batch.token is not None:
            self._open[batch.token] = progress
        else:
            self._complete = _join(self._complete, progress)

    def record(self) -> DayOutcome | None:
        """Record what is proven where the database knows of no harvest. Return the outcome, None where nothing was to be done."""
        if not self._pages or self.work.store.harvest(get_key(self.work)) is not None:
            return None
        found = self._complete
        if found is None or not found.records:
            return DayOutcome(None, None, Done.NONE, source="oai", note=_NOT_PROVEN)
        self.work.store.put_harvest(found)
        note = f"bulk metadata modified from {found.first_from} until {found.until} is complete, by {self._pages} kept responses"
        return DayOutcome(None, None, Done.REGISTERED, source="oai", note=note)

    def _begin(self, asked: dict[str, str], moment: datetime) -> Harvest | None:
        """Return the progress before the first page of a harvest that ends with the newest record. None for any other page."""
        name = oai.set_of(to_canonical_category(self.work.config.archive.category))
        if asked.get("set") != name or "until" in asked:
            return None
        try:
            first = date.fromisoformat(asked.get("from", ""))
        except ValueError:
            return None
        until = min(moment.astimezone(NEW_YORK).date(), today(self.work))
        return Harvest(get_key(self.work), first, until, None, None, 0, 0, moment, done=False)


def _join(before: Harvest | None, later: Harvest) -> Harvest:
    """Return what two harvests prove together. Where days are missing between them, it is what the earlier one proves."""
    if before is None or not before.records:
        return later
    if before.until is None or later.first_from > before.until:
        return before
    return replace(
        later,
        first_from=min(before.first_from, later.first_from),
        pages=before.pages + later.pages,
        records=before.records + later.records,
    )
