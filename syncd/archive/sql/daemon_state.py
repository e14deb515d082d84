"""What the daemons of all hosts of an archive know together: what was done last, which troubles are no news, pending events.

It decides nothing and runs no hook. A trouble is news only where its row is new, and over only where its row goes. So two daemons
that both believe that they lead announce neither twice.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from syncd.archive.sql import acknowledged
from syncd.archive.sql.column_types import replace_odd_values
from syncd.archive.sql.daemon_tables import EVENT, MEMORY, REPORTED_PROBLEM
from syncd.archive.sql.statements import insert_missing, upsert
from syncd.core.troubles import HookEvent, Trouble
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from syncd.archive.sql.database import Database
    from syncd.core.troubles import Acknowledgement

Troubles = tuple[Trouble, ...]
MATCHED = "matched"
"""The code of a new mailing for which the saved searches were asked."""
_PROBLEM = REPORTED_PROBLEM.c
_CONTENT = sa.select(MEMORY.c.content)
_WORDS = ("code", "subject", "message", "help")
_ANNOUNCED = sa.select(
    *(_PROBLEM[name] for name in _WORDS), sa.func.coalesce(_PROBLEM.number, 1), _PROBLEM.since
).order_by(_PROBLEM.code, _PROBLEM.subject)
_EVENTS = sa.select(
    *(EVENT.c[name] for name in ("id", "event", "since", "code", "subject", "message", "help"))
).order_by(EVENT.c.id)


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
        """Return the troubles that are no news any more, by code and subject. A word that is no text is shown as it is stored."""
        with self.database.read() as connection:
            rows: Sequence[Any] = connection.execute(_ANNOUNCED).all()
        return tuple(
            Trouble(
                **dict(zip(_WORDS, replace_odd_values(words, (str,) * len(_WORDS)), strict=True)),
                count=number,
                since=since,
            )
            for *words, number, since in rows
        )

    def refresh(self, found: Iterable[Trouble]) -> None:
        """Replace the words of troubles that are no news by those of today. One that is not recorded stays so."""
        before = {each.key: each for each in self.announced()}
        other = [each for each in found if each.key in before and not _says_the_same(before[each.key], each)]
        if not other:
            return
        with self.database.write() as connection:
            for each in other:
                is_it = (_PROBLEM.code == each.code) & (_PROBLEM.subject == each.subject)
                words = {"message": each.message, "help": each.help, "number": each.count}
                connection.execute(sa.update(REPORTED_PROBLEM).where(is_it).values(words))

    def acknowledged(self, replica: str = acknowledged.SHARED) -> tuple[Acknowledgement, ...]:
        """Return what people have seen of the troubles of the archive, or of one replica."""
        with self.database.read() as connection:
            return acknowledged.list_acknowledged(connection, replica)

    def acknowledge(self, replica: str, said: Iterable[Acknowledgement]) -> None:
        """Record what a person has seen. Idempotent."""
        with self.database.write() as connection:
            acknowledged.put(connection, replica, said)

    def forget(self, replica: str, troubles: Iterable[Trouble]) -> Troubles:
        """Forget that a person has seen these. Return those that no other turn forgot first."""
        found = tuple(troubles)
        if not found:
            return ()
        with self.database.write() as connection:
            return tuple(each for each in found if acknowledged.remove(connection, replica, each.code, each.subject))

    def change(
        self, raised: Sequence[Trouble], over: Sequence[Trouble], changed: Sequence[Trouble] = ()
    ) -> tuple[Troubles, Troubles]:
        """Record what is news and what is over, as events for the hooks. Return those that no other host recorded first.

        `changed` are troubles that are not what a person has acknowledged any more. They are news again.
        """
        if not raised and not over and not changed:
            return (), ()
        with self.database.write() as connection:
            statement = insert_missing(connection, REPORTED_PROBLEM, _PROBLEM.code)
            new = tuple(each for each in raised if connection.scalar(statement, _to_row(each)) is not None)
            again = tuple(each for each in changed if _forget(connection, each) and each not in new)
            if again:
                connection.execute(upsert(connection, REPORTED_PROBLEM), [_to_row(each) for each in again])
            new = (*new, *again)
            gone = tuple(each for each in over if _delete(connection, each))
            for each in gone:
                _forget(connection, each)
            _add(
                connection,
                [*(HookEvent("problem", each) for each in new), *(HookEvent("recovered", each) for each in gone)],
            )
        return new, gone

    def events(self) -> tuple[HookEvent, ...]:
        """Return what no hook was run for yet: new mailings by date, what they match, then the rest in the order it happened.

        A row that no syncd writes is left out. `check` finds it.
        """
        with self.database.read() as connection:
            rows: Sequence[Any] = connection.execute(_EVENTS).all()
        found = [
            HookEvent(name, Trouble(code, subject, message, advice, since=since), number)
            for number, name, since, code, subject, message, advice in rows
            if _is_understood(name, subject, code, message, advice)
        ]
        return tuple(sorted(found, key=_place))

    def unmatched(self) -> tuple[HookEvent, ...]:
        """Return the new mailings for which the saved searches were not asked yet, by date."""
        return tuple(each for each in self.events() if each.name == "new" and each.trouble.code != MATCHED)

    def record_matches(self, event: HookEvent, found: Iterable[Trouble]) -> bool:
        """Record as events what a new mailing matches, and that it was asked. Return False where another turn was first."""
        is_due = (EVENT.c.id == event.number) & (EVENT.c.code != MATCHED)
        with self.database.write() as connection:
            if not connection.execute(sa.update(EVENT).where(is_due).values(code=MATCHED)).rowcount:
                return False
            _add(connection, [HookEvent("match", each) for each in found])
        return True

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


def _is_understood(name: str, subject: str, *others: object) -> bool:
    if not all(isinstance(each, str) for each in (subject, *others)):  # SQLite stores any type in any column
        return False
    if name not in {"new", "match"}:
        return name in {"problem", "recovered"}
    try:
        return bool(date.fromisoformat(subject))
    except ValueError:
        return False


def _place(event: HookEvent) -> tuple[int, str]:
    dated = {"new": 0, "match": 1}
    return (dated[event.name], event.trouble.subject) if event.name in dated else (len(dated), "")


def _delete(connection: Connection, trouble: Trouble) -> bool:
    is_it = (_PROBLEM.code == trouble.code) & (_PROBLEM.subject == trouble.subject)
    return connection.execute(sa.delete(REPORTED_PROBLEM).where(is_it)).rowcount > 0


def _forget(connection: Connection, trouble: Trouble) -> bool:
    return acknowledged.remove(connection, acknowledged.SHARED, trouble.code, trouble.subject)


def _says_the_same(one: Trouble, other: Trouble) -> bool:
    return one == other and one.count == other.count


def _to_row(trouble: Trouble) -> dict[str, object]:
    return _columns(trouble) | {"number": trouble.count}


def _columns(trouble: Trouble) -> dict[str, object]:
    words = {"code": trouble.code, "subject": trouble.subject, "message": trouble.message, "help": trouble.help}
    return words | {"since": trouble.since}
