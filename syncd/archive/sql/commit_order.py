"""In which order mailings are published: a fact of the archive, so that the commits of every host have the same ids.

It knows no git and decides nothing. The order is only ever added to, at its end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from syncd.archive.sql.daemon_tables import PUBLISHED
from syncd.archive.sql.service_tables import HISTORY
from syncd.archive.sql.tables import MAILING
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sqlalchemy import Connection

    from syncd.archive.sql.database import Database


@dataclass(frozen=True, slots=True)
class OrderEntry:
    """The newest number of a mailing in the order, and the hash of the bytes that have it."""

    ordinal: int
    sha256: str


@dataclass(frozen=True, slots=True)
class PublishedText:
    """An entry of the order: a mailing with the bytes that it had then, and how many papers these have, None if not known."""

    ordinal: int
    day: date
    papers: int | None


@dataclass(frozen=True, slots=True)
class CommitOrder:
    """The order in `database`; every method is one transaction. What the database refuses is a DatabaseError."""

    database: Database

    def extend(self) -> int:
        """Add the mailings without an entry, and those whose bytes are others since, by date; return how many."""
        with self.database.write() as connection:
            if connection.dialect.name == "postgresql":
                # No other host may see a later entry before an earlier one. SQLite has one writer at a time anyway.
                connection.execute(sa.text("LOCK TABLE syncd_published IN SHARE ROW EXCLUSIVE MODE"))
            new = _plan_entries(connection, _list_entries(connection))
            values = [{"ordinal": one.ordinal, "day": day, "sha256": one.sha256} for day, one in new.items()]
            if values:
                connection.execute(sa.insert(PUBLISHED), values)
        return len(values)

    def list_entries(self, *, extended: bool = False) -> dict[date, OrderEntry]:
        """Return the newest entry of each mailing that has one. With `extended`, add those that `extend` would make now."""
        with self.database.read() as connection:
            entries = _list_entries(connection)
            return entries | _plan_entries(connection, entries) if extended else entries

    def list_texts(self) -> tuple[PublishedText, ...]:
        """Return every entry, also those that have a newer one, in the order of commits."""
        of_text = (HISTORY.c.day == PUBLISHED.c.day) & (HISTORY.c.sha256 == PUBLISHED.c.sha256)
        query = (
            sa.select(PUBLISHED.c.ordinal, PUBLISHED.c.day, sa.func.max(HISTORY.c.papers).label("papers"))
            .outerjoin(HISTORY, of_text)
            .group_by(PUBLISHED.c.ordinal, PUBLISHED.c.day)
            .order_by(PUBLISHED.c.ordinal)
        )
        with self.database.read() as connection:
            return tuple(PublishedText(*row) for row in connection.execute(query))


def _plan_entries(connection: Connection, entries: Mapping[date, OrderEntry]) -> dict[date, OrderEntry]:
    """Return the entries of the mailings that have none, or one of other bytes, by date."""
    rows = connection.execute(sa.select(MAILING.c.day, MAILING.c.sha256).order_by(MAILING.c.day))
    new = [(day, sha) for day, sha in rows if day not in entries or entries[day].sha256 != sha]
    last = max((entry.ordinal for entry in entries.values()), default=0)
    return {day: OrderEntry(last + number, sha) for number, (day, sha) in enumerate(new, 1)}


def _list_entries(connection: Connection) -> dict[date, OrderEntry]:
    columns = (PUBLISHED.c.day, PUBLISHED.c.ordinal, PUBLISHED.c.sha256)
    rows: Sequence[Any] = connection.execute(sa.select(*columns).order_by(PUBLISHED.c.ordinal)).all()
    return {day: OrderEntry(ordinal, sha) for day, ordinal, sha in rows}
