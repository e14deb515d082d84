"""`snapshot`: bulk metadata that the database already holds, without any request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.usecases.compare import bulk_metadata
from syncd.usecases.compare.select import list_all_held_days
from syncd.usecases.compare.source_view import NotAvailable, RequestCount, Source, SourceView

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from syncd.usecases.upstream import UpstreamAccess
    from syncd.usecases.workspace import Workspace


def show(work: Workspace, upstream: UpstreamAccess, days: Sequence[date]) -> Iterator[SourceView | NotAvailable]:
    """Show these dates by the metadata in the database, which may lack papers of the category."""
    return bulk_metadata.show(work, upstream, days, is_complete=False)


SOURCE = Source(
    show=show,
    out_of_reach=lambda _work, _day: None,
    count_requests=lambda _work, _days: RequestCount(),
    default_days=list_all_held_days,
    asks_api=False,
)
