"""Fetch texts as announced: the first versions of papers that were revised since, from the API, in as few requests as it allows.

days ─► what each lacks ─► full requests ─► version table ─► days that lack nothing any more, in their order
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from syncd.archive.sql.papers import VersionText
from syncd.core.errors import LayoutUnknown, PartialPage
from syncd.core.model import Finding, State, Version
from syncd.core.results import DayOutcome, Done
from syncd.sources import api
from syncd.sources.api import BATCH
from syncd.usecases.ingest.keep import keep
from syncd.usecases.ingest.upstream_client import RejectedPage, fetch_xml
from syncd.usecases.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from syncd.core.model import PaperId
    from syncd.usecases.ingest.upstream_client import WebClient
    from syncd.usecases.progress import RunControl
    from syncd.usecases.workspace import Workspace

_AHEAD = 50
"""How many days are looked at together, so that one question to the database and full requests serve them all."""
_MAX_ASKED = 2
"""One missing text proves nothing: a paper is asked for so often before its day is left for a later run."""


@dataclass(frozen=True, slots=True)
class MissingVersions:
    """A day, and the papers of it whose first versions are wanted."""

    day: date
    wanted: tuple[PaperId, ...]


@dataclass(slots=True)
class FirstVersions:
    """Fetches first versions into the version table. `withheld` are those the API left out even when asked again."""

    work: Workspace
    web: WebClient
    control: RunControl
    withheld: set[PaperId] = field(default_factory=set)
    requests: int = 0
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
                        self._lacking.setdefault(paper, 0)
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
        detail = f"the API gave no first version of {len(withheld)} papers, e.g. {min(withheld)}"
        error = PartialPage(detail, reason="missing-texts", day=day.day)
        evidence = f"{error.reason}: {detail}"
        found = Finding(day.day, State.PARTIAL, source, evidence, None, error.reason, self.work.wall())
        self.work.store.put_finding(found)
        return DayOutcome(day.day, State.PARTIAL, Done.REFUSED, error=error, source=source)

    def _take_ready(self, waiting: deque[MissingVersions]) -> Iterator[date]:
        while waiting and not any(paper in self._lacking for paper in waiting[0].wanted):
            yield waiting.popleft().day

    def _fetch_batch(self) -> None:
        """Fetch the next batch. What does not come stays first in line for the batch after, until it counts as withheld."""
        papers = list(islice(self._lacking, BATCH))
        fetched: set[PaperId] = set()
        for url in api.list_urls(self.work.config.upstream.api_url, [(paper, 1) for paper in papers], BATCH):
            self.control.check_cancelled()
            fetched |= self._fetch(url)
            self.requests += 1
            self.control.report(Progress("texts", requests=self.requests))
        for paper in papers:
            self._lacking[paper] += 1
            if paper in fetched or self._lacking[paper] == _MAX_ASKED:
                del self._lacking[paper]
                self.withheld |= set() if paper in fetched else {paper}

    def _fetch(self, url: str) -> set[PaperId]:
        """Fetch one list of papers, keep it, and return those whose first versions are held now."""
        response, answer = fetch_xml(self.web, url, api.read)
        if answer.error is not None:
            error = LayoutUnknown(answer.error.sentence, reason=answer.error.name or "api-error", url=response.url)
            raise RejectedPage(error, (response,))
        first = [entry for entry in answer.found if entry.paper.version == 1]
        keep(self.work, response)
        self.work.store.put_versions(
            VersionText(entry.paper.id, Version(1, entry.published), entry.paper.title, entry.paper.abstract or "")
            for entry in first
        )
        return {entry.paper.id for entry in first}
