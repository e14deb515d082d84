"""Say where arXiv shows a paper or a mailing to people. Nothing is asked, and no archive is needed."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from syncd.core import coverage, mailing
from syncd.core.dates import ARXIV_BEGAN
from syncd.core.values import dataclass
from syncd.sources import listing

if TYPE_CHECKING:
    from datetime import datetime

    from syncd.config import Config
    from syncd.core.mailing import Calendar
    from syncd.core.model import PaperId

MONTH_NOTE = "arXiv shows a mailing for 90 days only; this page lists the papers whose ids are of its month"


@dataclass(frozen=True, slots=True)
class PublicAddress:
    """An address of arXiv, and what is to be known of it. `note` is empty where the page shows just what was meant."""

    url: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class WithoutMailing:
    """A date without a mailing: why, and the nearest dates with one."""

    why: str
    nearest: tuple[date, ...]


def locate_paper(config: Config, paper: PaperId, version: int | None) -> PublicAddress:
    """Return the abstract page of a paper, or of one version of it."""
    return PublicAddress(f"{config.upstream.listing_url.rstrip('/')}/abs/{paper}{f'v{version}' if version else ''}")


def locate_paper_page(config: Config, paper: PaperId) -> str:
    """Return the page of a paper: the archive's own where `serve.base_url` is configured, else that of arXiv."""
    own = config.serve.base_url
    return f"{own.rstrip('/')}/paper/{paper}" if own else locate_paper(config, paper, None).url


def locate_own_page(config: Config, what: PaperId | date) -> PublicAddress:
    """Return the archive's own page of a paper or a date: below `serve.base_url`, else at the address that `serve` listens at."""
    host, port = config.serve.listen
    base = config.serve.base_url or f"http://{f'[{host}]' if ':' in host else host}:{port}"
    note = (
        "" if config.serve.base_url else "serve.base_url is not set; this is where syncd serve listens on this machine"
    )
    return PublicAddress(f"{base.rstrip('/')}/{what if isinstance(what, date) else f'paper/{what}'}", note)


def locate_search_page(config: Config, name: str) -> str | None:
    """Return the page of a saved search. None where it is not known at which address people reach the archive's pages."""
    own = config.serve.base_url
    return f"{own.rstrip('/')}/searches/{name}" if own else None


def locate_mailing(config: Config, day: date, now: datetime, calendar: Calendar) -> PublicAddress | WithoutMailing:
    """Return the page that shows the mailing of a date at `now`, by the calendar of closings.

    It is `/new` on the evening of the announcement, then its catchup page, and the list of its month when that is gone. A date
    without a mailing, or whose mailing is not announced yet, has none.
    """
    (found,) = mailing.days(calendar, day, day)
    newest = coverage.newest_possible(now)
    if not found.due:
        around = mailing.find_previous_listing(day, calendar), mailing.find_next_listing(day, calendar)
        return WithoutMailing(found.why, around)
    if day > newest:
        return WithoutMailing("not announced yet", (mailing.newest_due(now, calendar),))
    if day < ARXIV_BEGAN:
        return WithoutMailing(f"arXiv began on {ARXIV_BEGAN}", (ARXIV_BEGAN,))
    base, category = config.upstream.listing_url, config.archive.category
    today = now.astimezone(mailing.NEW_YORK).date()
    if day > today:
        return PublicAddress(listing.new_url(base, category))
    if day >= today - mailing.REACH:
        return PublicAddress(listing.catchup_url(base, category, day))
    return PublicAddress(listing.month_url(base, category, day.year, day.month), MONTH_NOTE)
