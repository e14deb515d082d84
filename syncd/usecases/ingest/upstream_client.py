"""One mailing asked of arXiv's listing pages: which address, all its parts, and the raw answers kept with it.

It decides nothing about the archive; what a listing is worth is for `syncd.usecases.ingest.accept`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from syncd.core.errors import LayoutUnknown, PageError
from syncd.sources import listing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from syncd.core.model import Listing
    from syncd.sources.listing import Page, RecentDay
    from syncd.web import Response

MAX_PARTS = 20
"""More parts than this one mailing never had; a page that asks for more is not believed."""


class WebClient(Protocol):
    """The one way to ask upstream."""

    def get(self, url: str, *, expect: str) -> Response:
        """The answer to one polite request."""


@dataclass(frozen=True, slots=True)
class FetchedListing:
    """What upstream said: the pages, and the raw responses they came in, in the order asked."""

    pages: tuple[Page, ...]
    responses: tuple[Response, ...]
    category: str

    @property
    def heading(self) -> date | None:
        """The listing date in the first page's heading."""
        return self.pages[0].day

    @property
    def is_over(self) -> bool:
        """Whether the page links the next announcement, so that its day can gain nothing any more."""
        return self.pages[0].continues

    def assemble(self, day: date | None) -> Listing:
        """The mailing, after every guard that needs nothing but the pages; PageError otherwise."""
        return listing.assemble(self.pages, self.category, day)


@dataclass(frozen=True, slots=True)
class ListingClient:
    """arXiv's listing pages of one category below `base`."""

    web: WebClient
    base: str
    category: str

    def new(self) -> FetchedListing:
        """The newest mailing that arXiv shows."""
        return self._account(listing.new_url(self.base, self.category))

    def catchup(self, day: date) -> FetchedListing:
        """The mailing of one date within reach."""
        return self._account(listing.catchup_url(self.base, self.category, day))

    def recent(self) -> tuple[tuple[RecentDay, ...], FetchedListing]:
        """The ids of the five newest mailings."""
        account = self._account(listing.recent_url(self.base, self.category))
        return listing.list_recent_days(account.pages), account

    def month(self, year: int, month: int) -> FetchedListing:
        """The ids of a month's present members, without day or text."""
        return self._account(listing.month_url(self.base, self.category, year, month))

    def _account(self, url: str) -> FetchedListing:
        pages: list[Page] = []
        responses: list[Response] = []
        following: str | None = url
        while following is not None:
            if len(pages) == MAX_PARTS:
                raise RejectedPage(LayoutUnknown("too many parts", reason="endless", url=url), tuple(responses))
            response = self.web.get(following, expect="html")
            responses.append(response)
            pages.append(_read(response, responses))
            _refuse_repeated(pages, responses)
            following = listing.next_url(pages[-1], following)
        return FetchedListing(tuple(pages), tuple(responses), self.category)


def _refuse_repeated(pages: Sequence[Page], responses: Sequence[Response]) -> None:
    """A part that does not begin behind the one before it would have the same parts asked for again and again."""
    firsts = [page.first for page in pages[-2:] if page.first is not None]
    if len(firsts) == 2 and firsts[1] <= firsts[0]:
        error = LayoutUnknown("the part asked for is the one before", reason="endless", url=responses[-1].url)
        raise RejectedPage(error, tuple(responses))


class RejectedPage(Exception):
    """A page that may not be believed, with the raw responses to be kept; it never leaves the use cases."""

    def __init__(self, error: PageError, responses: tuple[Response, ...]) -> None:
        super().__init__(str(error))
        self.error = error
        self.responses = responses


def _read(response: Response, so_far: Sequence[Response]) -> Page:
    try:
        return listing.read(response.body)
    except PageError as error:
        error.url = response.url
        raise RejectedPage(error, tuple(so_far)) from error


def fill_origin(error: PageError, responses: Sequence[Response], day: date | None) -> PageError:
    """Fill in the date and the address that an error is about, where it does not name them yet, and return it."""
    error.day = error.day or day
    error.url = error.url or next((response.url for response in responses), None)
    return error
