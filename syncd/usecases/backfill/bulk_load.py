"""Load the records of harvested pages into the tables, by ascending id and in few long transactions.

pages in the vault ─► sorted by id ─► transactions of some seconds ─► pages no longer to be loaded

arXiv gives records in the order of their last change. Written in that order, each page of them changes pages all over the
indexes, and the more papers are held, the more is written for each.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from syncd.archive.sql.harvests import HarvestedPage
from syncd.core.errors import FolderError
from syncd.sources import oai
from syncd.usecases.backfill.modified_days import to_current
from syncd.usecases.backfill.sorted_records import SortedRecords
from syncd.usecases.ingest.keep import keep
from syncd.usecases.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from syncd.archive.sql.harvests import Harvest
    from syncd.archive.sql.papers import Current
    from syncd.core.model import PaperId, Unreadable
    from syncd.usecases.backfill.modified_days import ModifiedDays
    from syncd.usecases.progress import RunControl
    from syncd.usecases.workspace import Workspace
    from syncd.web import Response


@dataclass(slots=True)
class BulkLoad:
    """Takes pages into the vault, and loads them later together. After a kill, the next load reads them from there.

    A page that the vault has lost by then is asked for again, with `windows`. Without a vault, each page is loaded when it is
    taken. To be closed.
    """

    work: Workspace
    windows: ModifiedDays
    control: RunControl
    _records: SortedRecords = field(init=False)
    _taken: set[str] = field(default_factory=set)
    _deleted: dict[PaperId, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._records = SortedRecords(self.work.config.archive.vault)

    def close(self) -> None:
        """Free the memory and the file of what was not loaded."""
        self._records.close()

    def take(self, response: Response, batch: oai.Batch, progress: Harvest) -> None:
        """Keep a page, and the progress of the harvest that brought it."""
        sha256 = keep(self.work, response)
        if sha256 is None:
            self.work.store.put_records(to_current(batch.records, "oai", response.received), progress)
            self.work.store.put_deletions(dict.fromkeys(batch.deleted, response.received), "oai")
            return
        if not (batch.records or batch.deleted):
            self.work.store.put_harvest(progress)
            return
        stamps = [record.datestamp for record in batch.records if record.datestamp is not None]
        is_dated = 0 < len(stamps) == len(batch.records)
        first, last = (min(stamps), max(stamps)) if is_dated else (progress.first_from, response.received.date())
        page = HarvestedPage(sha256, response.received, first, last)
        self.work.store.put_harvested_page(self.work.store.replica, page, progress)
        self._add(sha256, response.received, batch)

    def load(self) -> list[Unreadable]:
        """Load all pages that this folder has still to load. Return the records of lost ones that cannot be read again.

        What is loaded before it is cancelled stays loaded, and the next load writes only the rest.
        """
        store, replica = self.work.store, self.work.store.replica
        pages = store.list_harvested_pages(replica)
        bad = [found for page in pages if page.sha256 not in self._taken for found in self._read_again(page)]
        self.control.meanwhile()
        with closing(store.put_sorted_records(self._list_current(), self._records.count)) as steps:
            for kept in steps:
                self.control.report(Progress("loading metadata", kept, self._records.count, "record"))
                self.control.check_cancelled()
                self.control.meanwhile()
        # A paper may have come with another page of this harvest.
        store.put_deletions(self._deleted, "oai")
        if pages:
            store.remove_harvested_pages(replica, [page.sha256 for page in pages])
        self._records.close()
        self._taken.clear()
        self._deleted.clear()
        return bad

    def _add(self, sha256: str, received: datetime, batch: oai.Batch) -> None:
        self._records.add(batch.records, received)
        self._deleted |= dict.fromkeys(batch.deleted, received)
        self._taken.add(sha256)

    def _read_again(self, page: HarvestedPage) -> list[Unreadable]:
        """Read a page of an earlier run from the vault, or ask for its days again."""
        self.control.check_cancelled()
        try:
            body = self.work.vault.get(page.sha256)
        except FolderError:
            return self.windows.fetch(page.modified_from, page.modified_until)
        self._add(page.sha256, page.received, oai.read(body))
        return []

    def _list_current(self) -> Iterator[Current]:
        for record, seen in self._records:
            yield from to_current([record], "oai", seen)
