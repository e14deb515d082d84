"""Confirm a mailing by a second source: another page or feed of upstream that says which papers it announced.

    catchup ─► RSS, on the day ─► /recent ─► month page          (the first that answers decides, one is enough)

What follows from its answer is decided in `syncd.usecases.ingest.validate`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.categories import is_primary
from syncd.core.errors import GuardRefused, PageError, Unexpected
from syncd.core.model import id_month
from syncd.core.plural import pluralize
from syncd.core.values import dataclass
from syncd.sources import listing as listings
from syncd.sources import rss
from syncd.usecases.ingest.keep import keep_all
from syncd.usecases.ingest.upstream_client import RejectedPage
from syncd.usecases.workspace import today

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from syncd.core.model import Listing, PaperId
    from syncd.usecases.ingest.context import IngestContext
    from syncd.usecases.ingest.upstream_client import FetchedListing, ListingClient
    from syncd.usecases.workspace import Workspace
    from syncd.web import Response


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """What came of asking a second source: the address of the one that agrees, and why others gave no answer."""

    url: str | None = None
    failures: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        """The words for a second source that was asked for and is unavailable."""
        return "; ".join(("no second source is available", *self.failures))


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The papers that a second source gives for a mailing.

    A source without sections puts all papers into `new`. Its `members` are those that it has in the mailing's block of ids.
    """

    url: str
    responses: tuple[Response, ...]
    new: frozenset[PaperId] = frozenset()
    cross: frozenset[PaperId] = frozenset()
    members: frozenset[PaperId] | None = None


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Why a source cannot confirm the mailing. `responses` are rejected pages to keep."""

    why: str
    responses: tuple[Response, ...] = ()


def ask_second_source(context: IngestContext, listing: Listing) -> CrossCheck:
    """Ask the sources within reach, one after another, until one has answered. Every response is kept.

    Raise GuardRefused when the source that answers names other papers, UpstreamError when arXiv cannot be asked. Without a
    client nothing is asked.
    """
    if context.client is None:
        return CrossCheck()
    failures: list[str] = []
    for ask in _SOURCES:
        try:
            answer = ask(context.work, context.client, listing)
        except RejectedPage as rejected:
            answer = NoAnswer(f"{rejected.responses[0].url}: {rejected.error.detail}", rejected.responses)
        except Unexpected as error:
            answer = NoAnswer(f"{error.url}: status {error.status}")
        if isinstance(answer, Confirmation):
            keep_all(context.work, answer.responses)
            compare_papers(listing, answer)
            return CrossCheck(answer.url, tuple(failures))
        if answer is not None:
            keep_all(context.work, answer.responses, "refused")
            failures.append(answer.why)
    return CrossCheck(None, tuple(failures))


def compare_papers(listing: Listing, confirmation: Confirmation) -> None:
    """Raise GuardRefused (`witnesses-disagree`) unless both name the same papers, as far as the second source can tell."""
    new, cross = ({paper.id for paper in section} for section in (listing.new, listing.cross))
    if confirmation.members is None:
        odd: dict[str, Collection[PaperId]] = {"new ": new ^ confirmation.new, "cross ": cross ^ confirmation.cross}
    else:
        # The month page is not sorted by day: only ids between the first and the last new one surely belong to this mailing.
        within = {paper for paper in new | cross if _is_in_block(paper, new)}
        odd = {"": within - (confirmation.new | confirmation.cross) or confirmation.members - within}
    for section, papers in odd.items():
        if papers:
            detail = f"two sources differ in {pluralize(len(papers), f'{section}paper')}, e.g. {min(papers)}"
            raise GuardRefused(detail, reason="witnesses-disagree", day=listing.day)


def _is_in_block(paper: PaperId, new: Collection[PaperId]) -> bool:
    """Return whether an id is in the block of the new submissions, and in the month of the first of them."""
    return bool(new) and min(new) <= paper <= max(new) and id_month(paper) == id_month(min(new))


def _ask_catchup(work: Workspace, client: ListingClient, listing: Listing) -> Confirmation | None:
    # A catchup listing cannot confirm itself, and arXiv gives none before midnight in New York.
    if listing.source != "new" or listing.day > today(work):
        return None
    fetched = client.fetch_catchup(listing.day)
    try:
        other = fetched.assemble(listing.day)
    except PageError as error:
        raise RejectedPage(error, fetched.responses) from error
    return _confirm(fetched, [paper.id for paper in other.new], [paper.id for paper in other.cross])


def _ask_rss(work: Workspace, client: ListingClient, listing: Listing) -> Confirmation | NoAnswer | None:
    """Ask the feed. It is built at midnight in New York for the mailing of the day, but at times still holds the one before."""
    if listing.day != today(work):
        return None
    url = rss.feed_url(work.config.upstream.rss_url, work.config.archive.category)
    response = client.web.get(url, expect="xml")
    try:
        feed = rss.read(response.body)
    except PageError as error:
        raise RejectedPage(error, (response,)) from error
    new, cross = (frozenset(paper.id for paper in section) for section in (feed.new, feed.cross))
    listed = {paper.id for paper in (*listing.new, *listing.cross)}
    if len(listed & (new | cross)) * 2 < len(listed):
        what = "holds another mailing" if new or cross else "is empty"
        return NoAnswer(f"stale source: {url} {what}, built {feed.built:%Y-%m-%d %H:%M} UTC", (response,))
    if any(one.id is None for one in feed.unreadable):
        one = next(one for one in feed.unreadable if one.id is None)
        return NoAnswer(f"{url}: {one.where} cannot be read: {one.why}", (response,))
    # Of a paper whose item cannot be read the feed says nothing, so it does not contradict the listing.
    unread = {one.id for one in feed.unreadable}
    new |= {paper.id for paper in listing.new if paper.id in unread}
    cross |= {paper.id for paper in listing.cross if paper.id in unread}
    return Confirmation(url, (response,), new, cross)


def _ask_recent(_work: Workspace, client: ListingClient, listing: Listing) -> Confirmation | NoAnswer | None:
    days, fetched = client.fetch_recent()
    day = next((day for day in days if day.day == listing.day), None)
    if day is None:
        return None
    if not day.is_whole or not day.is_trusted:
        return NoAnswer(f"{fetched.responses[0].url}: {day.reason or 'a part'} of {day.day}", fetched.responses)
    return _confirm(fetched, day.new, day.cross)


def _ask_month(_work: Workspace, client: ListingClient, listing: Listing) -> Confirmation | None:
    """Ask the month page: every paper listed must be on it, and its own submissions in the block must be listed."""
    new = [paper.id for paper in listing.new]
    if not new:
        return None
    fetched = client.fetch_month(*id_month(min(new)))
    try:
        ids = listings.month_ids(fetched.pages)
    except PageError as error:
        raise RejectedPage(error, fetched.responses) from error
    # A paper that was cross-listed later stands on the month page too, so only own submissions must be in the listing.
    own = (entry.paper for page in fetched.pages for entry in page.entries if entry.cross_from is None)
    block = frozenset(p.id for p in own if is_primary(p.categories, client.category) and _is_in_block(p.id, new))
    return Confirmation(fetched.responses[0].url, fetched.responses, frozenset(ids), frozenset(), block)


def _confirm(fetched: FetchedListing, new: Iterable[PaperId], cross: Iterable[PaperId]) -> Confirmation:
    return Confirmation(fetched.responses[0].url, fetched.responses, frozenset(new), frozenset(cross))


_SOURCES: tuple[Callable[[Workspace, ListingClient, Listing], Confirmation | NoAnswer | None], ...] = (
    _ask_catchup,
    _ask_rss,
    _ask_recent,
    _ask_month,
)
"""Each returns None where it cannot know the mailing, and is then passed over without a word."""
