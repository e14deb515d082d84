"""Bulk metadata into the database, page by page: each page, its records and where to go on are one transaction.

slice ─► page asked ─► kept in the vault ─► records + next token ─► … ─► slice done ─► coverage recorded
└─ token refused: on from the last datestamp reached, or from the beginning
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from syncd import markup
from syncd.archive.papers import Current, Harvest
from syncd.errors import LayoutUnknown, PageError
from syncd.sources import oai
from syncd.usecases.fetching import Refused
from syncd.usecases.watching import Progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date, datetime

    from syncd.model import Record
    from syncd.usecases.fetching import Asks
    from syncd.usecases.watching import Watch
    from syncd.usecases.workspace import Workspace
    from syncd.web import Response

MARGIN = timedelta(days=7)
"""So much earlier than the first day wanted the harvest begins: the ids before it bound it from below."""
SETTLED = timedelta(days=2)
"""A mailing is in bulk metadata for certain so long after its listing date; before, ids may still be missing."""
_RESTARTS = 3


@dataclass(frozen=True, slots=True)
class Span:
    """The listing dates that the metadata must cover, both included."""

    first: date
    last: date


def is_covered(work: Workspace, span: Span) -> bool:
    """Whether an earlier harvest already holds every record of these dates, so that nothing need be asked."""
    done = work.store.harvest(_key(work))
    return (
        done is not None
        and done.until is not None
        and done.first_from <= span.first
        and done.until >= span.last + SETTLED
    )


def harvest(work: Workspace, web: Asks, span: Span, watch: Watch) -> None:
    """Bring the metadata of these dates into the database; continues where an interrupted harvest stopped. Idempotent.

    Each page is asked for once. Refused pages are raised with their raw bytes.
    """
    if is_covered(work, span):
        return
    slice_ = _open_slice(work, span)
    restarts = 0
    while not slice_.done:
        watch.go_on()
        response = web.get(_url(work, slice_), expect="xml")
        try:
            batch = oai.read(response.body)
        except oai.TokenRefused:
            restarts += 1
            slice_ = _restarted(slice_, response, restarts)
            continue
        except PageError as error:
            error.url = response.url
            raise Refused(error, (response,)) from error
        slice_ = _keep(work, response, batch, slice_)
        watch.tell(Progress("metadata", records=slice_.records, requests=slice_.pages))
    _cover(work, slice_)


def _key(work: Workspace) -> str:
    return f"oai {oai.set_of(work.config.archive.category)}"


def _open_slice(work: Workspace, span: Span) -> Harvest:
    """The interrupted slice if it serves, else a new one: from the last day harvested on, or from before the first day wanted."""
    key = f"{_key(work)} slice"
    begin = span.first - MARGIN
    covered, interrupted = work.store.harvest(_key(work)), work.store.harvest(key)
    if covered is not None and covered.until is not None and covered.first_from <= span.first:
        begin = covered.until
    if interrupted is not None and not interrupted.done and interrupted.first_from <= begin:
        return interrupted
    fresh = Harvest(key, begin, _today(work), None, None, 0, 0, work.wall(), done=False)
    work.store.put_harvest(fresh)
    return fresh


def _today(work: Workspace) -> date:
    """Today's UTC date by the calendar clock, as OAI's datestamps count."""
    return work.now().astimezone(UTC).date()


def _url(work: Workspace, slice_: Harvest) -> str:
    base = work.config.upstream.oai_url
    if slice_.token is not None:
        return oai.next_url(base, slice_.token)
    # After a refused token the slice goes on from the day it had reached; that day is asked for again.
    since = slice_.reached or slice_.first_from
    return oai.first_url(base, oai.set_of(work.config.archive.category), since, None)


def _restarted(slice_: Harvest, response: Response, restarts: int) -> Harvest:
    """The slice on from the datestamp reached; where there is none, the same token once more, then from the beginning."""
    if restarts > _RESTARTS or slice_.token is None:
        refused = LayoutUnknown("the resumption token is refused again and again", reason="token", url=response.url)
        raise Refused(refused, (response,))
    return slice_ if slice_.reached is None and restarts == 1 else replace(slice_, token=None)


def _keep(work: Workspace, response: Response, batch: oai.Batch, slice_: Harvest) -> Harvest:
    work.vault.put(
        kind="response",
        url=response.url,
        status=response.status,
        headers=response.headers,
        body=response.body,
        received=response.received,
    )
    following = replace(
        slice_,
        token=batch.token,
        reached=_reached(slice_, batch.records),
        pages=slice_.pages + 1,
        records=slice_.records + len(batch.records),
        updated=response.received,
        done=batch.token is None,
    )
    work.store.put_records(currents(batch.records, "oai", response.received), following)
    return following


def _reached(slice_: Harvest, records: Sequence[Record]) -> date | None:
    """The newest datestamp so far, if this page and those before came in the order of their datestamps."""
    stamps = [record.datestamp for record in records if record.datestamp is not None]
    in_order = stamps == sorted(stamps) and (slice_.pages == 0 or slice_.reached is not None)
    if not in_order or (stamps and slice_.reached is not None and stamps[0] < slice_.reached):
        return None
    return stamps[-1] if stamps else slice_.reached


def currents(records: Iterable[Record], source: str, seen: datetime) -> Iterator[Current]:
    """The records with their texts in canonical form."""
    for record in records:
        title = markup.title_from_raw(record.title)
        yield Current(record, title, markup.abstract_from_raw(record.abstract), source, seen)


def _cover(work: Workspace, slice_: Harvest) -> None:
    """Record what is covered now: from the earliest beginning through the day on which this slice was begun."""
    before = work.store.harvest(_key(work))
    first = slice_.first_from if before is None else min(before.first_from, slice_.first_from)
    work.store.put_harvest(replace(slice_, key=_key(work), first_from=first, token=None, reached=None, done=True))
