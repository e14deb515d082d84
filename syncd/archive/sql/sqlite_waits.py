"""Waiting for a lock of SQLite: in slices, so that it can be said for whom, and a signal can end it.

SQLite's own wait is one call that nothing interrupts.
"""

from __future__ import annotations

import sqlite3
from contextlib import nullcontext
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import DBAPIError

from syncd.archive.files import lock_holders, lock_waits
from syncd.archive.files.lock_waits import LockWait

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sqlalchemy import Connection

_SLICE = timedelta(seconds=0.5)
_PRIMARY_CODE = 0xFF
"""The part of an error's code that names its kind."""


def execute_patiently(connection: sqlite3.Connection, statement: str, file: Path | None, busy: timedelta) -> None:
    """Execute a statement that takes a lock, and wait up to `busy` for other processes. After 2 s it is said for which.

    Raise SQLite's own error when it is not free by then.
    """
    wait = LockWait(_say_waiting)
    attempt: AbstractContextManager[None] = nullcontext()
    _set_timeout(connection, min(_SLICE, busy))
    try:
        while True:
            try:
                with attempt:
                    connection.execute(statement)
            except sqlite3.OperationalError as error:
                is_busy = error.sqlite_errorcode & _PRIMARY_CODE == sqlite3.SQLITE_BUSY
                if not is_busy or wait.observe(lambda: _find_holder(file)) >= busy.total_seconds():
                    raise
            else:
                return
            attempt = lock_waits.breakable()
    finally:
        _set_timeout(connection, busy)


def make_begin(file: Path | None, busy: timedelta) -> Callable[[Connection], None]:
    """Return what begins a transaction: one that writes waits for the other writers first."""

    def begin(connection: Connection) -> None:
        # The library's own way to execute it takes longer than most queries.
        driver: Any = connection.connection.driver_connection
        writes = connection.get_execution_options().get("syncd_writes")
        statement = "BEGIN IMMEDIATE" if writes else "BEGIN"
        try:
            if writes:
                # A transaction that reads first and writes later fails at once when another one wrote in between. This waits.
                execute_patiently(driver, statement, file, busy)
            else:
                driver.execute(statement)
        except sqlite3.Error as error:
            raise DBAPIError.instance(statement, None, error, sqlite3.Error) from error

    return begin


def _set_timeout(connection: sqlite3.Connection, longest: timedelta) -> None:
    connection.execute(f"PRAGMA busy_timeout = {round(longest.total_seconds() * 1000)}")


def _find_holder(file: Path | None) -> str:
    """Return who writes. In WAL mode the lock of the writer is in the file of the index, else in the database itself."""
    return lock_holders.UNKNOWN if file is None else lock_holders.find_holder(file.with_name(f"{file.name}-shm"), file)


def _say_waiting(holder: str) -> None:
    lock_waits.say(f"waiting up to 30 s for the database, which is held by {holder}")
