"""Statements about later versions and withdrawals of announced papers, over the whole archive. They change nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, select

from syncd.archive.sql.tables import EntryRow, PaperRow, VersionRow
from syncd.core.model import PaperId

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class LaterChange:
    """An announced paper that changed later: `day` is its first mailing here, `version` the newest, made at `created` (UTC).

    The title is the current one.
    """

    id: PaperId
    day: date
    title: str
    version: int
    created: datetime
    withdrawn: bool


def list_withdrawals(connection: Connection) -> tuple[LaterChange, ...]:
    """Return the announced papers whose newest version is a withdrawal, sorted by first mailing and id."""
    return _list_changes(connection, only_withdrawn=True)


def list_revisions(connection: Connection) -> tuple[LaterChange, ...]:
    """Return the announced papers with more than one version, withdrawals included, sorted by first mailing and id."""
    return _list_changes(connection, only_withdrawn=False)


def _list_changes(connection: Connection, *, only_withdrawn: bool) -> tuple[LaterChange, ...]:
    first = select(EntryRow.paper_id, func.min(EntryRow.day).label("day")).group_by(EntryRow.paper_id).subquery()
    newest = and_(VersionRow.paper_id == PaperRow.id, VersionRow.number == PaperRow.version)
    columns = (PaperRow.id, first.c.day, PaperRow.title, PaperRow.version, VersionRow.created, VersionRow.withdrawn)
    wanted = (
        select(*columns)
        .join(first, first.c.paper_id == PaperRow.id)
        .join(VersionRow, newest)
        .where(VersionRow.withdrawn if only_withdrawn else PaperRow.version > 1)
        .order_by(first.c.day, PaperRow.id)
    )
    rows = connection.execute(wanted)
    return tuple(
        LaterChange(PaperId(one), day, title, version, made, gone) for one, day, title, version, made, gone in rows
    )
