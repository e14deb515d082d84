"""Ask for catchup pages while metadata is loaded and mailings are written, which then takes no time beside their pauses.

step of the load ─► is the pause over? ─► the next page is asked for ─► step ─► … ─► a date's turn: its page is there

Answers wait in memory. A run that is killed asks for these pages again.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from syncd.core import mailing
from syncd.core.errors import CoolingDown, UpstreamError
from syncd.sources import listing
from syncd.usecases.progress import stop_waiting
from syncd.usecases.workspace import today

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime, timedelta

    from syncd.usecases.ingest.upstream_client import ListingClient, WebClient
    from syncd.usecases.progress import RunControl
    from syncd.usecases.workspace import Workspace
    from syncd.web import Response

_MOST = 6
"""Answers in memory at once, of up to a megabyte each. To load and write a whole archive takes as long as their pauses."""


@dataclass(slots=True)
class EarlyPages:
    """Asks for the pages at `urls` before their turn, in this order, each once the pause of `interval` since the last is over.

    It is a `WebClient`, which gives the answers that it has and asks for all others.
    """

    web: WebClient
    control: RunControl
    interval: timedelta
    urls: deque[str]
    _answers: dict[str, Response | UpstreamError] = field(default_factory=dict)
    _pause_end: datetime | None = None

    def get(self, url: str, *, expect: str) -> Response:
        """Return the response, which may have come early. Trouble of an early request is raised here."""
        if url in self.urls:
            self.urls.remove(url)
        early = self._answers.pop(url, None)
        if early is None:
            return self.web.get(url, expect=expect)
        if isinstance(early, UpstreamError):
            raise early
        return early

    def ask_next(self) -> None:
        """Ask for one page, unless it would have to wait. After trouble nothing is asked early any more.

        The end of a cooldown is waited for at the turn of the page. Cancelled is raised where the work must stop.
        """
        is_paused = self._pause_end is not None and self.control.wall() < self._pause_end
        if is_paused or not self.urls or len(self._answers) == _MOST:
            return
        url = self.urls.popleft()
        try:
            self._answers[url] = stop_waiting(self.web).get(url, expect="html")
        except CoolingDown:
            self.urls.clear()
        except UpstreamError as error:
            self._answers[url] = error
            self.urls.clear()
        self._pause_end = self.control.wall() + self.interval


def list_early_pages(work: Workspace, client: ListingClient, control: RunControl, days: Iterable[date]) -> EarlyPages:
    """Return the catchup pages of these dates, in their order. The newest mailing comes from another page."""
    end = min(mailing.newest_due(work.now(), work.calendar_around(today(work))), today(work))
    urls = deque(listing.catchup_url(client.base, client.category, day) for day in days if day < end)
    return EarlyPages(client.web, control, work.config.upstream.listing_interval, urls)
