"""Membership by the month listings: an independent count of what bulk metadata says stands in a category. It mends nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from syncd.errors import PageError, UpstreamError
from syncd.model import PaperId, id_month
from syncd.results import Month
from syncd.sources import listing
from syncd.usecases.accepting import keep_refused
from syncd.usecases.fetching import Refused
from syncd.usecases.watching import Progress, Stopped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from syncd.errors import SyncdError
    from syncd.usecases.fetching import Upstream
    from syncd.usecases.watching import Watch
    from syncd.usecases.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Verified:
    """The months compared, ascending, what ended the comparison early, if anything, and whether it was told to end."""

    months: tuple[Month, ...] = ()
    error: SyncdError | None = None
    ended: bool = False


def verify(work: Workspace, upstream: Upstream, days: Sequence[date], watch: Watch) -> Verified:
    """Compare each month in which these days lie with what the database knows of the category."""
    months: list[Month] = []
    error: SyncdError | None = None
    ended = False
    try:
        for month in _compared(work, upstream, days, watch):
            months.append(month)  # noqa: PERF402  what came before the end counts
    except Stopped:
        ended = True
    except Refused as refused:
        error = keep_refused(work, refused, None)
    except (UpstreamError, PageError) as trouble:
        error = trouble
    return Verified(tuple(months), error, ended)


def _compared(work: Workspace, upstream: Upstream, days: Sequence[date], watch: Watch) -> Iterator[Month]:
    months = {(day.year, day.month): set[PaperId]() for day in sorted(days)}
    if not months:
        return
    floor = _lowest(work, min(days))
    for seen in work.store.seen():
        if seen.id >= floor and work.config.archive.category in seen.categories and id_month(seen.id) in months:
            months[id_month(seen.id)].add(seen.id)
    for done, ((year, month), known) in enumerate(months.items(), 1):
        watch.go_on()
        listed = {one for one in listing.month_ids(upstream.month(year, month).pages) if one >= floor}
        watch.tell(Progress("verifying", done, len(months)))
        yield Month(year, month, len(listed), tuple(sorted(listed - known)), tuple(sorted(known - listed)))


def _lowest(work: Workspace, first: date) -> str:
    """The lowest id of the first mailing compared: what is older in its month was not asked for, and need not be known."""
    return min((min(ids) for ids in work.store.announced(first, first).values()), default="")
