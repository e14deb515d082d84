"""Which of several hosts on one server's database acts: a session's advisory lock, and what the others must know.

It decides nothing about mailings. An SQLite archive has one host, which need not ask which one leads. But there, too, a turn may
outlive the daemon that started it.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from syncd.archive.files.file_system import close_unwritten, open_or_create, try_to_lock
from syncd.archive.sql.daemon_tables import ACKNOWLEDGED, PUBLISHED
from syncd.archive.sql.database import open_database
from syncd.archive.sql.ledger_tables import REQUEST
from syncd.archive.sql.service_tables import ACCEPTED, HISTORY
from syncd.core.errors import DatabaseError, FolderError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection

    from syncd.archive.sql.database import Database

KEY = 0x73796E6367
"""The advisory lock that the leader holds."""
TURN_KEY = 0x73796E6368
"""The advisory lock of the leader's turn under way."""
# A host that lost its power does not close its connection: the server finds out within half a minute and frees the lock.
_SETTINGS = {
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "idle_session_timeout": "0",
}


class LeaderLock:
    """The one leader's lock. A session of its own holds it, so that it ends with the process, however that ends.

    A leader that is stopped or hangs keeps its session, and says nothing in it. After `patience` seconds of that, another host
    cuts what it holds.
    """

    def __init__(self, url: str, patience: float = 630.0) -> None:
        self.patience = patience
        self._url = url
        self._opened: Database | None = None
        self._session: Connection | None = None

    def hold(self) -> bool:
        """Take the lock if it is free, and see that it is still held; False while another host has it.

        DatabaseError when the server cannot be asked: then the lock is lost.
        """
        database = self._database()
        try:
            return self._hold(database)
        except sa.exc.DBAPIError as error:
            self.release()
            raise DatabaseError(" ".join(str(error.orig).split()), path=database.name) from error

    def touch(self) -> None:
        """Show the other hosts that this one, which leads, is not frozen. Where the server is gone, `hold` will find out."""
        if self._session is not None:
            with suppress(sa.exc.DBAPIError):
                self._session.scalar(sa.select(sa.true()))

    def count_changes(self) -> tuple[int, ...]:
        """Count the records of mailings by any host, the entries in the order of commits, and what people have decided.

        They are counted because neither a host's clock nor a server's serial number says what was committed last.
        """
        columns: tuple[Any, ...] = (HISTORY.c.sha256, PUBLISHED.c.ordinal, ACCEPTED.c.day, ACKNOWLEDGED.c.code)
        with self._database().read() as connection:
            return tuple(connection.execute(sa.select(*map(_count, columns))).one())

    def release(self) -> None:
        """Give the lock up, so that another host need not wait until the end of this one is noticed."""
        session, self._session = self._session, None
        if session is not None:
            session.invalidate()
            session.close()

    def close(self) -> None:
        """Release the lock, and close every connection with it."""
        self.release()
        if self._opened is not None:
            self._opened.close()

    def _database(self) -> Database:
        if self._opened is None:
            self._opened = open_database(self._url, create=False)
        return self._opened

    def _hold(self, database: Database) -> bool:
        if self._session is not None:
            return self._session.scalar(sa.select(sa.true())) is True
        session = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            _cut_frozen(session, self.patience)
            taken = _take(session, KEY)
        except BaseException:
            session.invalidate()
            session.close()
            raise
        if taken:
            self._session = session
        else:
            session.invalidate()
            session.close()
        return taken


def _count(column: Any) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.count(column)).scalar_subquery()


def _cut_frozen(session: Connection, patience: float) -> None:
    """End the sessions that hold the lock of the leader, or of its turn, and said nothing for longer than `patience` seconds."""
    cut = sa.text(
        "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE granted "
        "AND locktype = 'advisory' AND datname = current_database() AND classid = :high AND objid IN (:lead, :turn) "
        "AND state = 'idle' AND clock_timestamp() - state_change > make_interval(secs => :patience)"
    )
    keys = {"high": KEY >> 32, "lead": KEY & 0xFFFFFFFF, "turn": TURN_KEY & 0xFFFFFFFF}
    session.execute(cut, keys | {"patience": patience}).all()


def is_led(database: Database) -> bool:
    """Return whether any host leads. The one host of an embedded database always does."""
    if database.file is not None:
        return True
    is_it = sa.text(
        "SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database WHERE granted "
        "AND datname = current_database() AND locktype = 'advisory' AND classid = :high AND objid = :low)"
    )
    with database.read() as connection:
        return connection.scalar(is_it, {"high": KEY >> 32, "low": KEY & 0xFFFFFFFF}) is True


@contextmanager
def sole_turn(database: Database) -> Iterator[Callable[[], bool] | None]:
    """Hold the lock of the one turn over all hosts for the block. Yield None where another turn is under way.

    Else yield a function that says whether this still holds: a server forgets a session whose connection was cut. The end of the
    process frees the lock. FolderError or DatabaseError when it cannot be asked for.
    """
    if database.file is not None:
        with _file_turn(database.file.resolve()) as taken:
            yield (lambda: True) if taken else None
        return
    with database.open_session() as connection:
        # A session of its own, without a transaction, that is given to no other caller afterwards.
        session = connection.execution_options(isolation_level="AUTOCOMMIT")
        session.detach()
        yield (lambda: _is_alive(session)) if _take(session, TURN_KEY) else None


@contextmanager
def _file_turn(database: Path) -> Iterator[bool]:
    path = database.with_name(f"{database.name}.turn")
    try:
        file = open_or_create(path, os.O_RDONLY)
    except OSError as error:
        raise FolderError(error.strerror or str(error), path=str(path)) from error
    try:
        yield try_to_lock(file, path)
    finally:
        close_unwritten(file)


def _take(session: Connection, key: int) -> bool:
    for name, value in _SETTINGS.items():
        session.execute(sa.select(sa.func.set_config(name, value, False)))  # noqa: FBT003  its SQL signature
    return session.scalar(sa.select(sa.func.pg_try_advisory_lock(key))) is True


def _is_alive(session: Connection) -> bool:
    try:
        return not session.invalidated and session.scalar(sa.select(sa.true())) is True
    except sa.exc.DBAPIError:
        return False


def last_asked(database: Database, beginning: str) -> tuple[datetime, int | None] | None:
    """Return when any host last asked for an address with this beginning (UTC), and the status of the answer; None if never."""
    with database.read() as connection:
        row: Any = connection.execute(_select_last_asked(beginning)).one_or_none()
    return None if row is None else (row.started, row.status)


@lru_cache(maxsize=16)
def _select_last_asked(beginning: str) -> sa.Select[datetime, int | None]:
    asked = REQUEST.c.url.startswith(beginning, autoescape=True)
    return sa.select(REQUEST.c.started, REQUEST.c.status).where(asked).order_by(REQUEST.c.id.desc()).limit(1)
