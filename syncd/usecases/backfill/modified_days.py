"""Harvest the records modified in a window of days: around a page that never comes whole, or where a record could not be read.

window ─► page cannot be read at all, or is cut each time ─► its two halves ─► … ─► one day ─► each record of the page by itself
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from syncd.archive.sql.harvests import Harvest
from syncd.archive.sql.papers import Current
from syncd.core import markup
from syncd.core.categories import to_canonical_category
from syncd.core.errors import LayoutUnknown, Unavailable
from syncd.core.model import Unreadable
from syncd.sources import oai
from syncd.sources.broken_oai import salvage
from syncd.usecases.ingest.keep import keep
from syncd.usecases.ingest.upstream_client import RejectedPage, fetch_xml
from syncd.usecases.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date, datetime

    from syncd.core.model import PaperId, Record
    from syncd.usecases.ingest.upstream_client import WebClient
    from syncd.usecases.progress import RunControl
    from syncd.usecases.workspace import Workspace
    from syncd.web import Response

_DAY = timedelta(days=1)
_ONE_RECORD_MAY_CAUSE = frozenset({"not-xml", "encoding", "too-deep", "too-long", "too-many-elements"})


def may_come_in_parts(trouble: RejectedPage | Unavailable) -> bool:
    """Return whether one record may be the cause that a page cannot be read at all, or the page was cut on its way each time."""
    if isinstance(trouble, Unavailable):
        return trouble.is_cut
    return isinstance(trouble.error, LayoutUnknown) and trouble.error.reason in _ONE_RECORD_MAY_CAUSE


def to_current(records: Iterable[Record], source: str, seen: datetime) -> Iterator[Current]:
    """Yield the records with their texts in canonical form."""
    for record in records:
        title = markup.title_from_raw(record.title)
        yield Current(record, title, markup.abstract_from_raw(record.abstract), source, seen)


@dataclass(slots=True)
class ModifiedDays:
    """Harvests what was modified on some days. `key` names the harvest to which they belong, `records` counts what it got.

    A window with a record that could not be read is recorded with the progress of harvests, so that it is asked for again.
    """

    work: Workspace
    web: WebClient
    control: RunControl
    key: str
    records: int = 0
    _noted: set[str] = field(default_factory=set)

    def ask_again(self) -> list[Unreadable]:
        """Fetch the windows in which a record could not be read, and return those that still cannot be read."""
        bad: list[Unreadable] = []
        for window in list_unread_windows(self.work, self.key):
            self._noted.clear()
            bad += self.fetch(window.first_from, window.until or window.first_from)
            if window.key not in self._noted:  # nothing is lost in it, or a shorter window has what is
                self.work.store.put_harvest(replace(window, updated=self.work.wall(), done=True))
        return bad

    def note_bad(self, response: Response, batch: oai.Batch, asked: tuple[date, date]) -> list[Unreadable]:
        """Return the records of a page that cannot be read, and record that their days are to be asked for again.

        `asked` are the first and the last day (UTC) on which the records of the page may have been modified.
        """
        stamps = {record.id: record.datestamp for record in batch.records}
        for bad in batch.bad_records:
            first, last = _find_modified(bad, stamps, asked)
            key = f"{_begin_key(self.key)}{first} {last}"
            again = Harvest(key, first, last, None, None, 0, 0, response.received, done=False)
            self.work.store.put_harvest(again)
            self._noted.add(key)
        return [replace(bad, where=f"{bad.where} of {response.url}") for bad in batch.bad_records]

    def fetch(self, first: date, last: date) -> list[Unreadable]:
        """Fetch what was modified from `first` to `last` (UTC days), and return the records that cannot be read.

        RejectedPage for a page of one day of which not even single records can be read, and for any other rejected page.
        Unavailable for a page of one day that is cut each time.
        """
        base, bad = self.work.config.upstream.oai_url, list[Unreadable]()
        url: str | None = oai.first_url(
            base, oai.set_of(to_canonical_category(self.work.config.archive.category)), first, last
        )
        reached: date | None = first
        while url is not None:
            self.control.check_cancelled()
            try:
                response, batch = fetch_xml(self.web, url, oai.read)
            except (RejectedPage, Unavailable) as trouble:
                if not may_come_in_parts(trouble):
                    raise
                begin = reached or first
                if begin < last:
                    middle = begin + (last - begin) // 2
                    return bad + self.fetch(begin, middle) + self.fetch(middle + _DAY, last)
                if isinstance(trouble, Unavailable):
                    raise
                response, batch = _salvage(trouble)
            bad += self._keep(response, batch, (reached or first, last))
            reached = _advance(reached, batch.records)
            url = oai.next_url(base, batch.token) if batch.token else None
        return bad

    def _keep(self, response: Response, batch: oai.Batch, asked: tuple[date, date]) -> list[Unreadable]:
        keep(self.work, response)
        bad = self.note_bad(response, batch, asked)
        self.work.store.put_records(to_current(batch.records, "oai", response.received))
        self.work.store.put_deletions(dict.fromkeys(batch.deleted, response.received), "oai")
        self.records += len(batch.records)
        self.control.report(Progress("reading metadata by halves", self.records, unit="record"))
        return bad


def list_unread_windows(work: Workspace, key: str) -> list[Harvest]:
    """Return the windows of a harvest, by its key, in which records could not be read and are to be asked for again."""
    return work.store.list_open_harvests(_begin_key(key))


def _begin_key(key: str) -> str:
    """Return how the keys of the windows begin that belong to a harvest."""
    return f"{key} again "


def _find_modified(
    bad: Unreadable, stamps: Mapping[PaperId, date | None], asked: tuple[date, date]
) -> tuple[date, date]:
    """Return the first and the last day on which a record may have been modified: by itself, or by the records around it.

    A datestamp outside the days that were asked for is none: asking for it would find nothing.
    """
    if bad.datestamp is not None and asked[0] <= bad.datestamp <= asked[1]:
        return bad.datestamp, bad.datestamp
    after, before = (stamps.get(one) if one else None for one in (bad.after, bad.before))
    days = after or asked[0], before or asked[1]
    return min(days), max(days)


def _advance(reached: date | None, records: Iterable[Record]) -> date | None:
    """Return the newest datestamp so far, None once the records do not come in the order of their datestamps."""
    stamps = [reached, *(record.datestamp for record in records)]
    in_order = [stamp for stamp in stamps if stamp is not None]
    return in_order[-1] if len(in_order) == len(stamps) and in_order == sorted(in_order) else None


def _salvage(page: RejectedPage) -> tuple[Response, oai.Batch]:
    """Return the response that was rejected, with what can be read of it. Raise the page where that is nothing."""
    response = page.responses[0]
    try:
        return response, salvage(response.body)
    except LayoutUnknown:
        raise page from None
