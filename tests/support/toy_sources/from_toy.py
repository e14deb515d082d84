"""`toy`: a source for tests, which knows a single date and another title for its first paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from syncd.usecases.compare.source_view import RequestCount, Source, SourceView, not_available

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from syncd.usecases.compare.source_view import NotAvailable
    from syncd.usecases.upstream import UpstreamAccess
    from syncd.usecases.workspace import Workspace

KNOWN = date(2026, 7, 10)


def show(work: Workspace, _upstream: UpstreamAccess, days: Sequence[date]) -> Iterator[SourceView | NotAvailable]:
    for day in days:
        ours = work.store.digest(day)
        if ours is None:
            yield not_available(day, "not held")
            continue
        first, *others = ours.entries
        theirs = replace(ours, entries=(replace(first, title="A Title of the Toy", version=1), *others))
        yield SourceView(ours, theirs, "the toy", is_exact=True)


SOURCE = Source(
    show=show,
    out_of_reach=lambda _work, day: None if day == KNOWN else "the toy knows another date",
    count_requests=lambda _work, days: RequestCount(api=7 * len(days)),
    default_days=lambda _work: [KNOWN],
    asks_api=False,
    auto=0,
)
