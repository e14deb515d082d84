"""Another process with an open write transaction, so that a test can see what waits for it."""

from __future__ import annotations

from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import Pipe
from typing import TYPE_CHECKING

import sqlalchemy as sa

from syncd.archive.sql.database import open_database
from syncd.archive.sql.ledger_tables import POOL
from tests.support.forked_processes import forks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkServerProcess


@dataclass(frozen=True)
class OtherWriter:
    """A process that has renamed every pool to `held` and not committed yet."""

    process: ForkServerProcess
    connection: Connection

    def commit(self) -> None:
        """Let it commit and end."""
        self.connection.send("commit")

    def kill(self) -> None:
        """End it in its transaction."""
        self.process.kill()
        self.process.join()


@contextmanager
def another_process_writing(url: str) -> Iterator[OtherWriter]:
    """Start such a process on this database. It commits after the block, unless it has ended."""
    ours, theirs = Pipe()
    process = forks().Process(target=_write, args=(url, theirs))
    process.start()
    theirs.close()
    with closing(ours):
        assert ours.recv() == "holding"
        writer = OtherWriter(process, ours)
        try:
            yield writer
        finally:
            with suppress(OSError):  # it has ended
                writer.commit()
            process.join()


def _write(url: str, test: Connection) -> None:
    with open_database(url, create=False).write() as connection:
        connection.execute(sa.update(POOL).values(name="held"))
        test.send("holding")
        test.recv()
