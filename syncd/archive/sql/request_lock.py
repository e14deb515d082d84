"""The lock under which only one process of a politeness ledger makes a request. It knows neither hosts nor spacing.

A process waits for a second lock first, the queue. Without it, a process that gives the lock up and takes it again at once
would overtake all others, which look only now and then.

    queue ─► request lock ─► (queue given up) ─► the request ─► request lock given up
"""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager, nullcontext
from typing import TYPE_CHECKING

import sqlalchemy as sa

from syncd.archive.files.file_system import open_or_create, try_to_lock
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


def hold_lock(database: Database, sleep: Sleep) -> AbstractContextManager[None]:
    """Hold the request lock for the block: an flock on `<file>.slot`, on a server an advisory lock of a session.

    Wait without a limit, looking again after each `sleep`, whose exceptions end the wait. The death of the process frees
    the lock. A database in memory is shared with no other process and needs none. Raise FolderError or DatabaseError when
    the lock cannot be asked for.
    """
    if database.file is not None:
        return _hold_file_locks(database.file.resolve(), sleep)
    if database.engine.dialect.name == "sqlite":
        return nullcontext()
    return _hold_server_locks(database, sleep)


@contextmanager
def _hold_file_locks(database: Path, sleep: Sleep) -> Iterator[None]:
    with ExitStack() as held:
        with _hold_file_lock(database.with_name(f"{database.name}.slot-queue"), sleep):
            held.enter_context(_hold_file_lock(database.with_name(f"{database.name}.slot"), sleep))
        yield


@contextmanager
def _hold_file_lock(path: Path, sleep: Sleep) -> Iterator[None]:
    # The file is never removed: two processes could then hold locks on two files of the same name.
    try:
        file = open_or_create(path, os.O_RDONLY)
    except OSError as error:
        raise FolderError(error.strerror or str(error), path=str(path)) from error
    try:
        while not try_to_lock(file, path):
            sleep(_FILE_PAUSE)
        yield
    finally:
        os.close(file)


@contextmanager
def _hold_server_locks(database: Database, sleep: Sleep) -> Iterator[None]:
    with database.open_session() as connection:
        # A session of its own: it ends with the block, and so do its locks, whatever happened meanwhile. It has no transaction,
        # as it is idle during the request, and a server may end idle transactions.
        session = connection.execution_options(isolation_level="AUTOCOMMIT")
        session.detach()
        with ExitStack() as held:
            with _hold_advisory_lock(session, _QUEUE_KEY, sleep):
                held.enter_context(_hold_advisory_lock(session, _REQUEST_KEY, sleep))
            yield


@contextmanager
def _hold_advisory_lock(session: Connection, key: int, sleep: Sleep) -> Iterator[None]:
    while not session.scalar(sa.select(sa.func.pg_try_advisory_lock(key))):
        sleep(_SERVER_PAUSE)
    try:
        yield
    finally:
        session.execute(sa.select(sa.func.pg_advisory_unlock(key)))
