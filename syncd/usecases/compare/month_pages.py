"""The members of an id-month by arXiv's month pages, each requested once in a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from syncd.core.errors import PageError, Unexpected
from syncd.sources import listing
from syncd.usecases.ingest.keep import keep_rejected
from syncd.usecases.ingest.upstream_client import RejectedPage

if TYPE_CHECKING:
    from syncd.core.model import PaperId
    from syncd.usecases.upstream import UpstreamAccess
    from syncd.usecases.workspace import Workspace

IdMonth = tuple[int, int]
"""Year and month as the ids of its papers begin."""


@dataclass(slots=True)
class MonthPages:
    """The month pages read so far. `loaded` holds None for a page that was rejected."""

    work: Workspace
    upstream: UpstreamAccess
    loaded: dict[IdMonth, dict[PaperId, str] | None] = field(default_factory=dict)

    def load(self, month: IdMonth) -> dict[PaperId, str] | None:
        """Return the members of a month with their primary categories, or None where its page was rejected."""
        if month not in self.loaded:
            self.loaded[month] = self._request(month)
        return self.loaded[month]

    def _request(self, month: IdMonth) -> dict[PaperId, str] | None:
        try:
            fetched = self.upstream.listing.fetch_month(*month)
            try:
                ids = listing.month_ids(fetched.pages)
            except PageError as error:
                raise RejectedPage(error, fetched.responses) from error
        except RejectedPage as rejected:
            keep_rejected(self.work, rejected, None)
            return None
        except Unexpected:
            return None
        primary = {item.paper.id: item.paper.categories[0] for page in fetched.pages for item in page.entries}
        return {paper: primary[paper] for paper in ids}
