"""A second witness of a mailing: another source of upstream that tells which papers it announced.

    catchup ─► RSS, on the day ─► /recent ─► month page          (the first that speaks is heard, one is enough)

What it says is compared with the listing here; what follows from that is for `syncd.usecases.ingest.accept`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from syncd.core.errors import GuardRefused, PageError, Unexpected
from syncd.core.model import id_month
from syncd.sources import listing as listings
from syncd.sources import rss
from syncd.usecases.ingest.upstream_client import RejectedPage

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from datetime import date

    from syncd.core.model import Listing, PaperId
    from syncd.usecases.ingest.upstream_client import FetchedListing, ListingClient
    from syncd.usecases.workspace import Workspace
    from syncd.web import Response


@dataclass(frozen=True, slots=True)
class Testimony:
    """The papers that another source gives for a mailing; `members` are those of its block of ids where it knows no sections."""

    url: str
    responses: tuple[Response, ...]
    new: frozenset[PaperId] = frozenset()
    cross: frozenset[PaperId] = frozenset()
    members: frozenset[PaperId] | None = None


@dataclass(frozen=True, slots=True)
class Silent:
    """A source that was no witness, and why; `responses` are refused pages to be kept."""

    why: str
    responses: tuple[Response, ...] = ()


Heard = Testimony | Silent


def hear(work: Workspace, upstream: ListingClient, listing: Listing, today: date) -> Iterator[Heard]:
    """What each source within reach says, until one has spoken; UpstreamError when arXiv cannot be asked.

    `today` is the date in New York.
    """
    for ask in _WITNESSES:
        try:
            heard = ask(work, upstream, listing, today)
        except RejectedPage as refused:
            heard = Silent(f"{refused.responses[0].url}: {refused.error.detail}", refused.responses)
        except PageError as error:
            heard = Silent(error.detail)
        except Unexpected as error:
            heard = Silent(f"{error.url}: status {error.status}")
        if heard is not None:
            yield heard
        if isinstance(heard, Testimony):
            return


def check(listing: Listing, testimony: Testimony) -> None:
    """GuardRefused (`witnesses-disagree`) unless both name the same papers, as far as the witness can tell."""
    new, cross = ({paper.id for paper in block} for block in (listing.new, listing.cross))
    if testimony.members is not None:
        within = {paper for paper in new | cross if _is_within(paper, new)}
        _refuse_odd(listing, "", {p for p in within if p not in testimony.new | testimony.cross})
        _refuse_odd(listing, "", testimony.members - within)
        return
    _refuse_odd(listing, "new ", new ^ testimony.new)
    _refuse_odd(listing, "cross ", cross ^ testimony.cross)


def _refuse_odd(listing: Listing, section: str, odd: Collection[PaperId]) -> None:
    if odd:
        detail = f"two sources differ in {len(odd)} {section}papers, e.g. {min(odd)}"
        raise GuardRefused(detail, reason="witnesses-disagree", day=listing.day)


def _is_within(paper: PaperId, new: Collection[PaperId]) -> bool:
    """Whether an id stands in the block of the new submissions, and in the month of the first of them."""
    return bool(new) and min(new) <= paper <= max(new) and id_month(paper) == id_month(min(new))


def _catchup(_work: Workspace, upstream: ListingClient, listing: Listing, today: date) -> Heard | None:
    if listing.source != "new" or listing.day > today:
        return None
    account = upstream.catchup(listing.day)
    try:
        other = account.assemble(listing.day)
    except PageError as error:
        raise RejectedPage(error, account.responses) from error
    return _testimony(account, [paper.id for paper in other.new], [paper.id for paper in other.cross])


def _feed(work: Workspace, upstream: ListingClient, listing: Listing, today: date) -> Heard | None:
    """The feed is built at midnight in New York for the mailing of the day; at times it still holds the one before."""
    if listing.day != today:
        return None
    url = rss.feed_url(work.config.upstream.rss_url, work.config.archive.category)
    response = upstream.web.get(url, expect="xml")
    try:
        feed = rss.read(response.body)
    except PageError as error:
        raise RejectedPage(error, (response,)) from error
    new, cross = (frozenset(paper.id for paper in block) for block in (feed.new, feed.cross))
    listed = {paper.id for paper in (*listing.new, *listing.cross)}
    if len(listed & (new | cross)) * 2 < len(listed):
        what = "holds another mailing" if new or cross else "is empty"
        return Silent(f"stale source: {url} {what}, built {feed.built:%Y-%m-%d %H:%M} UTC", (response,))
    return Testimony(url, (response,), new, cross)


def _recent(_work: Workspace, upstream: ListingClient, listing: Listing, _today: date) -> Heard | None:
    days, account = upstream.recent()
    day = next((day for day in days if day.day == listing.day), None)
    if day is None:
        return None
    if not day.whole or not day.trusted:
        return Silent(f"{account.responses[0].url}: {day.reason or 'a part'} of {day.day}", account.responses)
    return _testimony(account, day.new, day.cross)


def _month(_work: Workspace, upstream: ListingClient, listing: Listing, _today: date) -> Heard | None:
    """Members of the id-month: every paper listed must be one, and its own submissions in the block must be listed."""
    new = [paper.id for paper in listing.new]
    if not new:
        return None
    account = upstream.month(*id_month(min(new)))
    try:
        ids = listings.month_ids(account.pages)
    except PageError as error:
        raise RejectedPage(error, account.responses) from error
    own = (item.paper for page in account.pages for item in page.items if item.cross_from is None)
    block = frozenset(p.id for p in own if p.categories[0] == upstream.category and _is_within(p.id, new))
    return Testimony(account.responses[0].url, account.responses, frozenset(ids), frozenset(), block)


def _testimony(account: FetchedListing, new: Collection[PaperId], cross: Collection[PaperId]) -> Testimony:
    return Testimony(account.responses[0].url, account.responses, frozenset(new), frozenset(cross))


_WITNESSES: tuple[Callable[[Workspace, ListingClient, Listing, date], Heard | None], ...] = (
    _catchup,
    _feed,
    _recent,
    _month,
)
