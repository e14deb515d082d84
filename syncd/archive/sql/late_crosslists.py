"""Find the entries whose ids are of an older month than their mailing. It changes nothing."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from syncd.archive.sql.statements import DAY, SINCE, UNTIL
from syncd.archive.sql.tables import ENTRY, MAILING
from syncd.core.digest import find_late
from syncd.core.model import PaperId

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import Connection

_FIRST_OLD_STYLE = ":"
"""No id of the new style stands behind it, as they begin with a digit, and every id of the old style does."""
_NEWEST = (
    select(func.max(ENTRY.c.paper_id))
    .where(ENTRY.c.day == MAILING.c.day, ENTRY.c.paper_id < _FIRST_OLD_STYLE)
    .correlate(MAILING)
    .scalar_subquery()
)
# An id begins with its month. By the outer join, SQLite looks at two places of an index for each mailing. By an inner one, it
# would look at every entry. A plain `IS NOT NULL` could make it an inner one.
_IS_LATE = (ENTRY.c.day == MAILING.c.day) & (ENTRY.c.paper_id < func.substr(_NEWEST, 1, 4))
_LATE = (
    select(MAILING.c.day, ENTRY.c.paper_id)
    .outerjoin(ENTRY, _IS_LATE)
    .where(MAILING.c.day.between(SINCE, UNTIL), func.coalesce(ENTRY.c.paper_id, "") != "")
)
# There are few. With a range of dates or without repetition, SQLite would look for them at every entry.
_DAYS_WITH_OLD_STYLE = select(ENTRY.c.day).where(ENTRY.c.paper_id >= _FIRST_OLD_STYLE)
_IDS = select(ENTRY.c.paper_id).where(ENTRY.c.day == DAY).order_by(ENTRY.c.paper_id)


def list_late_crosslists(connection: Connection, since: date, until: date) -> list[tuple[date, PaperId]]:
    """Return day and paper of the entries of the range that are of an older month than the newest of their mailing, sorted."""
    days = {"since": since, "until": until}
    rows: Sequence[Any] = connection.execute(_LATE, days).all()
    found = {(day, PaperId(paper)) for day, paper in rows}
    for day in {day for day in connection.scalars(_DAYS_WITH_OLD_STYLE) if since <= day <= until}:
        ids = [PaperId(one) for one in connection.scalars(_IDS, {"day": day})]
        with suppress(ValueError):  # a damaged id, which is no matter of a hint
            found |= {(day, ids[at]) for at in find_late(ids)}
    return sorted(found)
