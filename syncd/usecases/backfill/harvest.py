"""Bulk metadata into the database, page by page: each page, its records and where to go on are one transaction.

slice ─► page asked ─► kept in the vault ─► records + next token ─► … ─► slice done ─► coverage recorded
└─ token refused: on from the last datestamp reached, or from the beginning
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from syncd.archive.sql.papers import Current, Harvest
from syncd.core import markup
from syncd.core.errors import LayoutUnknown
from syncd.sources import oai
from syncd.usecases.ingest.keep import keep
from syncd.usecases.ingest.upstream_client import RejectedPage, fetch_xml
from syncd.usecases.progress import Progress
from syncd.usecases.workspace import today

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date, datetime

    from syncd.core.model import Record
    from syncd.usecases.ingest.upstream_client import WebClient
    from syncd.usecases.progress import RunControl
    from syncd.usecases.workspace import Workspace
    from syncd.web import Response

MARGIN = timedelta(days=7)
"""So much earlier than the first day wanted the harvest begins: the ids before it bound it from below."""
COMPLETE_AFTER = timedelta(days=2)
"""A mailing is in bulk metadata for certain so long after its listing date; before, ids may still be missing."""
FRESH_FOR = timedelta(hours=3)
"""A harvest that ended so short a time ago is not brought up to date: an ended backfill goes on without asking again."""
_RESTARTS = 3


@dataclass(frozen=True, slots=True)
class DateRange:
    """The listing dates that the metadata must cover, both included."""

    first: date
    last: date


def is_covered(work: Workspace, span: DateRange) -> bool:
    """Whether an earlier harvest already holds every record of these dates, so that nothing need be asked."""
    done = work.store.harvest(_key(work))
    if done is None or done.until is None or done.first_from > span.first:
        return False
    is_new = done.until >= today(work) and work.wall() - done.updated < FRESH_FOR
    return is_new or done.until >= span.last + COMPLETE_AFTER


def harvested_until(work: Workspace) -> date | None:
    """The New York date on which the newest harvest was begun: of later mailings it may know a part; None before the first."""
    done = work.store.harvest(_key(work))
    return None if done is None else done.until


def first_asked(work: Workspace, first: date) -> date:
    """The datestamp from which a harvest for `first` would ask: the last one covered, or a margin before the first day."""
    covered = work.store.harvest(_key(work))
    if covered is not None and covered.until is not None and covered.first_from <= first:
        return covered.until
    return first - MARGIN


def harvest(work: Workspace, web: WebClient, span: DateRange, watch: RunControl) -> tuple[oai.BadRecord, ...]:
    """Bring the metadata of these dates into the database; continues where an interrupted harvest stopped. Idempotent.

    Each page is asked for once. The records that were not taken, which stop nothing; a page refused as a whole is raised
    with its raw bytes.
    """
    _record_finished(work)
    if is_covered(work, span):
        return ()
    slice_ = _open_slice(work, span)
    restarts, refused = _Restarts(), list[oai.BadRecord]()
    while not slice_.done:
        watch.check_cancelled()
        try:
            response, batch = fetch_xml(web, _url(work, slice_), oai.read)
        except RejectedPage as page:
            slice_ = restarts.after(page, slice_)
            continue
        refused += batch.bad_records
        slice_ = _keep(work, response, batch, slice_)
        watch.report(Progress("metadata", records=slice_.records, requests=slice_.pages))
    _record_finished(work)
    return tuple(refused)


def _key(work: Workspace) -> str:
    return f"oai {oai.set_of(work.config.archive.category)}"


def _slice_key(work: Workspace) -> str:
    return f"{_key(work)} slice"


def _open_slice(work: Workspace, span: DateRange) -> Harvest:
    """The interrupted slice if it serves, else a new one: from the last day harvested on, or from before the first day wanted."""
    begin, interrupted = first_asked(work, span.first), work.store.harvest(_slice_key(work))
    if interrupted is not None and not interrupted.done and interrupted.first_from <= begin:
        return interrupted
    fresh = Harvest(_slice_key(work), begin, today(work), None, None, 0, 0, work.wall(), done=False)
    work.store.put_harvest(fresh)
    return fresh


def _url(work: Workspace, slice_: Harvest) -> str:
    base = work.config.upstream.oai_url
    if slice_.token is not None:
        return oai.next_url(base, slice_.token)
    # After a refused token the slice goes on from the day it had reached; that day is asked for again.
    since = slice_.reached or slice_.first_from
    return oai.first_url(base, oai.set_of(work.config.archive.category), since, None)


@dataclass(slots=True)
class _Restarts:
    """Refusals of tokens, counted since the harvest last reached a new day."""

    count: int = 0
    reached: date | None = None

    def after(self, page: RejectedPage, slice_: Harvest) -> Harvest:
        """The slice on from the datestamp reached; where there is none, the same token once more, then from the beginning."""
        if not isinstance(page.error, oai.TokenRefused):
            raise page
        self.count = self.count + 1 if self.reached == slice_.reached else 1
        self.reached = slice_.reached
        if self.count > _RESTARTS or slice_.token is None:
            told = "the resumption token is refused again and again"
            raise RejectedPage(LayoutUnknown(told, reason="token", url=page.error.url), page.responses) from page
        return slice_ if slice_.reached is None and self.count == 1 else replace(slice_, token=None)


def _keep(work: Workspace, response: Response, batch: oai.Batch, slice_: Harvest) -> Harvest:
    keep(work, response)
    following = replace(
        slice_,
        token=batch.token,
        reached=_reached(slice_, batch.records),
        pages=slice_.pages + 1,
        records=slice_.records + len(batch.records),
        updated=response.received,
        done=batch.token is None,
    )
    work.store.put_records(to_current(batch.records, "oai", response.received), following)
    return following


def _reached(slice_: Harvest, records: Sequence[Record]) -> date | None:
    """The newest datestamp so far, if this page and those before came in the order of their datestamps."""
    stamps = [record.datestamp for record in records if record.datestamp is not None]
    in_order = stamps == sorted(stamps) and (slice_.pages == 0 or slice_.reached is not None)
    if not in_order or (stamps and slice_.reached is not None and stamps[0] < slice_.reached):
        return None
    return stamps[-1] if stamps else slice_.reached


def to_current(records: Iterable[Record], source: str, seen: datetime) -> Iterator[Current]:
    """The records with their texts in canonical form."""
    for record in records:
        title = markup.title_from_raw(record.title)
        yield Current(record, title, markup.abstract_from_raw(record.abstract), source, seen)


def _record_finished(work: Workspace) -> None:
    """Record what the last slice covers, once it is done: from the earliest beginning through the day it was begun on.

    A first harvest that brought nothing at all covers nothing: years without a paper are no answer to be believed.
    """
    slice_, before = work.store.harvest(_slice_key(work)), work.store.harvest(_key(work))
    if slice_ is None or not slice_.done or (before is None and not slice_.records):
        return
    if before is not None and before.updated >= slice_.updated:
        return
    first = slice_.first_from if before is None else min(before.first_from, slice_.first_from)
    work.store.put_harvest(replace(slice_, key=_key(work), first_from=first, token=None, reached=None))
