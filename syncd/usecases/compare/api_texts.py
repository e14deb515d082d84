"""Texts of versions from the API or from the version table, asked for in full requests and never twice in a run.

It compares nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from syncd.archive.sql.papers import VersionText
from syncd.core.errors import LayoutUnknown, PageError, Unexpected
from syncd.core.model import Version
from syncd.sources import api
from syncd.sources.api import BATCH
from syncd.usecases.ingest.keep import keep_rejected
from syncd.usecases.ingest.upstream_client import RejectedPage

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from syncd.core.model import PaperId
    from syncd.sources.api import ApiEntry, VersionRequest
    from syncd.usecases.ingest.upstream_client import WebClient
    from syncd.usecases.workspace import Workspace


@dataclass(slots=True)
class Texts:
    """What is known of versions in this run; `web` is None where nothing may be asked.

    `newest` holds papers as they are now, `held` the texts of single versions.
    """

    work: Workspace
    web: WebClient | None
    newest: dict[PaperId, ApiEntry] = field(default_factory=dict)
    held: dict[VersionRequest, ApiEntry] = field(default_factory=dict)
    kept: dict[VersionRequest, tuple[str, str]] = field(default_factory=dict)

    def ask_newest(self, papers: Collection[PaperId]) -> None:
        """Learn the newest version of these papers, as far as it can be had."""
        for found in self._asked([(paper, None) for paper in papers if paper not in self.newest]):
            self.newest[found.paper.id] = found

    def ask(self, wanted: Collection[VersionRequest]) -> None:
        """Learn the texts of these versions: those in the version table are not asked for again."""
        self._recall(wanted)
        for found in self._asked([one for one in wanted if one not in self.kept]):
            self._learn(found)
            if found.paper.version == 1:
                # A later version's own time is not told, and the table keeps none without.
                version = Version(1, found.published)
                text = VersionText(found.paper.id, version, found.paper.title, found.paper.abstract or "")
                self.work.store.put_versions([text])

    def listen(self, wanted: Collection[VersionRequest]) -> None:
        """Learn the texts of these versions from the API alone, whatever the version table holds."""
        for found in self._asked(list(wanted)):
            self._learn(found)

    def of(self, paper: PaperId, version: int) -> tuple[str, str] | None:
        """Title and abstract of a version; None when they are not known."""
        found = self.newest.get(paper)
        if found is not None and found.paper.version == version:
            return found.paper.title, found.paper.abstract or ""
        return self.kept.get((paper, version))

    def _learn(self, found: ApiEntry) -> None:
        one = found.paper.id, found.paper.version
        self.held[one] = found
        self.kept[one] = found.paper.title, found.paper.abstract or ""

    def _recall(self, wanted: Collection[VersionRequest]) -> None:
        for number in {version for _, version in wanted if version is not None}:
            lacking = [paper for paper, version in wanted if version == number and (paper, version) not in self.kept]
            for paper, text in self.work.store.get_version_texts(lacking, number).items():
                self.kept[paper, number] = text.title, text.abstract or ""

    def _asked(self, wanted: list[VersionRequest]) -> Iterator[ApiEntry]:
        """Ask for these, and once more for what did not come: one absence proves nothing. UpstreamError when that fails."""
        if self.web is None or not wanted:
            return
        answers = []
        for url in api.urls(self.work.config.upstream.api_url, wanted, BATCH):
            answers.append(self._answer(self.web, url))
            yield from answers[-1].found
        owed = api.list_missing(wanted, answers)
        for url in api.urls(self.work.config.upstream.api_url, owed, BATCH):
            yield from self._answer(self.web, url).found

    def _answer(self, web: WebClient, url: str) -> api.ApiAnswer:
        """One answer; an empty one where it cannot be believed, and its bytes kept."""
        try:
            response = web.get(url, expect="xml")
        except Unexpected:
            return api.ApiAnswer((), None)
        try:
            answer = api.read(response.body)
            if answer.error is not None:
                raise LayoutUnknown(answer.error.sentence, reason=answer.error.name or "api-error", url=url)
        except PageError as error:
            keep_rejected(self.work, RejectedPage(error, (response,)), None)
            return api.ApiAnswer((), None)
        return answer
