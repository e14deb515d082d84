"""Texts as announced: the first versions of papers that were revised since, from the API, in as few requests as it allows.

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
    from collections.abc import Collection, Iterable, Iterator
    from datetime import date

    from syncd.core.model import PaperId
    from syncd.usecases.ingest.upstream_client import WebClient
    from syncd.usecases.progress import RunControl
    from syncd.usecases.workspace import Workspace
    from syncd.web import Response

_AHEAD = 50
_ASKED = 2
"""One absence proves nothing: what does not come is asked for so often before its day is left for a later run."""


@dataclass(frozen=True, slots=True)
class MissingVersions:
    """A day, and the papers of it whose first versions are wanted."""

    day: date
    wanted: tuple[PaperId, ...]


@dataclass(slots=True)
class FirstVersions:
    """Brings the first versions of days into the version table; `absent` are those the API kept back even when asked again."""

    work: Workspace
    web: WebClient
    watch: RunControl
    absent: set[PaperId] = field(default_factory=set)
    requests: int = 0
    _lacking: dict[PaperId, int] = field(default_factory=dict)

    def provide(self, days: Iterable[MissingVersions], ahead: int = _AHEAD) -> Iterator[date]:
        """The days in their order, each as soon as its first versions are held or known to be kept back.

        So many days are taken `ahead` at a time; what the database holds of them is one question.
        """
        waiting: deque[MissingVersions] = deque()
        rest = iter(days)
        while page := list(islice(rest, ahead)):
            held = self.work.store.get_version_texts([paper for day in page for paper in day.wanted])
            for day in page:
                self._lack(paper for paper in day.wanted if paper not in held)
                waiting.append(day)
                while len(self._lacking) >= BATCH:
                    self._ask()
                yield from self._ready(waiting)
        while self._lacking:
            self._ask()
        yield from self._ready(waiting)

    def owed(self, day: MissingVersions, source: str) -> DayOutcome | None:
        """The outcome of a day whose first versions were kept back, which is recorded as partial; None when it lacks nothing."""
        absent = self.absent.intersection(day.wanted)
        if not absent:
            return None
        detail = f"the API gave no first version of {len(absent)} papers, e.g. {min(absent)}"
        error = PartialPage(detail, reason="missing-texts", day=day.day)
        told = f"{error.reason}: {detail}"
        self.work.store.put_finding(Finding(day.day, State.PARTIAL, source, told, None, error.reason, self.work.wall()))
        return DayOutcome(day.day, State.PARTIAL, Done.REFUSED, error=error, source=source)

    def _lack(self, papers: Iterable[PaperId]) -> None:
        for paper in papers:
            if paper not in self.absent:
                self._lacking.setdefault(paper, 0)

    def _ready(self, waiting: deque[MissingVersions]) -> Iterator[date]:
        while waiting and not any(paper in self._lacking for paper in waiting[0].wanted):
            yield waiting.popleft().day

    def _ask(self) -> None:
        """Ask for the next batch; what did not come stays first in line for the batch after."""
        papers = list(islice(self._lacking, BATCH))
        for paper in self._answered(papers):
            del self._lacking[paper]
        for paper in papers:
            if paper in self._lacking:
                self._lacking[paper] += 1
                if self._lacking[paper] == _ASKED:
                    del self._lacking[paper]
                    self.absent.add(paper)

    def _answered(self, papers: Collection[PaperId]) -> set[PaperId]:
        """Those of the papers whose first versions came, and are held now."""
        came: set[PaperId] = set()
        for url in api.urls(self.work.config.upstream.api_url, [(paper, 1) for paper in papers], BATCH):
            self.watch.check_cancelled()
            response, answer = fetch_xml(self.web, url, api.read)
            if answer.error is not None:
                error = LayoutUnknown(answer.error.sentence, reason=answer.error.name or "api-error", url=response.url)
                raise RejectedPage(error, (response,))
            self._keep(response, answer)
            came |= {one.paper.id for one in answer.found if one.paper.version == 1}
            self.requests += 1
            self.watch.report(Progress("texts", requests=self.requests))
        return came.intersection(papers)

    def _keep(self, response: Response, answer: api.ApiAnswer) -> None:
        keep(self.work, response)
        self.work.store.put_versions(
            VersionText(one.paper.id, Version(1, one.published), one.paper.title, one.paper.abstract or "")
            for one in answer.found
            if one.paper.version == 1
        )
