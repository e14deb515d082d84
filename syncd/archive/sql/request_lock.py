"""The one place in flight that all processes of a politeness ledger share; it knows neither hosts nor spacing.

Whoever wants in waits at the head of the queue first (a second lock): otherwise a process that leaves and comes straight
back would pass all who look only now and then.

    queue ─► slot ─► (queue given up) ─► the request ─► slot given up
"""

from __future__ import annotations

import fcntl
import os
from contextlib import ExitStack, contextmanager, nullcontext
from typing import TYPE_CHECKING

import sqlalchemy as sa

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
_SLOT_KEY = 0x73796E6365
_QUEUE_KEY = 0x73796E6366
_FLAGS = os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


def hold_lock(database: Database, sleep: Sleep) -> AbstractContextManager[None]:
    """Hold the slot for the block: an flock on `<file>.slot`, on a server a session's advisory lock.

    Waited for without end, looking again after each `sleep`, whose exceptions end the wait. Freed by the death of its
    process. A database in memory has nobody to share with. FolderError or DatabaseError when it cannot be asked for.
    """
    if database.file is not None:
        return _hold_file_locks(database.file.resolve(), sleep)
    if database.engine.dialect.name == "sqlite":
        return nullcontext()
    return _hold_server_locks(database, sleep)


@contextmanager
def _hold_file_locks(database: Path, sleep: Sleep) -> Iterator[None]:
    with ExitStack() as held:
        with _locked(database.with_name(f"{database.name}.slot-queue"), sleep):
            held.enter_context(_locked(database.with_name(f"{database.name}.slot"), sleep))
        yield


@contextmanager
def _locked(path: Path, sleep: Sleep) -> Iterator[None]:
    # The file is never removed: a lock on a name that is gone would exclude nobody.
    try:
        file = os.open(path, _FLAGS, 0o644)
    except OSError as error:
        raise FolderError(error.strerror or str(error), path=str(path)) from error
    try:
        while not _taken(file):
            sleep(_FILE_PAUSE)
        yield
    finally:
        os.close(file)


def _taken(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _hold_server_locks(database: Database, sleep: Sleep) -> Iterator[None]:
    with database.read() as connection:
        # Its own session, which ends with the block and takes its locks along whatever happened in between; and without a
        # transaction, as it is idle while the request is under way, which a server may punish inside one.
        session = connection.execution_options(isolation_level="AUTOCOMMIT")
        session.detach()
        with ExitStack() as held:
            with _advisory(session, _QUEUE_KEY, sleep):
                held.enter_context(_advisory(session, _SLOT_KEY, sleep))
            yield


@contextmanager
def _advisory(session: Connection, key: int, sleep: Sleep) -> Iterator[None]:
    while not session.scalar(sa.select(sa.func.pg_try_advisory_lock(key))):
        sleep(_SERVER_PAUSE)
    try:
        yield
    finally:
        session.execute(sa.select(sa.func.pg_advisory_unlock(key)))
