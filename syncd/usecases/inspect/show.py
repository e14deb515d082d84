"""Show one paper or one mailing as the archive knows it, with the source of each fact. It changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.results import MailingDetails, PaperDetails
from syncd.usecases.reconcile.lost_rows import explain_lost_rows, find_lost_rows

if TYPE_CHECKING:
    from datetime import date

    from syncd.archive.sql.papers import Current
    from syncd.core.model import Entry, PaperId
    from syncd.core.results import Appearance
    from syncd.usecases.workspace import Workspace


def show_day(work: Workspace, day: date) -> MailingDetails:
    """Return the mailing of a date, without entries when none is held."""
    digest = work.store.digest(day)
    report = explain_lost_rows(work.report(day), find_lost_rows(work, day, day))
    return MailingDetails(report, work.store.mailing(day), digest.entries if digest else ())


def show_paper(work: Workspace, paper: PaperId) -> PaperDetails | None:
    """Return a paper as it was first announced and as it was last seen. None when the archive does not know it."""
    mailings = work.store.list_appearances(paper)
    current = work.store.paper(paper)
    if not mailings and current is None:
        return None
    announced = _entry(work, paper, mailings)
    deletion = work.store.get_deletions([paper]).get(paper)
    if current is None:
        return PaperDetails(paper, announced, mailings, deletion=deletion)
    newest = [one for one in current.record.versions if one.number == current.latest_version]
    return PaperDetails(
        paper,
        announced,
        mailings,
        title=current.title,
        abstract=current.abstract,
        version=current.latest_version,
        categories=current.record.categories,
        withdrawn=newest[0].withdrawn if newest else None,
        source=current.source,
        seen=current.seen,
        authors=_name_authors(current),
        versions=tuple(current.record.versions),
        reads_as=_find_version(work, announced, current) if announced is not None else None,
        deletion=deletion,
    )


def _name_authors(current: Current) -> tuple[str, ...] | None:
    stated = current.record.metadata.authors
    return None if stated is None else tuple(author.name for author in stated)


def _find_version(work: Workspace, announced: Entry, current: Current) -> int | None:
    """Return the version whose text an entry has that records none. None where no text that is held proves it."""
    if announced.version is not None:
        return None
    text = (announced.title, announced.abstract)
    first = work.store.get_version_texts([announced.id]).get(announced.id)
    if first is not None and (first.title, first.abstract) == text:
        return 1
    return current.latest_version if (current.title, current.abstract) == text else None


def _entry(work: Workspace, paper: PaperId, mailings: tuple[Appearance, ...]) -> Entry | None:
    digest = work.store.digest(mailings[0].day) if mailings else None
    return next((entry for entry in digest.entries if entry.id == paper), None) if digest else None
