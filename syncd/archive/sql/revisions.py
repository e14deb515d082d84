"""Statements about later versions and withdrawals of announced papers, over the whole archive. They change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, select

from syncd.archive.sql import texts
from syncd.archive.sql.tables import ENTRY, PAPER, PAPER_TEXT, VERSION
from syncd.core.model import PaperId
from syncd.core.paper_history import Knowledge
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Connection


@dataclass(frozen=True, slots=True)
class LaterChange:
    """An announced paper that changed later: `day` is its first mailing here, `version` the newest, made at `created` (UTC).

    The title is the one that a source showed last, at `seen` (UTC).
    """

    id: PaperId
    day: date
    title: str
    version: int
    created: datetime
    withdrawn: bool
    seen: datetime


def list_withdrawals(connection: Connection) -> tuple[LaterChange, ...]:
    """Return the announced papers whose newest version is a withdrawal, sorted by first mailing and id."""
    return _list_changes(connection, only_withdrawn=True)


def list_revisions(connection: Connection) -> tuple[LaterChange, ...]:
    """Return the announced papers with more than one version, withdrawals included, sorted by first mailing and id."""
    return _list_changes(connection, only_withdrawn=False)


def read_knowledge(connection: Connection) -> Knowledge:
    """Return of how many announced papers a source stated the newest version, and between which moments (UTC)."""
    total = connection.scalar(select(func.count(ENTRY.c.paper_id.distinct()))) or 0
    is_announced = select(ENTRY.c.id).where(ENTRY.c.paper_id == PAPER.c.id).exists()
    asked = select(func.count(), func.min(PAPER.c.seen), func.max(PAPER.c.seen)).select_from(PAPER)
    # To join the distinct ids of all entries takes longer: 305 ms in place of 23 where no source was asked about 280,000 papers.
    count, first, last = connection.execute(asked.where(PAPER.c.latest_version.is_not(None), is_announced)).one()
    return Knowledge(total, count, first, last)


def _list_changes(connection: Connection, *, only_withdrawn: bool) -> tuple[LaterChange, ...]:
    # Ids ascend with the day, and the index on papers has them and not the days.
    earliest = ENTRY.alias()
    first = select(func.min(earliest.c.id)).where(earliest.c.paper_id == PAPER.c.id).correlate(PAPER).scalar_subquery()
    newest = and_(VERSION.c.paper_id == PAPER.c.id, VERSION.c.number == PAPER.c.latest_version)
    is_text = and_(PAPER_TEXT.c.paper_id == PAPER.c.id, PAPER_TEXT.c.number == PAPER.c.text_number)
    title = texts.HTML[0]
    columns: tuple[ColumnElement[Any], ...] = (
        PAPER.c.id,
        ENTRY.c.day,
        title,
        PAPER.c.latest_version,
        VERSION.c.created,
        VERSION.c.withdrawn,
        PAPER.c.seen,
    )
    wanted = (
        select(*columns)
        .select_from(PAPER)
        .join(ENTRY, ENTRY.c.id == first)
        .join(VERSION, newest)
        .join(PAPER_TEXT, is_text)
        .where(VERSION.c.withdrawn if only_withdrawn else PAPER.c.latest_version > 1)
        .order_by(ENTRY.c.day, PAPER.c.id)
    )
    return tuple(LaterChange(PaperId(one), *rest) for one, *rest in connection.execute(wanted))
