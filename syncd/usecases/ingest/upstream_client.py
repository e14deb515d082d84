"""Ask arXiv for one mailing or one metadata document, with all its parts, and return it with the raw responses.

It decides nothing about the archive. Whether a listing is accepted is decided in `syncd.usecases.ingest.accept`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from syncd.core.errors import LayoutUnknown, PageError, PartialPage, Unavailable
from syncd.core.values import dataclass
from syncd.sources import listing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from syncd.core.model import Listing
    from syncd.sources.listing import Page, RecentDay
    from syncd.web import Response

    T = TypeVar("T")

MAX_PARTS = 20
"""The most parts that one listing may have. No mailing has come near it, so a page that links more is wrong."""
MAX_TRIES = 3
"""How often a metadata document that arrives cut off is asked for before upstream counts as unavailable."""


class WebClient(Protocol):
    """The one way to ask upstream."""

    def get(self, url: str, *, expect: str) -> Response:
        """Return the response to one polite request. `expect` is the content type wanted, `html` or `xml`."""


class RejectedPage(Exception):
    """A page that cannot be trusted, with the raw responses to keep. It never leaves the use cases."""

    def __init__(self, error: PageError, responses: tuple[Response, ...]) -> None:
        super().__init__(str(error))
        self.error = error
        self.responses = responses

    def name_origin(self, day: date | None) -> PageError:
        """Fill in the date and the address that the error is about, where it does not name them yet, and return it."""
        self.error.day = self.error.day or day
        self.error.url = self.error.url or next((response.url for response in self.responses), None)
        return self.error


@dataclass(frozen=True, slots=True)
class FetchedListing:
    """The parts of one listing as pages, and the raw responses they came in, both in the order they were asked for."""

    pages: tuple[Page, ...]
    responses: tuple[Response, ...]
    category: str

    @property
    def heading(self) -> date | None:
        """The listing date in the first page's heading."""
        return self.pages[0].day

    @property
    def is_over(self) -> bool:
        """Whether the page links the next announcement, so that its own day can gain no more papers."""
        return self.pages[0].links_next_day

    def assemble(self, day: date | None) -> Listing:
        """Return the mailing once every guard that needs only the pages has passed. Raise PageError otherwise."""
        return listing.assemble(self.pages, self.category, day)


@dataclass(frozen=True, slots=True)
class ListingClient:
    """Fetches arXiv's listing pages of one category below the address `base`."""

    web: WebClient
    base: str
    category: str

    def fetch_new(self) -> FetchedListing:
        """Fetch the newest mailing that arXiv shows."""
        return self._fetch(listing.new_url(self.base, self.category))

    def fetch_catchup(self, day: date) -> FetchedListing:
        """Fetch the mailing of one date within reach."""
        return self._fetch(listing.catchup_url(self.base, self.category, day))

    def fetch_recent(self) -> tuple[tuple[RecentDay, ...], FetchedListing]:
        """Fetch the ids of the five newest mailings. Raise RejectedPage when the page cannot be trusted."""
        fetched = self._fetch(listing.recent_url(self.base, self.category))
        try:
            return listing.list_recent_days(fetched.pages), fetched
        except PageError as error:
            raise RejectedPage(error, fetched.responses) from error

    def fetch_month(self, year: int, month: int) -> FetchedListing:
        """Fetch the ids of a month's present members, without day or text."""
        return self._fetch(listing.month_url(self.base, self.category, year, month))

    def _fetch(self, url: str) -> FetchedListing:
        """Fetch a listing part by part. Raise RejectedPage for a part that cannot be read, or when the parts do not end."""
        pages: list[Page] = []
        responses: list[Response] = []
        following: str | None = url
        while following is not None:
            if len(pages) == MAX_PARTS:
                raise RejectedPage(LayoutUnknown("too many parts", reason="endless", url=url), tuple(responses))
            response = self.web.get(following, expect="html")
            responses.append(response)
            try:
                pages.append(listing.read(response.body))
                _check_advances(pages)
            except PageError as error:
                error.url = response.url
                raise RejectedPage(error, tuple(responses)) from error
            following = listing.next_url(pages[-1], following)
        return FetchedListing(tuple(pages), tuple(responses), self.category)


def _check_advances(pages: Sequence[Page]) -> None:
    """Raise LayoutUnknown when a part does not begin after the one before it: the same parts would be asked for forever."""
    firsts = [page.first for page in pages[-2:] if page.first is not None]
    if len(firsts) == 2 and firsts[1] <= firsts[0]:
        raise LayoutUnknown("the part asked for is the one before", reason="endless")


def fetch_xml(web: WebClient, url: str, read: Callable[[bytes], T]) -> tuple[Response, T]:
    """Fetch a document of metadata, of the API or of a feed, and return the response with what `read` makes of it.

    One that arrives cut off is asked for again. Raise Unavailable when it is cut every time, as after any other broken
    transfer. Raise RejectedPage, with the raw response, for a document that is whole and cannot be trusted.
    """
    for _ in range(MAX_TRIES):
        response = web.get(url, expect="xml")
        try:
            return response, read(response.body)
        except PartialPage as error:
            cut = error
        except PageError as error:
            error.url = response.url
            raise RejectedPage(error, (response,)) from error
    raise Unavailable(f"cut {MAX_TRIES} times: {cut.detail}", url=url, status=200, is_cut=True)
