"""Texts as announced: the first versions of papers that were revised since, from the API, in as few requests as it allows.

days ─► what each lacks ─► full requests ─► version table ─► days that lack nothing any more, in their order
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from syncd.archive.papers import VersionText
from syncd.errors import LayoutUnknown, PageError, PartialPage
from syncd.model import Version
from syncd.sources import api
from syncd.usecases.fetching import Refused

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import date

    from syncd.model import PaperId
    from syncd.usecases.fetching import Asks
    from syncd.usecases.watching import Watch
    from syncd.usecases.workspace import Workspace
    from syncd.web import Response

BATCH = 300
"""First versions asked for at once: as many as fit into the longest request line that arXiv takes."""


@dataclass(frozen=True, slots=True)
class Needy:
    """A day, and the papers of it that were revised since they were announced."""

    day: date
    revised: tuple[PaperId, ...]


@dataclass(slots=True)
class FirstTexts:
    """Brings the first versions of days into the version table; `absent` are those the API kept back even when asked twice."""

    work: Workspace
    web: Asks
    watch: Watch
    absent: set[PaperId] = field(default_factory=set)
    _lacking: dict[PaperId, None] = field(default_factory=dict)

    def provide(self, days: Iterable[Needy]) -> Iterator[date]:
        """The days in their order, each as soon as its first versions are held or known to be kept back."""
        waiting: deque[Needy] = deque()
        for day in days:
            held = self.work.store.texts(day.revised)
            self._lacking |= dict.fromkeys(paper for paper in day.revised if paper not in held)
            waiting.append(day)
            while len(self._lacking) >= BATCH:
                self._ask(list(self._lacking)[:BATCH])
            yield from self._ready(waiting)
        while self._lacking:
            self._ask(list(self._lacking)[:BATCH])
        yield from self._ready(waiting)

    def _ready(self, waiting: deque[Needy]) -> Iterator[date]:
        while waiting and not any(paper in self._lacking for paper in waiting[0].revised):
            yield waiting.popleft().day

    def _ask(self, papers: Collection[PaperId]) -> None:
        """Ask for these, and once more for what did not come: one absence proves nothing."""
        owed = self._answer([(paper, 1) for paper in papers])
        still = self._answer(owed) if owed else ()
        self.absent.update(paper for paper, _ in still)
        for paper in papers:
            del self._lacking[paper]

    def _answer(self, asked: Collection[api.Asked]) -> tuple[api.Asked, ...]:
        answers = []
        for url in api.urls(self.work.config.upstream.api_url, asked, BATCH):
            self.watch.go_on()
            response = self.web.get(url, expect="xml")
            answers.append(_read(response))
            self._keep(response, answers[-1])
        return api.missing(asked, answers)

    def _keep(self, response: Response, answer: api.Answer) -> None:
        self.work.vault.put(
            kind="response",
            url=response.url,
            status=response.status,
            headers=response.headers,
            body=response.body,
            received=response.received,
        )
        self.work.store.put_versions(
            VersionText(one.paper.id, Version(1, one.published), one.paper.title, one.paper.abstract or "")
            for one in answer.found
            if one.paper.version == 1
        )


def _read(response: Response) -> api.Answer:
    try:
        answer = api.read(response.body)
        if answer.error is not None:
            raise LayoutUnknown(answer.error.sentence, reason=answer.error.name or "api-error", url=response.url)
    except PageError as error:
        error.url = response.url
        raise Refused(error, (response,)) from error
    return answer


def kept_back(day: date, papers: Collection[PaperId]) -> PartialPage:
    """The error of a day whose first versions the API does not give."""
    detail = f"the API gave no first version of {len(papers)} papers, e.g. {min(papers)}"
    return PartialPage(detail, reason="missing-texts", day=day)
