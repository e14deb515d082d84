"""Fill the newest days of a backfill: papers and sections from catchup pages, each paper with the text that was announced.

page ─► first versions of its papers that were, or may have been, revised since ─► accept, like every other listing

It accepts nothing itself: that is done in `syncd.usecases.ingest.accept`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from syncd.core import mailing
from syncd.core.errors import Unexpected
from syncd.core.results import DayOutcome, Done
from syncd.usecases.backfill.announced_paragraphs import restore_first_versions
from syncd.usecases.backfill.first_versions import MissingVersions
from syncd.usecases.backfill.infer import infer
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
"""How many pages wait for their texts together: about as many as fill one request."""


@dataclass(slots=True)
class RecentDays:
    """Fills days from catchup pages. `is_fresh` says that the metadata in the database has every revision until now."""

    work: Workspace
    client: ListingClient
    texts: FirstVersions
    is_fresh: bool
    _fetched: dict[date, tuple[FetchedListing, MissingVersions]] = field(default_factory=dict)
    _outcomes: list[DayOutcome] = field(default_factory=list)

    def fill(self, days: Sequence[date]) -> Iterator[DayOutcome]:
        """Yield the outcome of each day as it becomes final. Trouble with upstream is raised."""
        if self.is_fresh:
            self._fetch_known_revisions(days)
        # Without fresh metadata every paper of a page is asked for, and the requests of several pages are shared.
        for group in ([day] for day in days) if self.is_fresh else (days,):
            for day in self.texts.provide(self._fetch_pages(group), _AHEAD):
                yield from self._take_outcomes()
                yield self._accept(day)
            yield from self._take_outcomes()

    def fill_as_shown(self, days: Sequence[date]) -> Iterator[DayOutcome]:
        """Yield the outcomes of the days with the texts that the pages show."""
        for day in days:
            yield from self._sync(day)

    def _fetch_known_revisions(self, days: Sequence[date]) -> None:
        """Fetch the texts that these days will want, in as few requests as they take together."""
        members = infer(self.work, days).members
        revised = (
            MissingVersions(day, tuple(member.id for member in page if member.version > 1))
            for day, page in members.items()
        )
        deque(self.texts.provide(revised), maxlen=0)

    def _take_outcomes(self) -> Iterator[DayOutcome]:
        yield from self._outcomes
        self._outcomes.clear()

    def _fetch_pages(self, days: Iterable[date]) -> Iterator[MissingVersions]:
        """Yield what each day's page leaves to be asked for. Days that give no page have their outcome at once."""
        newest = mailing.newest_due(self.work.now(), self.work.calendar_around(today(self.work)))
        for day in days:
            if day == newest or day > today(self.work):
                self._outcomes += self._sync(day)
                continue
            if self.texts.is_over and not self.is_fresh:
                continue  # every text of the page would be wanted, and none can be asked for
            try:
                fetched = self.client.fetch_catchup(day)
            except RejectedPage as rejected:
                self._outcomes.append(reject(self.work, rejected, day))
            except Unexpected as error:
                if error.status not in {400, 404}:
                    raise
                state = self.work.report(day).state
                self._outcomes.append(DayOutcome(day, state, Done.REFUSED, error=error, source="catchup"))
            else:
                revised = MissingVersions(day, self._find_revised(fetched))
                self._fetched[day] = fetched, revised
                yield revised

    def _find_revised(self, fetched: FetchedListing) -> tuple[PaperId, ...]:
        """Return the papers on the page of which a newer version than the first is known, or nothing is."""
        ids = [paper.id for paper in _list_announced(fetched)]
        known = self.work.store.get_current_papers(ids) if self.is_fresh else {}
        return tuple(one for one in ids if one not in known or known[one].version != 1)

    def _accept(self, day: date) -> DayOutcome:
        fetched, revised = self._fetched.pop(day)
        withheld = self.texts.record_withheld(revised, "catchup")
        if withheld is not None:
            return withheld
        shown = {paper.id: paper for paper in _list_announced(fetched)}
        first = restore_first_versions(self.work, self.work.store.get_version_texts(revised.wanted), shown)
        texts = {paper.id: first.get(paper.id, replace(paper, version=1)) for paper in shown.values()}
        pages = tuple(_replace_texts(page, texts) for page in fetched.pages)
        replaced = {paper: self.texts.origins.pop(paper, None) for paper in first}
        outcome = accept(IngestContext(self.work, self.client), replace(fetched, pages=pages), day, replaced)
        if outcome.action is Done.WRITTEN:
            self.texts.note_written(texts.values())
        return outcome

    def _sync(self, day: date) -> Sequence[DayOutcome]:
        """Fetch the newest day as a sync does: nothing can have been revised since, and its page may be late."""
        run = sync(self.work, self.client, [day], is_recovered=True)
        if run.error is not None:
            raise run.error
        return run.days


def _list_announced(fetched: FetchedListing) -> Iterator[Paper]:
    """Yield the papers under the headings of new and cross-listed ones."""
    for page in fetched.pages:
        for block in page.blocks:
            yield from (entry.paper for entry in block.entries if block.section in {"new", "cross"})


def _replace_texts(page: Page, texts: Mapping[PaperId, Paper]) -> Page:
    """Return the page with the texts given. The number, marks and categories of each paper stay."""
    blocks = []
    for block in page.blocks:
        entries = []
        for entry in block.entries:
            text = texts.get(entry.paper.id, entry.paper)
            paper = replace(
                entry.paper,
                title=text.title,
                abstract=text.abstract,
                version=text.version,
                paragraphs=text.paragraphs,
            )
            entries.append(replace(entry, paper=paper))
        blocks.append(replace(block, entries=tuple(entries)))
    return replace(page, blocks=tuple(blocks))
