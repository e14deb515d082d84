"""Keep what a comparison learns of papers, with the moment at which it was seen. It decides nothing about differences.

A comparison runs for readers, too: where the database cannot be written, the comparison goes on and nothing is kept.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from syncd.archive.sql.papers import NewestVersion
from syncd.core.errors import DatabaseError
from syncd.core.model import Version
from syncd.core.withdrawals import says_withdrawn

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from syncd.core.model import Listing, Paper, PaperId
    from syncd.sources.api import ApiEntry
    from syncd.usecases.workspace import Workspace


def remember_newest(
    work: Workspace, answers: Sequence[tuple[ApiEntry, datetime]], withdrawn: Collection[PaperId] = ()
) -> None:
    """Keep the newest versions that the API gave, each with the moment (UTC).

    `withdrawn` are the papers of which another page says that they were withdrawn.
    """
    if not answers:
        return
    current = work.store.get_current_papers([found.paper.id for found, _ in answers])
    shown = (
        NewestVersion(
            _with_paragraphs(found.paper, current.get(found.paper.id)),
            tuple(_list_versions(found, withdrawn)),
            moment,
        )
        for found, moment in answers
    )
    with suppress(DatabaseError):
        work.store.put_newest(shown, "api")


def remember_listing(work: Workspace, listing: Listing, seen: datetime) -> None:
    """Keep the papers as a listing page showed them at `seen` (UTC)."""
    with suppress(DatabaseError):
        work.store.put_listed((*listing.new, *listing.cross), listing.source, seen)


def end_deletions(work: Workspace, papers: Collection[PaperId], seen: datetime) -> None:
    """End what is held of the deletion of papers that upstream showed at `seen` (UTC)."""
    with suppress(DatabaseError):
        work.store.end_deletions(papers, seen)


def _list_versions(found: ApiEntry, withdrawn: Collection[PaperId]) -> Iterable[Version]:
    """Return the first version and the newest, whose times the API states. Only the author's words name a withdrawal."""
    number = found.paper.version or 1
    yield Version(1, found.published)
    if number > 1:
        yield Version(
            number, found.updated, found.paper.id in withdrawn or says_withdrawn(found.comment, found.paper.abstract)
        )


def _with_paragraphs(shown: Paper, held: Paper | None) -> Paper:
    """Return the paper with the text that is held where both read the same: the API gives texts without their line ends."""
    if held is None or not (has_same_words(shown.title, held.title) and has_same_words(shown.abstract, held.abstract)):
        return shown
    return replace(shown, title=held.title, abstract=held.abstract)


def has_same_words(one: str | None, other: str | None) -> bool:
    """Return whether two texts in canonical HTML are equal but for blanks and the ends of lines."""
    return (one or "").replace("<br>", " ").split() == (other or "").replace("<br>", " ").split()
