"""The newest days of a backfill: membership and section from catchup pages, each paper with the text that was announced.

page ─► first versions of its papers that were, or may have been, revised since ─► the same door as every listing

It lets nothing in itself: that is for `syncd.usecases.ingest.accept`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from syncd.core import mailing
from syncd.core.errors import Unexpected
from syncd.core.results import DayOutcome, Done
from syncd.usecases.backfill.first_versions import MissingVersions
from syncd.usecases.ingest.accept import accept, reject
from syncd.usecases.ingest.context import IngestContext
from syncd.usecases.ingest.sync import sync
from syncd.usecases.ingest.upstream_client import RejectedPage
from syncd.usecases.workspace import today

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from syncd.core.model import Paper, PaperId
    from syncd.sources.listing import Page
    from syncd.usecases.backfill.first_versions import FirstVersions
    from syncd.usecases.ingest.upstream_client import FetchedListing, ListingClient
    from syncd.usecases.workspace import Workspace

_AHEAD = 3
"""So many pages wait for their texts at once, which about fill one request."""


@dataclass(slots=True)
class Recent:
    """Fills days from catchup pages; `fresh` says that the metadata in the database knows every revision until now."""

    work: Workspace
    upstream: ListingClient
    texts: FirstVersions
    fresh: bool
    _accounts: dict[date, tuple[FetchedListing, MissingVersions]] = field(default_factory=dict)
    _outcomes: list[DayOutcome] = field(default_factory=list)

    def fill(self, days: Sequence[date]) -> Iterator[DayOutcome]:
        """The outcomes of the days as each becomes final; trouble with upstream is raised."""
        for group in ([day] for day in days) if self.fresh else (days,):
            for day in self.texts.provide(self._pages(group), _AHEAD):
                yield from self._told()
                yield self._accepted(day)
            yield from self._told()

    def as_shown(self, days: Sequence[date]) -> Iterator[DayOutcome]:
        """The outcomes of the days with the texts that the pages show."""
        for day in days:
            yield from _synced(self.work, self.upstream, day)

    def _told(self) -> Iterator[DayOutcome]:
        yield from self._outcomes
        self._outcomes.clear()

    def _pages(self, days: Iterable[date]) -> Iterator[MissingVersions]:
        """What each day's page leaves to be asked for; days that give no page have their outcome at once."""
        newest = mailing.newest_due(self.work.now(), self.work.calendar())
        for day in days:
            if day == newest or day > today(self.work):
                self._outcomes += _synced(self.work, self.upstream, day)
                continue
            try:
                account = self.upstream.fetch_catchup(day)
            except RejectedPage as refused:
                self._outcomes.append(reject(self.work, refused, day))
            except Unexpected as error:
                if error.status not in {400, 404}:
                    raise
                self._outcomes.append(
                    DayOutcome(day, self.work.report(day).state, Done.REFUSED, error=error, source="catchup")
                )
            else:
                needy = MissingVersions(day, self._revised(account))
                self._accounts[day] = account, needy
                yield needy

    def _revised(self, account: FetchedListing) -> tuple[PaperId, ...]:
        """The papers on the page of which a newer version than the first is known, or nothing is."""
        ids = [paper.id for paper in _announced(account)]
        known = self.work.store.get_current_papers(ids) if self.fresh else {}
        return tuple(one for one in ids if one not in known or known[one].version != 1)

    def _accepted(self, day: date) -> DayOutcome:
        account, needy = self._accounts.pop(day)
        owed = self.texts.owed(needy, "catchup")
        if owed is not None:
            return owed
        first = self.work.store.get_version_texts(needy.wanted)
        known = {one.id: first.get(one.id, replace(one, version=1)) for one in _announced(account)}
        return accept(
            IngestContext(self.work, self.upstream),
            replace(account, pages=tuple(_retold(p, known) for p in account.pages)),
            day,
        )


def _synced(work: Workspace, upstream: ListingClient, day: date) -> Sequence[DayOutcome]:
    """The newest day as a sync takes it: nothing can have been revised since, and its page may be late."""
    run = sync(work, upstream, [day])
    if run.error is not None:
        raise run.error
    return run.days


def _announced(account: FetchedListing) -> Iterator[Paper]:
    """The papers under the headings of new and cross-listed ones."""
    for page in account.pages:
        for block in page.blocks:
            yield from (item.paper for item in block.items if block.section in {"new", "cross"})


def _retold(page: Page, known: Mapping[PaperId, Paper]) -> Page:
    """The page with the texts given; a paper's place, marks and categories stay."""
    blocks = []
    for block in page.blocks:
        items = []
        for item in block.items:
            told = known.get(item.paper.id, item.paper)
            paper = replace(item.paper, title=told.title, abstract=told.abstract, version=told.version)
            items.append(replace(item, paper=paper))
        blocks.append(replace(block, items=tuple(items)))
    return replace(page, blocks=tuple(blocks))
