"""Fetch bulk metadata: all pages into the vault first, and then their records into the database together (`bulk_load`).

slice ─► page fetched ─► kept in the vault ─► next token recorded ─► … ─► slice done ─► records loaded ─► coverage recorded
├─ token refused: continue from the last datestamp reached, or from the beginning
├─ page not well-formed, or cut each time: ask for the rest in halves (`modified_days`)
└─ bad record: its day of modification is asked for again by the next harvest

Without a vault, the records of each page are written with its next token.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from syncd.archive.sql.harvests import Harvest
from syncd.core.categories import to_canonical_category
from syncd.core.errors import LayoutUnknown, Unavailable
from syncd.core.values import dataclass
from syncd.sources import oai
from syncd.usecases.backfill.bulk_load import BulkLoad
from syncd.usecases.backfill.modified_days import ModifiedDays, list_unread_windows, may_come_in_parts
from syncd.usecases.cost_figures import OAI_PAGE, estimate_records
from syncd.usecases.ingest.keep import keep_rejected
from syncd.usecases.ingest.upstream_client import RejectedPage, fetch_xml
from syncd.usecases.progress import Progress
from syncd.usecases.workspace import today

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from syncd.core.model import Record, Unreadable
    from syncd.usecases.ingest.upstream_client import WebClient
    from syncd.usecases.progress import RunControl
    from syncd.usecases.workspace import Workspace

MARGIN = timedelta(days=21)
"""How much earlier than the first day wanted a harvest begins.

