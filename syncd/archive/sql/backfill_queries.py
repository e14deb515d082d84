"""Statements of a backfill, over very many papers at once and in little memory; no transaction begins here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, select

from syncd.archive.sql.papers import in_questions
from syncd.archive.sql.tables import EntryRow, PaperRow, VersionRow
from syncd.core.model import Paper, PaperId

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import date, datetime

    from sqlalchemy import Connection

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Submission:
    """What placing needs of a paper: `submitted` is the UTC time of its first version, `version` its newest.

    `categories` are those of today, the primary first; `datestamp` is OAI's day of last modification.
    """

    id: PaperId
    submitted: datetime
    datestamp: date | None
    version: int
    categories: tuple[str, ...]


def seen(connection: Connection) -> Iterator[Submission]:
    """Every paper of which the first version is known, ids ascending; read while it is iterated over, a page in memory."""
    first = and_(VersionRow.paper_id == PaperRow.id, VersionRow.number == 1)
    columns = (PaperRow.id, VersionRow.created, PaperRow.datestamp, PaperRow.version, PaperRow.categories)
    wanted = select(*columns).join(VersionRow, first).order_by(PaperRow.id)
    shared: dict[str, tuple[str, ...]] = {}
    for paper, created, datestamp, version, listed in connection.execute(wanted.execution_options(yield_per=_PAGE)):
        categories = shared.setdefault(listed, tuple(listed.split()))
        yield Submission(PaperId(paper), created, datestamp, version or 1, categories)


def current(connection: Connection, ids: Collection[PaperId]) -> dict[PaperId, Paper]:
    """The papers as they were last seen, with their newest version's text; one statement for a page of days."""
    found = {}
    columns = (PaperRow.id, PaperRow.title, PaperRow.abstract, PaperRow.version, PaperRow.categories)
    for page in in_questions(ids):
        for paper, title, abstract, version, listed in connection.execute(
            select(*columns).where(PaperRow.id.in_(page))
        ):
            found[PaperId(paper)] = Paper(PaperId(paper), title, abstract, version, tuple(listed.split()))
    return found


def announced(connection: Connection, since: date, until: date) -> dict[date, set[PaperId]]:
    """The papers of the mailings held in this range, without their texts, days ascending."""
    wanted = select(EntryRow.day, EntryRow.paper_id).where(EntryRow.day.between(since, until)).order_by(EntryRow.day)
    found: dict[date, set[PaperId]] = {}
    for day, paper in connection.execute(wanted.execution_options(yield_per=_PAGE)):
        found.setdefault(day, set()).add(PaperId(paper))
    return found
