"""Where the dates, papers and counts of a page lead: to the web pages of the archive, or to arXiv."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote, urlencode

from syncd.core.values import dataclass
from syncd.sources import listing

if TYPE_CHECKING:
    from syncd.core.model import PaperId

_REACH = timedelta(days=90)
"""For how long arXiv shows a mailing on a page of its own."""


class Links(Protocol):
    """The addresses that a page leads to."""

    @property
    def target(self) -> str:
        """The name of the place for people."""

    def day(self, day: date) -> str:
        """Return the address of a mailing."""

    def paper(self, paper: PaperId) -> str:
        """Return the address of a paper."""

    def month(self, first: date) -> str:
        """Return the address of the papers of a month."""

    def page(self, name: str) -> str | None:
        """Return the address of another page of the archive. None where there is none."""


@dataclass(frozen=True, slots=True)
class SiteLinks:
    """The pages of `syncd serve` below `base`, which has no slash at its end."""

    base: str
    target: str = "its page"

    def day(self, day: date) -> str:
        """Return the page of a mailing."""
        return f"{self.base}/{day}"

    def paper(self, paper: PaperId) -> str:
        """Return the page of a paper."""
        return f"{self.base}/paper/{quote(paper)}"

    def month(self, first: date) -> str:
        """Return the search for all papers of the mailings of a month."""
        return f"{self.base}/search?{urlencode({'q': f'since:{first:%Y-%m} until:{first:%Y-%m}'})}"

    def page(self, name: str) -> str | None:
        """Return another page."""
        return f"{self.base}/{name}"


@dataclass(frozen=True, slots=True)
class ArxivLinks:
    """The pages of arXiv at `base`, as they are on the date `today`."""

    base: str
    category: str
    today: date
    target: str = "at arXiv"

    def day(self, day: date) -> str:
        """Return the page of a mailing, or the list of its month where arXiv does not show the mailing any more."""
        if self.today - _REACH <= day <= self.today:
            return listing.catchup_url(self.base, self.category, day)
        return self.month(day)

    def paper(self, paper: PaperId) -> str:
        """Return the abstract page of a paper."""
        return f"{self.base.rstrip('/')}/abs/{quote(paper)}"

    def month(self, first: date) -> str:
        """Return the list of the papers whose ids are of a month."""
        return listing.month_page(self.base, self.category, first.year, first.month)

    def page(self, name: str) -> str | None:  # noqa: ARG002  every kind of links has it
        """Return None: arXiv has no such page."""
        return None