The ids before that day bound it from below, and the mailings before it show whether those between were closings: there are ten
and more of them even around the turn of the year.
"""
COMPLETE_AFTER = timedelta(days=2)
"""How long after its listing date a mailing is certainly in bulk metadata. Before that, ids may still be missing."""
FRESH_FOR = timedelta(hours=3)
"""How long a harvest counts as up to date: a backfill that was stopped continues without asking again."""
_MAX_RESTARTS = 3
"""How often a slice starts again on one day before its token is reported as bad: a longer day never fits one page."""


@dataclass(frozen=True, slots=True)
class DateRange:
    """The listing dates that the metadata must cover, both included."""

    first: date
    last: date


def is_covered(work: Workspace, dates: DateRange, *, as_of_now: bool = False) -> bool:
    """Return whether an earlier harvest already holds every record of these dates, so that nothing needs to be asked.

    With `as_of_now`, it must be fresh, because records of old dates change as well.
    """
    return _does_cover(work, work.store.harvest(get_key(work)), dates, as_of_now=as_of_now)


def list_covered(work: Workspace, days: Iterable[date]) -> list[date]:
    """Return those of these dates of which an earlier harvest already holds every record, in the order given."""
    done = work.store.harvest(get_key(work))
    return [day for day in days if _does_cover(work, done, DateRange(day, day))]


def has_unread_records(work: Workspace) -> bool:
    """Return whether records could not be read, and are still to be asked for again."""
    return bool(list_unread_windows(work, get_key(work)))


def is_fetched(work: Workspace, dates: DateRange) -> bool:
    """Return whether nothing needs to be asked. Records of a run that was interrupted may still have to be loaded."""
    return is_covered(work, dates) or _does_cover(work, _find_unrecorded(work), dates)


def _does_cover(work: Workspace, done: Harvest | None, dates: DateRange, *, as_of_now: bool = False) -> bool:
    if done is None or done.until is None or done.first_from > dates.first:
        return False
    is_new = done.until >= today(work) and work.wall() - done.updated < FRESH_FOR
    return is_new or (not as_of_now and done.until >= dates.last + COMPLETE_AFTER)


def find_harvest_end(work: Workspace) -> date | None:
    """Return the New York date on which the newest harvest began, None before the first. Of later mailings it may have a part."""
    done = work.store.harvest(get_key(work))
    return None if done is None else done.until


def find_harvest_moment(work: Workspace) -> datetime | None:
    """Return when the newest complete harvest ended (UTC), None before the first."""
    done = work.store.harvest(get_key(work))
    return None if done is None else done.updated


def find_start(work: Workspace, first: date) -> date:
    """Return the datestamp from which a harvest for `first` would ask: the last one covered, or a margin before the first day."""
    covered = work.store.harvest(get_key(work))
    if covered is not None and covered.until is not None and covered.first_from <= first:
        return covered.until
    return first - MARGIN


def harvest(
    work: Workspace, web: WebClient, dates: DateRange, control: RunControl, *, as_of_now: bool = False
) -> tuple[Unreadable, ...]:
    """Fetch the metadata of these dates into the database, and return the records that cannot be read. Idempotent.

    It continues where an interrupted harvest stopped, and asks for each page once. What an earlier harvest could not read is
    asked for again. A bad record stops nothing. A page that is rejected as a whole is raised with its raw bytes.
    """
    windows = ModifiedDays(work, web, control, get_key(work))
    with closing(BulkLoad(work, windows, control)) as load:
        bad = windows.ask_again()
        if _is_finished(work):
            # A run killed after its last page has not loaded all yet, or not recorded what it covers.
            bad += load.load()
            _record_finished(work)
        if is_covered(work, dates, as_of_now=as_of_now):
            return tuple(bad)
        bad += _fetch_slice(work, web, _open_slice(work, dates), load)
        bad += load.load()
        _record_finished(work)
    return tuple(dict.fromkeys(bad))


def _fetch_slice(work: Workspace, web: WebClient, slice_: Harvest, load: BulkLoad) -> list[Unreadable]:
    """Fetch the pages of the slice that are still to come, and return the records that cannot be read."""
    windows, restarts, doing = load.windows, _Restarts(), _describe_slice(work, slice_)
    load.control.report(doing)
    bad: list[Unreadable] = []
    while not slice_.done:
        load.control.check_cancelled()
        try:
            response, batch = fetch_xml(web, _next_url(work, slice_), oai.read)
        except (RejectedPage, Unavailable) as trouble:
            if may_come_in_parts(trouble):
                if isinstance(trouble, RejectedPage):
                    keep_rejected(work, trouble, None)
                begin = slice_.reached or slice_.first_from
                bad += windows.fetch(begin, max(begin, work.now().astimezone(UTC).date()))
                records = slice_.records + windows.records
                slice_ = replace(slice_, token=None, records=records, updated=work.wall(), done=True)
                work.store.put_harvest(slice_)
            elif isinstance(trouble, RejectedPage):
                slice_ = restarts.restart(trouble, slice_)
            else:
                raise
            continue
        asked = (slice_.reached or slice_.first_from, response.received.date())
        bad += windows.note_bad(response, batch, asked)
        slice_ = _advance(slice_, batch, response.received)
        load.take(response, batch, slice_)
        total = max(slice_.records, doing.total * (not slice_.done))
        load.control.report(replace(doing, done=slice_.records, total=total))
    return bad


def _describe_slice(work: Workspace, slice_: Harvest) -> Progress:
    """Return how far a slice has come. How many records it will have is estimated: arXiv does not say it."""
    total = estimate_records(slice_.first_from, work.now().date())
    seconds = work.config.upstream.api_interval.total_seconds() / OAI_PAGE
    return Progress("reading metadata", slice_.records, total, "record", seconds, is_estimate=True)


def get_key(work: Workspace) -> str:
    """Return the key under which the database holds what the harvests of the archive cover."""
    return f"oai {oai.set_of(to_canonical_category(work.config.archive.category))}"


def _slice_key(work: Workspace) -> str:
    # Other hosts do not have the pages in the vault of this one.
    return f"{get_key(work)} slice {work.store.replica}"


def _open_slice(work: Workspace, dates: DateRange) -> Harvest:
    """Return the interrupted slice if it begins early enough, else a new one that is recorded before anything is asked."""
    begin, interrupted = find_start(work, dates.first), work.store.harvest(_slice_key(work))
    if interrupted is not None and not interrupted.done and interrupted.first_from <= begin:
        return interrupted
    fresh = Harvest(_slice_key(work), begin, today(work), None, None, 0, 0, work.wall(), done=False)
    work.store.put_harvest(fresh)
    return fresh


def _next_url(work: Workspace, slice_: Harvest) -> str:
    base = work.config.upstream.oai_url
    if slice_.token is not None:
        return oai.next_url(base, slice_.token)
    # After a refused token the slice continues from the day it had reached. That day is asked for again.
    since = slice_.reached or slice_.first_from
    return oai.first_url(base, oai.set_of(to_canonical_category(work.config.archive.category)), since, None)


@dataclass(slots=True)
class _Restarts:
    """Refusals of tokens, counted since the harvest last reached a new day."""

    count: int = 0
    reached: date | None = None

    def restart(self, page: RejectedPage, slice_: Harvest) -> Harvest:
        """Return the slice from the datestamp reached. Without one: the same token once more, then from the beginning.

        Any other error than a refused token is raised, and so is a token refused too often.
        """
        if not isinstance(page.error, oai.TokenRefused):
            raise page
        self.count = self.count + 1 if self.reached == slice_.reached else 1
        self.reached = slice_.reached
        if self.count > _MAX_RESTARTS or slice_.token is None:
            detail = "the resumption token was refused repeatedly"
            raise RejectedPage(LayoutUnknown(detail, reason="token", url=page.error.url), page.responses) from page
        return slice_ if slice_.reached is None and self.count == 1 else replace(slice_, token=None)


def _advance(slice_: Harvest, batch: oai.Batch, received: datetime) -> Harvest:
    return replace(
        slice_,
        token=batch.token,
        reached=_find_reached(slice_, batch.records),
        pages=slice_.pages + 1,
        records=slice_.records + len(batch.records),
        updated=received,
        done=batch.token is None,
    )


def _find_reached(slice_: Harvest, records: Sequence[Record]) -> date | None:
    """Return the newest datestamp so far, or None unless this page and those before came in the order of their datestamps."""
    # Out of order, continuing from the newest datestamp would skip older records that are still to come.
    stamps = [record.datestamp for record in records if record.datestamp is not None]
    in_order = stamps == sorted(stamps) and (slice_.pages == 0 or slice_.reached is not None)
    if not in_order or (stamps and slice_.reached is not None and stamps[0] < slice_.reached):
        return None
    return stamps[-1] if stamps else slice_.reached


def _is_finished(work: Workspace) -> bool:
    slice_ = work.store.harvest(_slice_key(work))
    return slice_ is not None and slice_.done


def _record_finished(work: Workspace) -> None:
    """Record what the last slice covers, once it is done and loaded."""
    found = _find_unrecorded(work)
    if found is not None:
        work.store.put_harvest(found)


def _find_unrecorded(work: Workspace) -> Harvest | None:
    """Return what is covered with the last slice, where it is done and not recorded. It goes through the day of its start.

    A first harvest without any record covers nothing, because years without a paper cannot be true.
    """
    slice_, before = work.store.harvest(_slice_key(work)), work.store.harvest(get_key(work))
    if slice_ is None or not slice_.done or (before is None and not slice_.records):
        return None
    if before is not None and before.updated >= slice_.updated:
        return None
    first = slice_.first_from if before is None else min(before.first_from, slice_.first_from)
    return replace(slice_, key=get_key(work), first_from=first, token=None, reached=None)
