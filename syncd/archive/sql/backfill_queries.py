"""Statements of a backfill, over very many papers at once and in little memory. No transaction begins here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, select

from syncd.archive.sql.papers import fill_pages
from syncd.archive.sql.tables import EntryRow, PaperRow, VersionRow
from syncd.core.model import Paper, PaperId

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import date, datetime

    from sqlalchemy import Connection

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Submission:
    """What inferring the day of a paper needs: `submitted` is the UTC time of its first version, `version` its newest.

    `categories` are those of today, the primary first. `datestamp` is OAI's day of last modification.
    """

    id: PaperId
    submitted: datetime
    datestamp: date | None
    version: int
    categories: tuple[str, ...]


def list_submissions(connection: Connection) -> Iterator[Submission]:
    """Yield every paper whose first version is known, ids ascending. It is read during the iteration, a page in memory."""
    first = and_(VersionRow.paper_id == PaperRow.id, VersionRow.number == 1)
    columns = (PaperRow.id, VersionRow.created, PaperRow.datestamp, PaperRow.version, PaperRow.categories)
    wanted = select(*columns).join(VersionRow, first).order_by(PaperRow.id)
    # Few combinations of categories occur very often: each is kept in memory once.
    shared: dict[str, tuple[str, ...]] = {}
    for paper, created, datestamp, version, listed in connection.execute(wanted.execution_options(yield_per=_PAGE)):
        categories = shared.setdefault(listed, tuple(listed.split()))
        yield Submission(PaperId(paper), created, datestamp, version or 1, categories)


def get_current_papers(connection: Connection, ids: Collection[PaperId]) -> dict[PaperId, Paper]:
    """Return the papers as they were last seen, with the text of their newest version. A paper never seen is missing."""
    found = {}
    columns = (PaperRow.id, PaperRow.title, PaperRow.abstract, PaperRow.version, PaperRow.categories)
    for page in fill_pages(ids):
        for paper, title, abstract, version, listed in connection.execute(
            select(*columns).where(PaperRow.id.in_(page))
        ):
            found[PaperId(paper)] = Paper(PaperId(paper), title, abstract, version, tuple(listed.split()))
    return found


def list_announced_ids(connection: Connection, since: date, until: date) -> dict[date, set[PaperId]]:
    """Return the ids of the papers of the mailings held in this range, days ascending."""
    wanted = select(EntryRow.day, EntryRow.paper_id).where(EntryRow.day.between(since, until)).order_by(EntryRow.day)
    found: dict[date, set[PaperId]] = {}
    for day, paper in connection.execute(wanted.execution_options(yield_per=_PAGE)):
        found.setdefault(day, set()).add(PaperId(paper))
    return found
