"""What the daemons of all hosts of an archive remember together: what was done last, which troubles were told, what was not.

It decides nothing and tells nobody. A trouble is news only where its row is new and over only where its row goes, so that two
daemons that both take themselves for the leader tell neither twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from syncd.archive.sql.database import insert_missing, upsert
from syncd.archive.sql.tables import MemoryRow, NoteRow, ToldRow
from syncd.core.health import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from sqlalchemy import Connection

    from syncd.archive.sql.database import Database

Troubles = tuple[Trouble, ...]
Event = Literal["new", "problem", "recovered"]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to be told; `number` is 0 until it is kept. The subject of a `new` trouble is the mailing's date alone."""

    event: Event
    trouble: Trouble
    number: int = 0


@dataclass(frozen=True, slots=True)
class Shared:
    """The common memory in `database`; every method is one transaction. What the database refuses is a DatabaseError."""

    database: Database

    def content(self) -> str | None:
        """What was done last, as it was kept; None when nothing ever was."""
        with self.database.read() as connection:
            return connection.scalar(sa.select(MemoryRow.content))

    def keep(self, content: str) -> None:
        """Remember this instead of what was kept."""
        with self.database.write() as connection:
            connection.execute(upsert(connection, MemoryRow), {"id": 1, "content": content})

    def begin(self, content: str, told: Iterable[Trouble], notices: Iterable[Notice]) -> bool:
        """Take over what one host remembered by itself, all of it or nothing: nothing where there is a common memory."""
        with self.database.write() as connection:
            first = insert_missing(connection, MemoryRow).returning(MemoryRow.id)
            if connection.scalar(first, {"id": 1, "content": content}) is None:
                return False
            _insert_told(connection, told)
            _add(connection, notices)
        return True

    def told(self) -> Troubles:
        """The troubles that are news no more, by key."""
        columns = (ToldRow.code, ToldRow.subject, ToldRow.message, ToldRow.help)
        with self.database.read() as connection:
            return tuple(
                Trouble(*row) for row in connection.execute(sa.select(*columns).order_by(ToldRow.code, ToldRow.subject))
            )

    def change(self, raised: Sequence[Trouble], over: Sequence[Trouble]) -> tuple[Troubles, Troubles]:
        """Let these be told for the first time and the end of those; the ones that nobody else was faster with."""
        if not raised and not over:
            return (), ()
        with self.database.write() as connection:
            new = _insert_told(connection, raised)
            gone = tuple(trouble for trouble in over if _delete_told(connection, trouble))
            _add(connection, [*(Notice("problem", one) for one in new), *(Notice("recovered", one) for one in gone)])
        return new, gone

    def notices(self) -> tuple[Notice, ...]:
        """What no hook was told yet: new mailings by date, then the rest in the order it happened."""
        row = NoteRow
        columns = (row.id, row.event, row.code, row.subject, row.message, row.help)
        with self.database.read() as connection:
            rows: Sequence[Any] = connection.execute(sa.select(*columns).order_by(row.id)).all()
        found = [Notice(event, Trouble(*words), number) for number, event, *words in rows]
        return tuple(sorted(found, key=lambda one: (0, one.trouble.subject) if one.event == "new" else (1, "")))

    def strike(self, notice: Notice) -> None:
        """It was told."""
        with self.database.write() as connection:
            connection.execute(sa.delete(NoteRow).where(NoteRow.id == notice.number))


def herald(connection: Connection, days: Iterable[date]) -> None:
    """Let the mailings of these dates be told; in the transaction that records them."""
    _add(connection, [Notice("new", Trouble("", str(day), "")) for day in sorted(days)])


def _add(connection: Connection, notices: Iterable[Notice]) -> None:
    values = [{"event": one.event} | _words(one.trouble) for one in notices]
    if values:
        connection.execute(sa.insert(NoteRow), values)


def _insert_told(connection: Connection, troubles: Iterable[Trouble]) -> Troubles:
    """Those whose row was not there."""
    statement = insert_missing(connection, ToldRow).returning(ToldRow.code)
    return tuple(one for one in troubles if connection.scalar(statement, _words(one)) is not None)


def _delete_told(connection: Connection, trouble: Trouble) -> bool:
    is_it = (ToldRow.code == trouble.code) & (ToldRow.subject == trouble.subject)
    return connection.execute(sa.delete(ToldRow).where(is_it)).rowcount > 0


def _words(trouble: Trouble) -> dict[str, str]:
    return {"code": trouble.code, "subject": trouble.subject, "message": trouble.message, "help": trouble.help}
