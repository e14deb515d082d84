"""The lock under which only one process of a politeness ledger makes a request. It knows neither hosts nor spacing.

A process waits for a second lock first, the queue. Without it, a process that gives the lock up and takes it again at once
would overtake all others, which look only now and then.

    queue ─► request lock ─► (queue given up) ─► the request ─► request lock given up
"""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from syncd.archive.files import lock_holders, lock_waits
from syncd.archive.files.file_system import close_unwritten, open_or_create, try_to_lock
from syncd.archive.files.lock_waits import LockWait
from syncd.archive.sql.server_session import find_lock_holder
from syncd.core.errors import FolderError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sqlalchemy import Connection

    from syncd.archive.sql.database import Database

    Sleep = Callable[[float], None]

_FILE_PAUSE = 0.05
_SERVER_PAUSE = 0.25
_REQUEST_KEY = 0x73796E6365
_QUEUE_KEY = 0x73796E6366
_named: set[str] = set()


def _say_waiting(holder: str) -> None:
    """Say whom a request waits for. The same process is named once, as it may be waited for before each request."""
    process = holder.partition(", since ")[0]
    if process not in _named:
        _named.add(process)
        lock_waits.say(f"one request at a time is sent: waiting for {holder}", is_usual=True)


def hold_lock(
    database: Database, sleep: Sleep, on_wait: Callable[[str], None] = _say_waiting
) -> AbstractContextManager[None]:
    """Hold the request lock for the block: an flock on `<file>.slot`, on a server an advisory lock of a session.

    Wait without a limit, looking again after each `sleep`, whose exceptions end the wait. After 2 s `on_wait` is called with
    the holder in words. The death of the process frees the lock. A database in memory is shared with no other process and
    needs none. Raise FolderError or DatabaseError when the lock cannot be asked for.
    """
    if database.file is not None:
        return _hold_file_locks(database.file.resolve(), sleep, LockWait(on_wait))
    if database.engine.dialect.name == "sqlite":
        return nullcontext()
    return _hold_server_locks(database, sleep, LockWait(on_wait))


@contextmanager
def _hold_file_locks(database: Path, sleep: Sleep, wait: LockWait) -> Iterator[None]:
    slot = database.with_name(f"{database.name}.slot")
    with ExitStack() as held:
        # The first in the queue waits for the holder of the request lock, and so do those behind it.
        with _hold_file_lock(database.with_name(f"{database.name}.slot-queue"), sleep, wait, slot):
            file = held.enter_context(_hold_file_lock(slot, sleep, wait, slot))
        with suppress(OSError):  # another user's file may not be written; then the kernel names the holder
            command = lock_holders.describe_command(sys.argv)
            lock_holders.write_note(file, lock_holders.describe_holder(command, datetime.now(UTC)))
        yield


@contextmanager
def _hold_file_lock(path: Path, sleep: Sleep, wait: LockWait, slot: Path) -> Iterator[int]:
    # The file is never removed: two processes could then hold locks on two files of the same name.
    try:
        file = _open(path)
    except OSError as error:
        raise FolderError(error.strerror or str(error), path=str(path)) from error
    try:
        while not try_to_lock(file, path):
            wait.observe(lambda: _read_holder(slot))
            sleep(_FILE_PAUSE)
        yield file
    finally:
        close_unwritten(file)


def _open(path: Path) -> int:
    """Return a descriptor of a lock file, to be written where this user may."""
    try:
        return open_or_create(path, os.O_RDWR)
    except PermissionError:
        return open_or_create(path, os.O_RDONLY)


def _read_holder(slot: Path) -> str:
    try:
        file = os.open(slot, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return lock_holders.UNKNOWN
    try:
        return lock_holders.read_note(file)
    finally:
        close_unwritten(file)


@contextmanager
def _hold_server_locks(database: Database, sleep: Sleep, wait: LockWait) -> Iterator[None]:
    with database.open_session() as connection:
        # A session of its own: it ends with the block, and so do its locks, whatever happened meanwhile. It has no transaction,
        # as it is idle during the request, and a server may end idle transactions.
        session = connection.execution_options(isolation_level="AUTOCOMMIT")
        session.detach()
        with ExitStack() as held:
            with _hold_advisory_lock(session, _QUEUE_KEY, sleep, wait):
                held.enter_context(_hold_advisory_lock(session, _REQUEST_KEY, sleep, wait))
            yield


@contextmanager
def _hold_advisory_lock(session: Connection, key: int, sleep: Sleep, wait: LockWait) -> Iterator[None]:
    while not session.scalar(sa.select(sa.func.pg_try_advisory_lock(key))):
        wait.observe(lambda: find_lock_holder(session, _REQUEST_KEY))
        sleep(_SERVER_PAUSE)
    try:
        yield
    finally:
        session.execute(sa.select(sa.func.pg_advisory_unlock(key)))
