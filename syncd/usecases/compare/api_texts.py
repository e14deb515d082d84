"""Texts of versions from the API or from the version table, requested in full batches and never twice in a run."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from syncd.archive.sql.papers import VersionText
from syncd.core.errors import FolderError, LayoutUnknown, PageError, Unexpected
from syncd.core.model import Version, versioned_id
from syncd.sources import api
from syncd.sources.api import BATCH
from syncd.usecases.compare.observations import end_deletions, remember_newest
from syncd.usecases.ingest.keep import keep, keep_rejected
from syncd.usecases.ingest.upstream_client import RejectedPage

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from syncd.core.model import PaperId
    from syncd.sources.api import ApiEntry, VersionRequest
    from syncd.usecases.ingest.upstream_client import WebClient
    from syncd.usecases.workspace import Workspace


@dataclass(slots=True)
class ApiTexts:
    """What is known of versions in this run. `web` is None where nothing may be requested.

    `newest` holds papers as they are now. `answered` holds single versions as the API gave them, and `texts` their titles
    and abstracts, those of the version table included. `absent` are papers that the API did not give when asked for their
    newest version twice, with the moment of the last answer (UTC): alone, that proves nothing. `rejected` says in words that an
    answer could not be used, and why, empty where there was none. `unreadable` says why entries of papers could not be read.
    """

    work: Workspace
    web: WebClient | None
    newest: dict[PaperId, ApiEntry] = field(default_factory=dict)
    answered: dict[VersionRequest, ApiEntry] = field(default_factory=dict)
    texts: dict[VersionRequest, tuple[str, str]] = field(default_factory=dict)
    absent: dict[PaperId, datetime] = field(default_factory=dict)
    rejected: str = ""
    unreadable: dict[PaperId, str] = field(default_factory=dict)

    def load_newest(self, papers: Collection[PaperId], withdrawn: Collection[PaperId] = ()) -> None:
        """Request the newest version of these papers, as far as the API gives it. UpstreamError when it cannot be asked.

        `withdrawn` are those of which another page says that they were withdrawn.
        """
        seen: dict[PaperId, datetime] = {}
        try:
            for found, received in self._request([(paper, None) for paper in papers if paper not in self.newest]):
                self.newest[found.paper.id], seen[found.paper.id] = found, received
        finally:
            remember_newest(self.work, [(self.newest[paper], moment) for paper, moment in seen.items()], withdrawn)

    def load(self, wanted: Collection[VersionRequest]) -> None:
        """Read the texts of these versions from the version table, and request those that it lacks."""
        for number in {version for _, version in wanted if version is not None}:
            missing = [paper for paper, version in wanted if version == number and (paper, version) not in self.texts]
            for paper, stored in self.work.store.get_version_texts(missing, number).items():
                self.texts[paper, number] = stored.title, stored.abstract or ""
        for found, _ in self._request([one for one in wanted if one not in self.texts]):
            self._remember(found)
            if found.paper.version == 1:
                # The API does not give a later version's own time, and the table keeps no version without one.
                version = Version(1, found.published)
                text = VersionText(found.paper.id, version, found.paper.title, found.paper.abstract or "")
                self.work.store.put_versions([text])

    def load_from_api(self, wanted: Collection[VersionRequest]) -> None:
        """Request these versions, whatever the version table holds: their categories of today are wanted as well."""
        for found, _ in self._request(list(wanted)):
            self._remember(found)

    def text_of(self, paper: PaperId, version: int) -> tuple[str, str] | None:
        """Return title and abstract of a version, or None when they are not known."""
        found = self.newest.get(paper)
        if found is not None and found.paper.version == version:
            return found.paper.title, found.paper.abstract or ""
        return self.texts.get((paper, version))

    def explain_unusable(self, paper: PaperId) -> str:
        """Return why what the API sent of a paper could not be used. Empty where it sent nothing that could not."""
        return self.unreadable.get(paper) or self.rejected

    def _remember(self, found: ApiEntry) -> None:
        version = found.paper.id, found.paper.version
        self.answered[version] = found
        self.texts[version] = found.paper.title, found.paper.abstract or ""

    def _request(self, wanted: list[VersionRequest]) -> Iterator[tuple[ApiEntry, datetime]]:
        """Request these versions, then those that were missing once more: one absence proves nothing. With each, when it came."""
        if self.web is None or not wanted:
            return
        answers = []
        for url in api.list_urls(self.work.config.upstream.api_url, wanted, BATCH):
            answer, received = self._get(self.web, url)
            answers.append(answer)
            yield from ((found, received) for found in answer.found)
        for url in api.list_urls(self.work.config.upstream.api_url, api.list_missing(wanted, answers), BATCH):
            answer, received = self._get(self.web, url)
            if answer.is_whole:
                missing = api.list_asked_for_newest(url) - {paper.id for paper in answer.papers}
                self.absent |= dict.fromkeys(missing, received)
            yield from ((found, received) for found in answer.found)

    def _get(self, web: WebClient, url: str) -> tuple[api.ApiAnswer, datetime]:
        """Return one answer and when it came. It is empty where it was rejected, and its bytes are kept then."""
        try:
            response = web.get(url, expect="xml")
        except Unexpected as error:
            self.rejected = f"the API's answer was rejected: {error.detail}"
            return api.ApiAnswer((), None), self.work.wall()
        try:
            answer = api.read(response.body)
            if answer.error is not None:
                raise LayoutUnknown(answer.error.sentence, reason=answer.error.name or "api-error", url=url)
        except PageError as error:
            keep_rejected(self.work, RejectedPage(error, (response,)), None)
            self.rejected = f"the API's answer was rejected: {error.detail}"
            return api.ApiAnswer((), None), response.received
        for bad in answer.bad_entries:
            with suppress(ValueError):
                self.unreadable[versioned_id(bad.which)[0]] = (
                    f"the API's entry {bad.which} could not be read: {bad.why}"
                )
        end_deletions(self.work, [paper.id for paper in answer.papers], response.received)
        if api.list_asked_for_newest(url):
            # What it states of papers is remembered, and a replay must be able to state it again.
            with suppress(FolderError):
                keep(self.work, response)
        return answer, response.received
