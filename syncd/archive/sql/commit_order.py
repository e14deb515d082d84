"""In which order mailings are published: a fact of the archive, so that every host gives its commits the same ids.

It knows no git and decides nothing; a place once given is never taken back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from syncd.archive.sql.tables import MailingRow, PublishedRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import Connection

    from syncd.archive.sql.database import Database


@dataclass(frozen=True, slots=True)
class Place:
    """The newest place of a mailing, and the hash of the bytes that have it."""

    ordinal: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Order:
    """The order in `database`; every method is one transaction. What the database refuses is a DatabaseError."""

    database: Database

    def extend(self) -> int:
        """Give the next places, by date, to the mailings that have none and to those whose bytes are others since; how many."""
        with self.database.write() as connection:
            _exclude_others(connection)
            placed = _places(connection)
            rows = connection.execute(sa.select(MailingRow.day, MailingRow.sha256).order_by(MailingRow.day))
            new = [(day, sha) for day, sha in rows if day not in placed or placed[day].sha256 != sha]
            last = max((place.ordinal for place in placed.values()), default=0)
            values = [{"ordinal": last + n, "day": day, "sha256": sha} for n, (day, sha) in enumerate(new, 1)]
            if values:
                connection.execute(sa.insert(PublishedRow), values)
        return len(values)

    def places(self) -> dict[date, Place]:
        """Where each mailing stands that has a place."""
        with self.database.read() as connection:
            return _places(connection)


def _places(connection: Connection) -> dict[date, Place]:
    columns = (PublishedRow.day, PublishedRow.ordinal, PublishedRow.sha256)
    rows: Sequence[Any] = connection.execute(sa.select(*columns).order_by(PublishedRow.ordinal)).all()
    return {day: Place(ordinal, sha) for day, ordinal, sha in rows}


def _exclude_others(connection: Connection) -> None:
    """Lest a later place be seen before an earlier one; a transaction that writes to SQLite is the only one already."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("LOCK TABLE published IN SHARE ROW EXCLUSIVE MODE"))
