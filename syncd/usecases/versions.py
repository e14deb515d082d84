"""Texts that differ from upstream, told apart: a newer version is drift, the same version is a fault.

Listing pages do not say which version they show; one unversioned request to the API per 300 differing papers does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from syncd.errors import PageError, Unexpected, UpstreamError
from syncd.results import NotCompared
from syncd.sources import api

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from syncd.model import Change, PaperId
    from syncd.results import Compared
    from syncd.usecases.fetching import Asks
    from syncd.usecases.workspace import Workspace

_TEXTS = frozenset({"title-changed", "abstract-changed"})
_BATCH = 300


def explain_texts(work: Workspace, web: Asks, compared: Compared) -> Compared:
    """The comparison with every changed text judged by its version: `revised` where upstream's is newer than ours.

    A text whose version the API does not tell stays the difference it is, and its version is named as not compared.
    """
    papers = {change.id: None for change in compared.changes if change.code in _TEXTS and change.id is not None}
    if not papers:
        return compared
    versions: dict[PaperId, int] = {}
    error: UpstreamError | None = None
    try:
        for found in _newest(work, web, papers):
            versions |= found
    except (PageError, Unexpected):
        pass  # an answer that says nothing leaves the versions unknown, as told below
    except UpstreamError as trouble:
        error = trouble
    unknown = {(c.day, c.id) for c in compared.changes if c.code in _TEXTS and c.id not in versions}
    return replace(
        compared,
        changes=tuple(_judged(work, change, versions) for change in compared.changes),
        not_compared=(*compared.not_compared, *(_untold(day, paper) for day, paper in sorted(unknown))),
        error=compared.error or error,
    )


def _newest(work: Workspace, web: Asks, papers: Iterable[PaperId]) -> Iterator[dict[PaperId, int]]:
    for url in api.urls(work.config.upstream.api_url, [(paper, None) for paper in papers], _BATCH):
        answer = api.read(web.get(url, expect="xml").body)
        yield {paper.id: paper.version for paper in answer.papers if paper.version is not None}


def _judged(work: Workspace, change: Change, versions: Mapping[PaperId, int]) -> Change:
    """The change under its true code."""
    if change.code not in _TEXTS or change.id is None or change.id not in versions:
        return change
    newest, ours = versions[change.id], _held_version(work, change.id, change.day) or 1
    if newest == ours:
        return change
    return replace(change, code="revised", detail=f"version {newest} upstream, version {ours} announced")


def _held_version(work: Workspace, paper: PaperId, day: date) -> int | None:
    return next((found.version for found in work.store.days_of(paper) if found.day == day), None)


def _untold(day: date, paper: PaperId | None) -> NotCompared:
    return NotCompared(day, f"version of {paper}", "the API does not say which version upstream shows")
