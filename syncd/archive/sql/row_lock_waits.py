"""Waiting for rows that another session of a PostgreSQL server holds: after 2 s it is said for whom, and a signal can end it.

The driver waits in one call. So a thread asks the server, over a connection of its own, whom the transaction waits for.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from syncd.archive.files import lock_holders, lock_waits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

_EVERY = timedelta(seconds=0.5)
"""How often it is asked, once a transaction has lasted long."""
_BLOCKERS = sa.text("SELECT application_name FROM pg_stat_activity WHERE pid = ANY(pg_blocking_pids(:mine))")


@contextmanager
def watch_row_locks(engine: Engine, connection: Connection) -> Iterator[None]:
    """Say for whom the transaction of the block waits, and let a signal break that wait off.

    Raise what the signal gave to `lock_waits.end_waits`, in the place of the server's error about the cancelled statement.
    """
    watch = _Watch(engine, connection.connection.driver_connection, threading.current_thread())
    thread = threading.Thread(target=watch.run, daemon=True)
    thread.start()
    try:
        yield
    except SQLAlchemyError as error:
        if watch.ending is not None:
            raise watch.ending from error
        raise
    finally:
        watch.is_over.set()
        thread.join()


class _Watch:
    """The thread beside one transaction, whose own thread is `writer`. `ending` is set once a signal broke its wait off."""

    def __init__(self, engine: Engine, driver: Any, writer: threading.Thread) -> None:
        self.is_over = threading.Event()
        self.ending: Exception | None = None
        self._engine, self._driver, self._writer = engine, driver, writer
        self._mine = driver.info.backend_pid

    def run(self) -> None:
        if self.is_over.wait(lock_waits.SILENT.total_seconds()):
            return
        # Where the server gives no second connection, the wait stays silent.
        with suppress(SQLAlchemyError), self._engine.connect() as connection:
            asking = connection.execution_options(isolation_level="AUTOCOMMIT")
            has_spoken = False
            while not self.is_over.is_set():
                names = asking.scalars(_BLOCKERS, {"mine": self._mine}).all()
                if names and not has_spoken:
                    has_spoken = True
                    _say_waiting(next(filter(None, names), lock_holders.UNKNOWN))
                if names and self.ending is None:
                    self.ending = lock_waits.find_ending(self._writer)
                    if self.ending is not None:
                        self._driver.cancel_safe()
                self.is_over.wait(_EVERY.total_seconds())


def _say_waiting(holder: str) -> None:
    lock_waits.say(f"waiting up to 30 s for rows of the database, which another session holds: {holder}")
