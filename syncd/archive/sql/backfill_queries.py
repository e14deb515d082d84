"""Statements of a backfill, over very many papers at once and in little memory. No transaction begins here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, func, select

from syncd.archive.sql import texts
from syncd.archive.sql.listed_ids import is_listed
from syncd.archive.sql.tables import ENTRY, PAPER, PAPER_TEXT, VERSION
from syncd.core.model import Paper, PaperId, Paragraphs
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import date, datetime

    from sqlalchemy import Connection

_PAGE = 1000
_CURRENT = (
    select(PAPER.c.id, *texts.HTML, PAPER.c.latest_version, PAPER.c.categories)
    .join(PAPER_TEXT, (PAPER_TEXT.c.paper_id == PAPER.c.id) & (PAPER_TEXT.c.number == PAPER.c.text_number))
    .where(is_listed(PAPER.c.id))
)
_KEPT_ABSTRACTS = (
    select(ENTRY.c.paper_id, texts.HTML[1])
    .join(PAPER_TEXT, (PAPER_TEXT.c.paper_id == ENTRY.c.paper_id) & (PAPER_TEXT.c.number == ENTRY.c.text_number))
    .where(ENTRY.c.paragraphs == Paragraphs.KEPT.value, is_listed(ENTRY.c.paper_id))
    .order_by(ENTRY.c.id)
)
_SEEN = select(PAPER.c.id, PAPER.c.seen).where(PAPER.c.source == bindparam("source"), is_listed(PAPER.c.id))


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
    first = and_(VERSION.c.paper_id == PAPER.c.id, VERSION.c.number == 1)
    columns = (PAPER.c.id, VERSION.c.created, PAPER.c.last_modified, PAPER.c.latest_version, PAPER.c.categories)
    wanted = select(*columns).join(VERSION, first).order_by(PAPER.c.id)
    # Few combinations of categories occur very often: each is kept in memory once.
    shared: dict[str, tuple[str, ...]] = {}
    for paper, created, datestamp, version, listed in connection.execute(wanted.execution_options(yield_per=_PAGE)):
        categories = shared.setdefault(listed or "", tuple((listed or "").split()))
        yield Submission(PaperId(paper), created, datestamp, version or 1, categories)


def get_current_papers(connection: Connection, ids: Collection[PaperId]) -> dict[PaperId, Paper]:
    """Return the papers as they were last seen, with the text of their newest version. A paper never seen is missing."""
    found = {}
    for paper, title, abstract, version, listed in connection.execute(_CURRENT, {"ids": ids}):
        found[PaperId(paper)] = Paper(PaperId(paper), title, abstract, version, tuple((listed or "").split()))
    return found


def list_announced_abstracts(connection: Connection, ids: Collection[PaperId]) -> dict[PaperId, list[str]]:
    """Return the abstracts of these papers in held mailings whose paragraphs the source has kept, oldest mailing first."""
    found: dict[PaperId, list[str]] = {}
    for paper, abstract in connection.execute(_KEPT_ABSTRACTS, {"ids": ids}):
        found.setdefault(PaperId(paper), []).append(abstract)
    return found


def count_unknown_paragraphs(connection: Connection) -> int:
    """Return how many entries may have had more paragraphs when they were announced."""
    return (
        connection.scalar(select(func.count()).select_from(ENTRY).where(ENTRY.c.paragraphs == Paragraphs.UNKNOWN.value))
        or 0
    )


def list_moments_seen(connection: Connection, ids: Collection[PaperId], source: str) -> dict[PaperId, datetime]:
    """Return the second (UTC) in which `source` showed the current text of these papers. A paper with another's is missing."""
    rows = connection.execute(_SEEN, {"source": source, "ids": ids})
    return {PaperId(paper): seen for paper, seen in rows if seen is not None}


def list_announced_ids(connection: Connection, since: date, until: date) -> dict[date, set[PaperId]]:
    """Return the ids of the papers of the mailings held in this range, days ascending."""
    wanted = select(ENTRY.c.day, ENTRY.c.paper_id).where(ENTRY.c.day.between(since, until)).order_by(ENTRY.c.day)
    found: dict[date, set[PaperId]] = {}
    for day, paper in connection.execute(wanted.execution_options(yield_per=_PAGE)):
        found.setdefault(day, set()).add(PaperId(paper))
    return found
