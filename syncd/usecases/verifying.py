"""Membership by the month listings: an independent count of what bulk metadata says stands in a category. It mends nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.model import PaperId, id_month
from syncd.results import Month
from syncd.sources import listing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from syncd.usecases.fetching import Upstream
    from syncd.usecases.watching import Watch
    from syncd.usecases.workspace import Workspace


def verify(work: Workspace, upstream: Upstream, days: Sequence[date], watch: Watch) -> Iterator[Month]:
    """Compare each month in which these days lie, ascending, with what the database knows of the category."""
    months = {(day.year, day.month): set[PaperId]() for day in sorted(days)}
    for seen in work.store.seen():
        if work.config.archive.category in seen.categories and id_month(seen.id) in months:
            months[id_month(seen.id)].add(seen.id)
    for (year, month), known in months.items():
        watch.go_on()
        listed = set(listing.month_ids(upstream.month(year, month).pages))
        yield Month(year, month, len(listed), tuple(sorted(listed - known)), tuple(sorted(known - listed)))
