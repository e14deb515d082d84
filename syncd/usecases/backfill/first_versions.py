"""Fetch texts as announced: the first versions of papers that were revised since, from the API, in as few requests as it allows.

days ─► what each lacks ─► full requests ─► version table ─► days that lack nothing any more, in their order
                                        └─ trouble ─► no request any more: what is not held counts as withheld
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from dataclasses import field
from itertools import islice
from math import ceil
from typing import TYPE_CHECKING

from syncd.archive.sql.papers import VersionText
from syncd.core.errors import LayoutUnknown, PartialPage, SyncdError, UpstreamError
from syncd.core.model import Finding, Paragraphs, State, Unreadable, Version, versioned_id
from syncd.core.results import DayOutcome, Done, LostRecord
from syncd.core.values import dataclass
from syncd.sources import api
from syncd.sources.api import BATCH
from syncd.usecases.ingest.keep import keep, keep_rejected
from syncd.usecases.ingest.upstream_client import RejectedPage, fetch_xml
from syncd.usecases.progress import Progress
from syncd.usecases.reconcile.journal import name_origins

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from syncd.core.model import Paper, PaperId
    from syncd.usecases.ingest.upstream_client import WebClient
    from syncd.usecases.progress import RunControl
    from syncd.usecases.reconcile.journal import Origin
    from syncd.usecases.workspace import Workspace

_AHEAD = 50
"""How many days are looked at together, so that one question to the database and full requests serve them all."""
_MAX_ASKED = 2
"""One missing text proves nothing: a paper is asked for so often before its day is left for a later run."""


_MAX_REJECTED = 2
"""This many answers in a row that cannot be used mean that the trouble is with the API and not with one batch."""


@dataclass(frozen=True, slots=True)
class MissingVersions:
    """A day, and the papers of it whose first versions are wanted."""

    day: date
    wanted: tuple[PaperId, ...]


@dataclass(slots=True)
class FirstVersions:
    """Fetches first versions into the version table. `withheld` are those the API left out even when asked again.

    `trouble` is what the API, or the way to it, did instead of answering. Days that need none of the texts can still be written.
    `expected` is how many texts will be asked for, as far as it is known before.
    After `is_over` nothing is asked any more, and every text that is not held is withheld.
    `origins` says where the texts fetched in this run are kept. Who has written them takes them out. `lost` are the entries of
    answers that could not be read, with the days that lack them.
    """

    work: Workspace
    web: WebClient
    control: RunControl
    withheld: set[PaperId] = field(default_factory=set)
    requests: int = 0
    expected: int = 0
    paragraphs_unknown: int = 0
    trouble: SyncdError | None = None
    is_over: bool = False
    origins: dict[PaperId, Origin] = field(default_factory=dict)
    lost: list[LostRecord] = field(default_factory=list)
    _unread: dict[PaperId, Unreadable] = field(default_factory=dict)
    _rejected: int = 0
    _lacking: dict[PaperId, int] = field(default_factory=dict)

    def provide(self, days: Iterable[MissingVersions], ahead: int = _AHEAD) -> Iterator[date]:
        """Yield the days in their order, each as soon as its first versions are held or known to be withheld.

        `ahead` days are taken at a time, so that what the database holds of them is one question.
        """
        waiting: deque[MissingVersions] = deque()
        rest = iter(days)
        while page := list(islice(rest, ahead)):
            held = self.work.store.get_version_texts([paper for day in page for paper in day.wanted])
            for day in page:
                for paper in day.wanted:
                    if paper not in held and paper not in self.withheld:
                        self._want(paper)
                waiting.append(day)
                while len(self._lacking) >= BATCH:
                    self._fetch_batch()
                yield from self._take_ready(waiting)
        while self._lacking:
            self._fetch_batch()
        yield from self._take_ready(waiting)

    def record_withheld(self, day: MissingVersions, source: str) -> DayOutcome | None:
        """Record a day as partial whose first versions were withheld, and return its outcome. None when it lacks nothing."""
        withheld = self.withheld.intersection(day.wanted)
        if not withheld:
            return None
        why = "the API gave no" if self.trouble is None else "the API could not be asked for the"
        detail = f"{why} first version of {len(withheld)} of its papers, e.g. {min(withheld)}"
        for unread in (self._unread[paper] for paper in sorted(withheld.intersection(self._unread))):
            detail += f"; {unread.where} could not be read: {unread.why}"
            self.lost.append(LostRecord(unread, (day.day,)))
        error = PartialPage(detail, reason="missing-texts", day=day.day)
        evidence = f"{error.reason}: {detail}"
        found = Finding(day.day, State.PARTIAL, source, evidence, None, error.reason, self.work.wall())
        self.work.store.put_finding(found)
        return DayOutcome(day.day, State.PARTIAL, Done.REFUSED, error=error, source=source)

    def note_written(self, texts: Iterable[Paper]) -> None:
        """Count the texts that went into a mailing and may have had more paragraphs."""
        self.paragraphs_unknown += sum(text.paragraphs is Paragraphs.UNKNOWN for text in texts)

    def _want(self, paper: PaperId) -> None:
        if self.is_over:
            self.withheld.add(paper)
        else:
            self._lacking.setdefault(paper, 0)

    def _take_ready(self, waiting: deque[MissingVersions]) -> Iterator[date]:
        while waiting and not any(paper in self._lacking for paper in waiting[0].wanted):
            yield waiting.popleft().day

    def _fetch_batch(self) -> None:
        """Fetch the next batch. What does not come stays first in line for the batch after, until it counts as withheld."""
        papers = list(islice(self._lacking, BATCH))
        fetched: set[PaperId] = set()
        try:
            for url in api.list_urls(self.work.config.upstream.api_url, [(paper, 1) for paper in papers], BATCH):
                self.control.check_cancelled()
                fetched |= self._fetch(url)
                self.requests += 1
                self._report()
        except (UpstreamError, RejectedPage) as error:
            self._give_up(papers, fetched, error)
            return
        self._rejected = 0
        for paper in papers:
            self._lacking[paper] += 1
            if paper in fetched or self._lacking[paper] == _MAX_ASKED:
                del self._lacking[paper]
                self.withheld |= set() if paper in fetched else {paper}

    def expect(self, texts: int) -> None:
        """Add to the number of texts that will be asked for, and report it."""
        self.expected += texts
        if texts:
            self._report()

    def _report(self) -> None:
        seconds = self.work.config.upstream.api_interval.total_seconds()
        total = max(ceil(self.expected / BATCH), self.requests)
        self.control.report(Progress("fetching texts as announced", self.requests, total, "request", seconds))

    def _give_up(self, papers: Sequence[PaperId], fetched: set[PaperId], error: UpstreamError | RejectedPage) -> None:
        """Withhold what was not fetched: of this batch, or of all when the trouble is with upstream and not with one answer."""
        if isinstance(error, RejectedPage):
            self.trouble = keep_rejected(self.work, error, None)
            self._rejected += 1
            self.is_over = self._rejected == _MAX_REJECTED
        else:
            self.trouble, self.is_over = error, True
        for paper in list(self._lacking) if self.is_over else papers:
            del self._lacking[paper]
            self.withheld |= {paper} - fetched

    def _fetch(self, url: str) -> set[PaperId]:
        """Fetch one list of papers, keep it, and return those whose first versions are held now."""
        response, answer = fetch_xml(self.web, url, api.read)
        if answer.error is not None:
            error = LayoutUnknown(answer.error.sentence, reason=answer.error.name or "api-error", url=response.url)
            raise RejectedPage(error, (response,))
        for bad in answer.bad_entries:
            with suppress(ValueError):
                paper, _ = versioned_id(bad.which)
                self._unread[paper] = Unreadable(f"the API's entry {bad.which}", bad.why, paper)
        first = [entry for entry in answer.found if entry.paper.version == 1]
        self.origins |= name_origins((entry.paper for entry in first), keep(self.work, response))
        self.work.store.put_versions(
            VersionText(entry.paper.id, Version(1, entry.published), entry.paper.title, entry.paper.abstract or "")
            for entry in first
        )
        self.work.store.end_deletions([entry.paper.id for entry in answer.found], response.received)
        return {entry.paper.id for entry in first}
