"""Statements about papers that a source said to be deleted at arXiv. A sighting at that moment or later ends a deletion.

The order in which the two are written does not matter. No transaction begins here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select, update

from syncd.archive.sql import texts
from syncd.archive.sql.listed_ids import is_listed
from syncd.archive.sql.paper_hashes import keep_hashes
from syncd.archive.sql.tables import ENTRY, PAPER, PAPER_TEXT, SIGHTING
from syncd.core.model import PaperId
from syncd.core.paper_history import DeletedPaper, Deletion

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

_IS_DELETED = PAPER.c.deleted_seen.is_not(None)
_LAST_SIGHTING = (
    select(func.max(SIGHTING.c.seen)).where(SIGHTING.c.paper_id == PAPER.c.id).correlate(PAPER).scalar_subquery()
)
_MOMENTS = select(PAPER.c.id, PAPER.c.seen, _LAST_SIGHTING, PAPER.c.deleted_seen).where(is_listed(PAPER.c.id))
_DELETIONS = select(PAPER.c.id, PAPER.c.deleted_source, PAPER.c.deleted_seen).where(_IS_DELETED, is_listed(PAPER.c.id))
_SET = (
    update(PAPER)
    .where(PAPER.c.id == bindparam("paper"))
    .values(deleted_source=bindparam("by"), deleted_seen=bindparam("moment"))
)


def put(connection: Connection, deleted: Mapping[PaperId, datetime], source: str) -> None:
    """Keep that `source` said at these moments (UTC) that papers are deleted. Those that are not held are left out."""
    later = {}
    for paper, *moments in connection.execute(_MOMENTS, {"ids": deleted}):
        moment = deleted[PaperId(paper)].replace(microsecond=0)  # as the columns have it
        if all(known is None or known < moment for known in moments):
            later[PaperId(paper)] = Deletion(source, moment)
    with keep_hashes(connection, later):
        _set(connection, later)


def end(connection: Connection, seen: Iterable[tuple[PaperId, datetime]]) -> None:
    """End the deletions of papers that were seen at these moments (UTC). The caller keeps the hashes."""
    last: dict[PaperId, datetime] = {}
    for paper, moment in seen:
        last[paper] = max(moment, last.get(paper, moment))
    _set(connection, {paper: None for paper, one in get(connection, last).items() if one.seen <= last[paper]})


def get(connection: Connection, papers: Collection[PaperId]) -> dict[PaperId, Deletion]:
    """Return those of the papers that were last said to be deleted."""
    rows: Any = connection.execute(_DELETIONS, {"ids": papers})
    return {PaperId(paper): Deletion(source, seen) for paper, source, seen in rows}


def list_announced(connection: Connection) -> tuple[DeletedPaper, ...]:
    """Return the announced papers that were last said to be deleted, with their first titles, sorted by first mailing and id."""
    earlier = ENTRY.alias()
    first = select(func.min(earlier.c.id)).where(earlier.c.paper_id == PAPER.c.id).correlate(PAPER).scalar_subquery()
    is_text = (PAPER_TEXT.c.paper_id == ENTRY.c.paper_id) & (PAPER_TEXT.c.number == ENTRY.c.text_number)
    wanted = (
        select(PAPER.c.id, ENTRY.c.day, texts.HTML[0], PAPER.c.deleted_source, PAPER.c.deleted_seen)
        .select_from(PAPER)
        .join(ENTRY, ENTRY.c.id == first)
        .join(PAPER_TEXT, is_text)
        .where(_IS_DELETED)
        .order_by(ENTRY.c.day, PAPER.c.id)
    )
    rows: Any = connection.execute(wanted)
    return tuple(DeletedPaper(PaperId(one), day, title, Deletion(*deletion)) for one, day, title, *deletion in rows)


def _set(connection: Connection, after: Mapping[PaperId, Deletion | None]) -> None:
    values: list[dict[str, Any]] = [
        {"paper": paper, "by": one and one.source, "moment": one and one.seen} for paper, one in after.items()
    ]
    if values:
        connection.execute(_SET, values)
