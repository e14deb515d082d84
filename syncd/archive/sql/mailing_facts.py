"""Statements about a mailing for people who read it: its neighbours, and what became of its papers since.

They only read, and no transaction begins here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, func, or_, select

from syncd.archive.sql import authors
from syncd.archive.sql.statements import DAY, UNTIL
from syncd.archive.sql.tables import ENTRY, MAILING, PAPER, PAPER_TEXT, VERSION
from syncd.core.model import PaperId
from syncd.core.paper_history import Deletion, RevisedPaper, SinceAnnounced

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sqlalchemy import Connection

_LATER = PAPER_TEXT.alias("later")
_FACTS = (
    select(
        ENTRY.c.paper_id,
        PAPER.c.seen,
        PAPER.c.latest_version,
        VERSION.c.withdrawn,
        _LATER.c.title != PAPER_TEXT.c.title,
        _LATER.c.abstract != PAPER_TEXT.c.abstract,
        PAPER.c.author_count,
        PAPER.c.categories,
        PAPER.c.deleted_source,
        PAPER.c.deleted_seen,
    )
    .join(PAPER, PAPER.c.id == ENTRY.c.paper_id)
    .join(PAPER_TEXT, and_(PAPER_TEXT.c.paper_id == ENTRY.c.paper_id, PAPER_TEXT.c.number == ENTRY.c.text_number))
    .outerjoin(_LATER, and_(_LATER.c.paper_id == PAPER.c.id, _LATER.c.number == PAPER.c.text_number))
    .outerjoin(VERSION, and_(VERSION.c.paper_id == PAPER.c.id, VERSION.c.number == PAPER.c.latest_version))
    .where(ENTRY.c.day == DAY)
)

_BEFORE = select(func.max(MAILING.c.day)).where(MAILING.c.day < DAY)
_AFTER = select(func.min(MAILING.c.day)).where(MAILING.c.day > DAY)
_REVISED = (
    select(
        ENTRY.c.paper_id,
        ENTRY.c.day,
        ENTRY.c.version,
        PAPER.c.latest_version,
        PAPER.c.source,
        PAPER.c.seen,
        PAPER_TEXT.c.title,
        PAPER_TEXT.c.abstract,
        _LATER.c.title,
        _LATER.c.abstract,
    )
    .join(PAPER, and_(PAPER.c.id == ENTRY.c.paper_id, PAPER.c.text_number != ENTRY.c.text_number))
    .join(PAPER_TEXT, and_(PAPER_TEXT.c.paper_id == ENTRY.c.paper_id, PAPER_TEXT.c.number == ENTRY.c.text_number))
    .join(_LATER, and_(_LATER.c.paper_id == PAPER.c.id, _LATER.c.number == PAPER.c.text_number))
    .where(or_(_LATER.c.title != PAPER_TEXT.c.title, _LATER.c.abstract != PAPER_TEXT.c.abstract), ENTRY.c.day <= UNTIL)
    .order_by(ENTRY.c.id.desc())
    .limit(bindparam("most"))
)


def find_neighbours(connection: Connection, day: date) -> tuple[date | None, date | None]:
    """Return the days of the mailings held before and after a day, None where there is none."""
    return connection.scalar(_BEFORE, {"day": day}), connection.scalar(_AFTER, {"day": day})


def list_revised(connection: Connection, until: date, most: int) -> list[RevisedPaper]:
    """Return the newest entries up to a day whose text differs from the one that a source showed last."""
    rows = connection.execute(_REVISED, {"until": until, "most": most})
    return [RevisedPaper(PaperId(paper), *rest) for paper, *rest in rows]


def list_since(connection: Connection, day: date) -> dict[PaperId, SinceAnnounced]:
    """Return what became of each paper of the mailing of a day."""
    rows = connection.execute(_FACTS, {"day": day}).all()
    named = authors.read_author_names(connection, [row[0] for row in rows])
    return {PaperId(row[0]): _to_facts(row, named) for row in rows}


def _to_facts(row: Any, named: Mapping[str, Sequence[str]]) -> SinceAnnounced:
    paper, seen, version, withdrawn, other_title, other_abstract, count, categories, source, deleted = row
    is_seen = seen is not None
    return SinceAnnounced(
        seen=seen,
        version=version,
        withdrawn=None if withdrawn is None else bool(withdrawn),
        has_other_title=bool(other_title) if is_seen and other_title is not None else None,
        has_other_abstract=bool(other_abstract) if is_seen and other_abstract is not None else None,
        authors=None if count is None else tuple(named.get(paper, ())),
        categories=tuple((categories or "").split()),
        deletion=None if deleted is None else Deletion(source, deleted),
    )
