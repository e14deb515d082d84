"""What the daemons of all hosts of an archive know together: what was done last, which troubles are no news, pending events.

It decides nothing and runs no hook. A trouble is news only where its row is new, and over only where its row goes. So two daemons
that both believe that they lead announce neither twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from syncd.archive.sql.service_tables import EVENT, MEMORY, REPORTED_PROBLEM
from syncd.archive.sql.statements import insert_missing, upsert
from syncd.core.health import HookEvent, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from sqlalchemy import Connection

    from syncd.archive.sql.database import Database

Troubles = tuple[Trouble, ...]
_PROBLEM = REPORTED_PROBLEM.c
_CONTENT = sa.select(MEMORY.c.content)
_ANNOUNCED = sa.select(_PROBLEM.code, _PROBLEM.subject, _PROBLEM.message, _PROBLEM.help).order_by(
    _PROBLEM.code, _PROBLEM.subject
)
_EVENTS = sa.select(*(EVENT.c[name] for name in ("id", "event", "code", "subject", "message", "help"))).order_by(
    EVENT.c.id
)


@dataclass(frozen=True, slots=True)
class SharedState:
    """The common state in `database`; every method is one transaction. What the database refuses is a DatabaseError."""

    database: Database

    def content(self) -> str | None:
        """Return what was done last, as it was saved, or None when nothing ever was."""
        with self.database.read() as connection:
            return connection.scalar(_CONTENT)

    def save(self, content: str) -> None:
        """Replace what was saved."""
        with self.database.write() as connection:
            connection.execute(upsert(connection, MEMORY), {"id": 1, "content": content})

    def announced(self) -> Troubles:
        """Return the troubles that are no news any more, by code and subject."""
        with self.database.read() as connection:
            return tuple(Trouble(*row) for row in connection.execute(_ANNOUNCED))

    def change(self, raised: Sequence[Trouble], over: Sequence[Trouble]) -> tuple[Troubles, Troubles]:
        """Record what is news and what is over, as events for the hooks. Return those that no other host recorded first."""
        if not raised and not over:
            return (), ()
        with self.database.write() as connection:
            statement = insert_missing(connection, REPORTED_PROBLEM, _PROBLEM.code)
            new = tuple(each for each in raised if connection.scalar(statement, _columns(each)) is not None)
            gone = tuple(each for each in over if _delete(connection, each))
            _add(
                connection,
                [*(HookEvent("problem", each) for each in new), *(HookEvent("recovered", each) for each in gone)],
            )
        return new, gone

    def events(self) -> tuple[HookEvent, ...]:
        """Return what no hook was run for yet: new mailings by date, then the rest in the order it happened."""
        with self.database.read() as connection:
            rows: Sequence[Any] = connection.execute(_EVENTS).all()
        found = [HookEvent(name, Trouble(*words), number) for number, name, *words in rows]
        return tuple(sorted(found, key=lambda each: (0, each.trouble.subject) if each.name == "new" else (1, "")))

    def remove(self, event: HookEvent) -> None:
        """Remove an event whose hooks were run. Idempotent."""
        with self.database.write() as connection:
            connection.execute(sa.delete(EVENT).where(EVENT.c.id == event.number))


def add_new_mailings(connection: Connection, days: Iterable[date]) -> None:
    """Add an event for the mailing of each of these dates, in the transaction that records them."""
    _add(connection, [HookEvent("new", Trouble("", str(day), "")) for day in sorted(days)])


def _add(connection: Connection, events: Iterable[HookEvent]) -> None:
    values = [{"event": each.name} | _columns(each.trouble) for each in events]
    if values:
        connection.execute(sa.insert(EVENT), values)


def _delete(connection: Connection, trouble: Trouble) -> bool:
    is_it = (_PROBLEM.code == trouble.code) & (_PROBLEM.subject == trouble.subject)
    return connection.execute(sa.delete(REPORTED_PROBLEM).where(is_it)).rowcount > 0


def _columns(trouble: Trouble) -> dict[str, str]:
    return {"code": trouble.code, "subject": trouble.subject, "message": trouble.message, "help": trouble.help}
